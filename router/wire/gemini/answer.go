package gemini

import (
	"hash/fnv"
	"strconv"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// maxTokens is the largest token count believed, so that no bill overflows.
const maxTokens = 1 << 31

// Result reads a whole answer. It is false for what is none: an error, or one
// without a reason to finish.
func Result(body []byte, endpoint string) (llm.Result, bool) {
	if endpoint == llm.Embeddings {
		return readVectors(body)
	}
	var r llm.Result
	var a answer
	if !a.read(body) || a.failed || len(a.candidates) == 0 {
		return r, false
	}
	r.ID, r.Model, r.Usage, r.HasUsage = a.id, a.model, a.usage, a.hasUsage
	for i := range a.candidates {
		c := &a.candidates[i]
		if c.finish == "" || c.failed {
			return llm.Result{}, false
		}
		for j := range c.calls {
			if c.calls[j].ID == "" {
				c.calls[j].ID = madeID(body, i, j)
			}
		}
		if c.finish == llm.Stop && len(c.calls) > 0 {
			c.finish = llm.ToolCalls
		}
		r.Choices = append(r.Choices, llm.Choice{Text: c.text, Calls: c.calls, Finish: c.finish})
	}
	return r, true
}

// madeID is an id for a call without one: keyed by the bytes it stands in, since
// equal runs must give equal answers.
func madeID(data []byte, candidate, n int) string {
	h := fnv.New64a()
	_, _ = h.Write(data)
	_, _ = h.Write([]byte{byte(candidate), byte(n), byte(n >> 8)})
	return "call_" + strconv.FormatUint(h.Sum64(), 16)
}

// answer is a GenerateContentResponse, whole or an event of a stream.
type answer struct {
	id, model  string
	candidates []candidate
	usage      llm.Usage
	hasUsage   bool
	failed     bool // an error
}

type candidate struct {
	index  int
	text   string
	calls  []llm.Call
	finish llm.Finish
	failed bool // the model's own failure
}

func (a *answer) read(data []byte) bool {
	root, ok := jsonscan.Parse(data)
	if !ok || root.Kind() != '{' {
		return false
	}
	blocked := false
	for name, v := range root.Fields() {
		switch string(name) {
		case "responseId":
			a.id, _ = v.Text()
		case "modelVersion":
			a.model, _ = v.Text()
		case "error":
			a.failed = a.failed || !v.IsNull()
		case "usageMetadata":
			a.usage, a.hasUsage = readUsage(v)
		case "promptFeedback":
			for name, v := range v.Fields() {
				blocked = blocked || string(name) == "blockReason" && v.Kind() == '"'
			}
		case "candidates":
			for e := range v.Elements() {
				c, ok := readCandidate(e)
				if !ok {
					return false
				}
				a.candidates = append(a.candidates, c)
			}
		}
	}
	if blocked && len(a.candidates) == 0 {
		a.candidates = []candidate{{finish: llm.ContentFilter}}
	}
	return true
}

func readCandidate(v jsonscan.Value) (c candidate, ok bool) {
	for name, v := range v.Fields() {
		switch string(name) {
		case "index":
			n, _ := v.Int()
			c.index = int(min(max(n, 0), 63))
		case "finishReason":
			s, _ := v.Text()
			c.finish, c.failed = finish(s)
		case "content":
			for name, v := range v.Fields() {
				if string(name) != "parts" {
					continue
				}
				for e := range v.Elements() {
					if !c.part(e) {
						return c, false
					}
				}
			}
		}
	}
	return c, true
}

// part adds a part. The model's thoughts are not the client's. It is false for a
// call without a name, which nobody could answer.
func (c *candidate) part(v jsonscan.Value) bool {
	var text string
	thought := false
	for name, v := range v.Fields() {
		switch string(name) {
		case "text":
			text, _ = v.Text()
		case "thought":
			thought = v.IsTrue()
		case "functionCall":
			call := llm.Call{Arguments: "{}"}
			for name, v := range v.Fields() {
				switch string(name) {
				case "id":
					call.ID, _ = v.Text()
				case "name":
					call.Name, _ = v.Text()
				case "args":
					if v.Kind() == '{' {
						call.Arguments = string(v)
					}
				}
			}
			if call.Name == "" {
				return false
			}
			c.calls = append(c.calls, call)
		}
	}
	if !thought {
		c.text += text
	}
	return true
}

// finish is a finishReason in OpenAI's words, "" for none:
// https://ai.google.dev/api/generate-content#FinishReason
// One nobody has heard of is an ordinary end.
func finish(reason string) (f llm.Finish, failed bool) {
	switch reason {
	case "", "FINISH_REASON_UNSPECIFIED":
		return "", false
	case "MAX_TOKENS":
		return llm.Length, false
	case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
		"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION":
		return llm.ContentFilter, false
	case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE":
		return llm.Stop, true
	}
	return llm.Stop, false
}

// readUsage reads usageMetadata; false unless it counts the prompt. A count of
// zero is left out by the API.
func readUsage(v jsonscan.Value) (u llm.Usage, ok bool) {
	for name, v := range v.Fields() {
		n, whole := v.Int()
		if !whole || n < 0 || n > maxTokens {
			continue
		}
		switch string(name) {
		case "promptTokenCount":
			u.PromptTokens += n
			ok = true
		case "toolUsePromptTokenCount":
			u.PromptTokens += n
		case "cachedContentTokenCount":
			u.CachedTokens = n
		case "candidatesTokenCount":
			u.OutputTokens += n
		case "thoughtsTokenCount":
			u.OutputTokens += n
			u.ReasoningTokens = n
		}
	}
	u.CachedTokens = min(u.CachedTokens, u.PromptTokens)
	return u, ok
}

// readVectors reads the answer to a request for embeddings.
func readVectors(body []byte) (llm.Result, bool) {
	var r llm.Result
	root, ok := jsonscan.Parse(body)
	if !ok {
		return r, false
	}
	for name, v := range root.Fields() {
		switch string(name) {
		case "embeddings":
			for e := range v.Elements() {
				values, ok := readVector(e)
				if !ok {
					return r, false
				}
				r.Vectors = append(r.Vectors, values)
			}
		case "usageMetadata":
			r.Usage, r.HasUsage = readUsage(v)
		case "error":
			return r, false
		}
	}
	return r, len(r.Vectors) > 0
}

// readVector is the values of an embedding: a list of numbers, not empty.
func readVector(v jsonscan.Value) (values llm.JSON, ok bool) {
	for name, v := range v.Fields() {
		if string(name) != "values" {
			continue
		}
		values, ok = llm.JSON(v), false
		for e := range v.Elements() {
			if k := e.Kind(); k != '-' && (k < '0' || k > '9') {
				return nil, false
			}
			ok = true
		}
	}
	return values, ok
}
