package openai_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

func answer(tokens int) *wire.Answer {
	return &wire.Answer{
		ID: 42, Created: 1735689600, Model: `gpt-"4"`, OutputTokens: tokens, PlannedArgs: tokens, Finish: wire.Stop,
		Usage: wire.Usage{Prompt: 7, Output: tokens},
	}
}

const usage = `{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,` +
	`"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":` +
	`{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`

func TestChatShape(t *testing.T) {
	got := string(openai.AppendChat(nil, answer(3), openai.Extra{}))
	id, text := gjson.Get(got, "id").Str, gjson.Get(got, "choices.0.message.content").Str
	require.Regexp(t, `^chatcmpl-[0-9A-Za-z]{28}$`, id)
	require.Regexp(t, `^([a-z]{3} ){3}$`, text)
	require.JSONEq(t, `{"id":"`+id+`","object":"chat.completion","created":1735689600,"model":"gpt-\"4\"","choices":[{"index":0,`+
		`"message":{"role":"assistant","content":"`+text+`","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],`+
		`"usage":`+usage+`,"service_tier":"default","system_fingerprint":"fp_routedrill"}`, got)
}

func TestCompletionShape(t *testing.T) {
	got := string(openai.AppendCompletion(nil, answer(3), openai.Extra{}))
	id, text := gjson.Get(got, "id").Str, gjson.Get(got, "choices.0.text").Str
	require.Regexp(t, `^cmpl-[0-9A-Za-z]{28}$`, id)
	require.Len(t, text, 12)
	require.JSONEq(t, `{"id":"`+id+`","object":"text_completion","created":1735689600,"model":"gpt-\"4\"","choices":[{"text":"`+text+
		`","index":0,"logprobs":null,"finish_reason":"stop"}],"usage":`+usage+`,"system_fingerprint":"fp_routedrill"}`, got)
}

func TestToolCallShape(t *testing.T) {
	a := answer(3)
	a.Tool, a.Finish = `f"x`, wire.ToolCalls
	got := string(openai.AppendChat(nil, a, openai.Extra{}))
	message := gjson.Get(got, "choices.0.message")
	call := message.Get("tool_calls.0.id").Str
	require.Regexp(t, `^call_[0-9A-Za-z]{24}$`, call)
	require.JSONEq(t, `{"role":"assistant","content":null,"tool_calls":[{"id":"`+call+`","type":"function","function":`+
		`{"name":"f\"x","arguments":"{          }"}}],"refusal":null,"annotations":[]}`, message.Raw)
}

// Arguments of any length are JSON of exactly four bytes per token, in one piece
// or in many.
func TestToolArguments(t *testing.T) {
	for n := 1; n < 40; n++ {
		a := answer(n)
		a.Tool = "f"
		whole := gjson.GetBytes(openai.AppendChat(nil, a, openai.Extra{}), "choices.0.message.tool_calls.0.function.arguments").Str
		require.Len(t, whole, 4*n)
		require.True(t, json.Valid([]byte(whole)), whole)
		for step := 1; step <= n; step++ {
			pieces := ""
			s := openai.NewStream(a, wire.Chat, false, nil, openai.Extra{})
			for i := 0; i < n; i += step {
				piece := s.AppendTokens(nil, i, min(i+step, n))
				pieces += gjson.GetBytes(piece[len("data: "):], "choices.0.delta.tool_calls.0.function.arguments").Str
			}
			require.Equal(t, whole, pieces, "%d tokens by %d", n, step)
		}
	}
}

func TestCutArgumentsAreABeginning(t *testing.T) {
	a := answer(20)
	a.Tool = "f"
	whole := gjson.GetBytes(openai.AppendChat(nil, a, openai.Extra{}), "choices.0.message.tool_calls.0.function.arguments").Str
	a.OutputTokens = 9
	cut := gjson.GetBytes(openai.AppendChat(nil, a, openai.Extra{}), "choices.0.message.tool_calls.0.function.arguments").Str
	require.Equal(t, whole[:36], cut)
}

// A long answer, longer than the filler, is the same in one piece and in many.
func TestTextIsTheSameStreamed(t *testing.T) {
	a := answer(10_000)
	whole := gjson.GetBytes(openai.AppendChat(nil, a, openai.Extra{}), "choices.0.message.content").Str
	require.Len(t, whole, 40_000)
	s := openai.NewStream(a, wire.Chat, false, nil, openai.Extra{})
	var pieces strings.Builder
	for i := 0; i < 10_000; i += 7 {
		piece := s.AppendTokens(nil, i, min(i+7, 10_000))
		pieces.WriteString(gjson.GetBytes(piece[len("data: "):], "choices.0.delta.content").Str)
	}
	require.Equal(t, whole, pieces.String())
}

