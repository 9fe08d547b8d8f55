package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// Head is what an answer and every event of a stream begin with.
type Head struct {
	ID       string
	Model    string
	Created  int64  // Unix seconds
	Endpoint string // of package llm
	Usage    bool   // a stream whose client asked for usage
}

func (h *Head) append(out []byte, object string) []byte {
	out = appendString(append(out, `{"id":`...), h.ID)
	out = append(append(append(out, `,"object":"`...), object...), `","created":`...)
	out = strconv.AppendInt(out, h.Created, 10)
	return appendString(append(out, `,"model":`...), h.Model)
}

// AppendResult appends a whole answer, of any endpoint. Without usage of its
// own it gets the given estimate, since clients rely on the field.
func AppendResult(out []byte, h *Head, e *llm.EmbedRequest, r *llm.Result, estimate llm.Usage) []byte {
	usage := r.Usage
	if !r.HasUsage {
		usage = estimate
	}
	if h.Endpoint == llm.Embeddings {
		return appendVectors(out, h, e, r, usage)
	}
	object := "chat.completion"
	if h.Endpoint == llm.Completions {
		object = "text_completion"
	}
	out = append(h.append(out, object), `,"choices":[`...)
	for i := range r.Choices {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"index":`...)
		out = strconv.AppendInt(out, int64(i), 10)
		out = appendChoice(out, h.Endpoint, &r.Choices[i])
		out = append(out, `,"logprobs":null,"finish_reason":"`...)
		out = append(append(out, r.Choices[i].Finish...), `"}`...)
	}
	out = append(out, `],"usage":`...)
	return append(appendUsage(out, usage), '}')
}

func appendChoice(out []byte, endpoint string, c *llm.Choice) []byte {
	if endpoint == llm.Completions {
		return appendString(append(out, `,"text":`...), c.Text)
	}
	out = append(out, `,"message":{"role":"assistant","content":`...)
	if c.Text == "" && len(c.Calls) > 0 {
		out = append(out, "null"...)
	} else {
		out = appendString(out, c.Text)
	}
	out = append(out, `,"refusal":null`...)
	for i := range c.Calls {
		if i == 0 {
			out = append(out, `,"tool_calls":[{`...)
		} else {
			out = append(out, `,{`...)
		}
		out = append(appendCall(out, &c.Calls[i]), '}')
	}
	if len(c.Calls) > 0 {
		out = append(out, ']')
	}
	return append(out, '}')
}

func appendCall(out []byte, c *llm.Call) []byte {
	out = appendString(append(out, `"id":`...), c.ID)
	out = appendString(append(out, `,"type":"function","function":{"name":`...), c.Name)
	out = appendString(append(out, `,"arguments":`...), c.Arguments)
	return append(out, '}')
}

func appendUsage(out []byte, u llm.Usage) []byte {
	n := func(name string, v int64) {
		out = strconv.AppendInt(append(out, name...), v, 10)
	}
	n(`{"prompt_tokens":`, u.PromptTokens)
	n(`,"completion_tokens":`, u.OutputTokens)
	n(`,"total_tokens":`, u.PromptTokens+u.OutputTokens)
	n(`,"prompt_tokens_details":{"cached_tokens":`, u.CachedTokens)
	n(`},"completion_tokens_details":{"reasoning_tokens":`, u.ReasoningTokens)
	return append(out, "}}"...)
}

func appendVectors(out []byte, h *Head, e *llm.EmbedRequest, r *llm.Result, u llm.Usage) []byte {
	out = append(out, `{"object":"list","data":[`...)
	for i, v := range r.Vectors {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"object":"embedding","index":`...)
		out = append(strconv.AppendInt(out, int64(i), 10), `,"embedding":`...)
		if e.Base64 {
			out = appendPacked(out, v)
		} else {
			out = append(out, v...)
		}
		out = append(out, '}')
	}
	out = appendString(append(out, `],"model":`...), h.Model)
	out = strconv.AppendInt(append(out, `,"usage":{"prompt_tokens":`...), u.PromptTokens, 10)
	out = strconv.AppendInt(append(out, `,"total_tokens":`...), u.PromptTokens, 10)
	return append(out, "}}"...)
}

// appendPacked appends a vector as a JSON string of base64.
func appendPacked(out []byte, v llm.JSON) []byte {
	var packed []byte
	for e := range jsonscan.Value(v).Elements() {
		f, _ := strconv.ParseFloat(string(e), 32) // out of range is infinite: nothing better is left
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(float32(f)))
	}
	out = base64.StdEncoding.AppendEncode(append(out, '"'), packed)
	return append(out, '"')
}