func events(t *testing.T, sse []byte) []string {
	t.Helper()
	var out []string
	for part := range strings.SplitSeq(string(sse), "\n\n") {
		if part == "" {
			continue
		}
		data, ok := strings.CutPrefix(part, "data: ")
		require.True(t, ok, part)
		require.True(t, data == "[DONE]" || json.Valid([]byte(data)), data)
		out = append(out, data)
	}
	return out
}

func TestStreamShape(t *testing.T) {
	a := answer(3)
	for name, asked := range map[string]bool{"usage": true, "no usage": false} {
		t.Run(name, func(t *testing.T) {
			s := openai.NewStream(a, wire.Chat, asked, nil, openai.Extra{})
			got := events(t, s.AppendDone(s.AppendFinish(s.AppendTokens(s.AppendStart(s.AppendOpen(nil)), 0, 3))))
			head, null := `{"id":"`+gjson.Get(got[0], "id").Str+`","object":"chat.completion.chunk","created":1735689600,`+
				`"model":"gpt-\"4\"","service_tier":"default","system_fingerprint":"fp_routedrill","choices":[`, ""
			if asked {
				null = `,"usage":null`
			}
			content := gjson.Get(got[1], "choices.0.delta.content").Str
			require.Len(t, content, 12)
			want := []string{
				head + `{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]` + null + `}`,
				head + `{"index":0,"delta":{"content":"` + content + `"},"logprobs":null,"finish_reason":null}]` + null + `}`,
				head + `{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]` + null + `}`,
			}
			if asked {
				want = append(want, head+`],"usage":`+usage+`}`)
			}
			require.Equal(t, append(want, "[DONE]"), got)
		})
	}
}

func TestCompletionStreamShape(t *testing.T) {
	s := openai.NewStream(answer(1), wire.Completions, false, nil, openai.Extra{})
	got := events(t, s.AppendDone(s.AppendFinish(s.AppendTokens(s.AppendStart(s.AppendOpen(nil)), 0, 1))))
	require.Len(t, got, 3)
	require.Equal(t, "text_completion", gjson.Get(got[0], "object").Str)
	require.Len(t, gjson.Get(got[0], "choices.0.text").Str, 4)
	require.Equal(t, gjson.Null, gjson.Get(got[0], "choices.0.finish_reason").Type)
	require.Equal(t, "stop", gjson.Get(got[1], "choices.0.finish_reason").Str)
}

func TestEmbeddingShape(t *testing.T) {
	var r wire.Request
	require.Nil(t, openai.Parse(wire.Embeddings, []byte(`{"model":"e","input":["a","bcdef"]}`), &r))
	got := openai.AppendEmbeddings(nil, &r, &wire.Answer{Model: "e", Usage: wire.Usage{Prompt: r.Prompt.Tokens}}, 4)
	v := gjson.GetBytes(got, "data.1.embedding").Raw
	require.JSONEq(t, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":`+gjson.GetBytes(got, "data.0.embedding").Raw+
		`},{"object":"embedding","index":1,"embedding":`+v+`}],"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}}`, string(got))
	var floats []float64
	require.NoError(t, json.Unmarshal([]byte(v), &floats))
	sum := 0.0
	for _, x := range floats {
		sum += x * x
	}
	require.InDelta(t, 1, sum, 1e-6, "vectors have length 1")

	r.Base64 = true
	raw, err := base64.StdEncoding.DecodeString(gjson.GetBytes(openai.AppendEmbeddings(nil, &r, &wire.Answer{Model: "e", Usage: wire.Usage{Prompt: r.Prompt.Tokens}}, 4), "data.1.embedding").Str)
	require.NoError(t, err)
	require.Len(t, raw, 16)
	for i, x := range floats {
		require.InDelta(t, x, math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])), 1e-7)
	}
}

func TestModelsShape(t *testing.T) {
	require.JSONEq(t, `{"object":"list","data":[{"id":"a","object":"model","created":5,"owned_by":"o"},`+
		`{"id":"b","object":"model","created":5,"owned_by":"o"}]}`, string(openai.AppendModels(nil, []wire.Model{{Name: "a", Owner: "o", Created: 5}, {Name: "b", Owner: "o", Created: 5}})))
}
