package openai_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

func TestReadRequestAndRewrite(t *testing.T) {
	for _, row := range []struct {
		name, endpoint, body string
		want                 string
		stream, usage        bool
	}{
		{"plain", llm.Chat, `{"model":"r","messages":[]}`, `{"model":"m\"x","messages":[]}`, false, false},
		{"spaces and unknown fields", llm.Chat, "{ \"z\" : [1] ,\n\"model\"\t: \"r\" }",
			"{ \"z\" : [1] ,\n\"model\"\t: \"m\\\"x\" }", false, false},
		{"nested model is left", llm.Chat, `{"a":{"model":"x"},"model":"r"}`, `{"a":{"model":"x"},"model":"m\"x"}`, false, false},
		{"stream", llm.Chat, `{"model":"r","stream":true}`, `{"model":"m\"x","stream_options":{"include_usage":true},"stream":true}`,
			true, false},
		{"options null", llm.Chat, `{"stream_options":null,"model":"r","stream":true}`,
			`{"stream_options":{"include_usage":true},"model":"m\"x","stream":true}`, true, false},
		{"options empty", llm.Completions, `{"stream_options":{ },"model":"r","stream":true}`,
			`{"stream_options":{"include_usage":true },"model":"m\"x","stream":true}`, true, false},
		{"options other", llm.Chat, `{"model":"r","stream":true,"stream_options":{"x":1}}`,
			`{"model":"m\"x","stream":true,"stream_options":{"include_usage":true,"x":1}}`, true, false},
		{"usage declined", llm.Chat, `{"model":"r","stream":true,"stream_options":{"include_usage":false}}`,
			`{"model":"m\"x","stream":true,"stream_options":{"include_usage":true}}`, true, false},
		{"usage asked for", llm.Chat, `{"model":"r","stream":true,"stream_options":{"include_usage":true}}`,
			`{"model":"m\"x","stream":true,"stream_options":{"include_usage":true}}`, true, true},
		{"no stream, options untouched", llm.Chat, `{"model":"r","stream":false,"stream_options":{}}`,
			`{"model":"m\"x","stream":false,"stream_options":{}}`, false, false},
		{"embeddings never stream", llm.Embeddings, `{"model":"r","stream":true}`, `{"model":"m\"x","stream":true}`, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := openai.ReadRequest(row.endpoint, []byte(row.body))
			require.NoError(t, err)
			require.Equal(t, "r", r.Model)
			require.Equal(t, row.stream, r.Stream)
			require.Equal(t, row.usage, r.WantsUsage)
			require.EqualValues(t, (len(row.body)+3)/4, r.PromptEstimate)
			out := r.For(`m"x`)
			require.Equal(t, row.want, string(out))
			require.True(t, json.Valid(out))
		})
	}
}

func TestReadRequestRefuses(t *testing.T) {
	for body, want := range map[string]error{
		``:                             openai.ErrNotObject,
		`[]`:                           openai.ErrNotObject,
		`{"model":"r"`:                 openai.ErrNotObject,
		`{}`:                           openai.ErrNoModel,
		`{"model":""}`:                 openai.ErrNoModel,
		`{"model":null}`:               openai.ErrNoModel,
		`{"model":7}`:                  openai.ErrNoModel,
		`{"model":"r","model":"s"}`:    openai.ErrDuplicate,
		`{"model":"r","stream":"yes"}`: openai.ErrBadStream,
		`{"model":"r","stream":1}`:     openai.ErrBadStream,
		`{"model":"r","stream":true,"stream_options":[]}`:                                           openai.ErrBadOptions,
		`{"model":"r","stream":true,"stream_options":{"include_usage":1}}`:                          openai.ErrBadOptions,
		`{"model":"r","stream":true,"stream_options":{"include_usage":true,"include_usage":false}}`: openai.ErrDuplicate,
	} {
		_, err := openai.ReadRequest(llm.Chat, []byte(body))
		require.ErrorIs(t, err, want, body)
	}
}

func TestReadAnswer(t *testing.T) {
	const whole = `{"model":"m","choices":[{"message":{"content":"abcd"},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":20}}}`
	for _, row := range []struct {
		name, endpoint, body string
		want                 llm.Answer
		ok                   bool
	}{
		{"whole", llm.Chat, whole, llm.Answer{Model: "m", Usage: llm.Usage{PromptTokens: 9, CachedTokens: 9, OutputTokens: 4}, HasUsage: true,
			Finished: true, Complete: true, ContentBytes: 4}, true},
		{"reasoning", llm.Chat, `{"choices":[{}],"usage":{"prompt_tokens":9,"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":3}}}`,
			llm.Answer{Usage: llm.Usage{PromptTokens: 9, OutputTokens: 4, ReasoningTokens: 3}, HasUsage: true, Empty: true}, true},
		{"text", llm.Completions, `{"choices":[{"text":"abc","finish_reason":"length"}]}`, llm.Answer{Finished: true, ContentBytes: 3}, true},
		{"unfinished", llm.Chat, `{"choices":[{"message":{"content":null}}]}`, llm.Answer{Empty: true}, true},
		{"empty text", llm.Chat, `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`, llm.Answer{Finished: true, Complete: true, Empty: true}, true},
		{"one of two empty", llm.Chat, `{"choices":[{"message":{"content":""},"finish_reason":"stop"},{"message":{"content":"a"},"finish_reason":"stop"}]}`,
			llm.Answer{Finished: true, Complete: true, ContentBytes: 1}, true},
		{"cut before it began", llm.Chat, `{"choices":[{"message":{"content":""},"finish_reason":"length"}]}`, llm.Answer{Finished: true, Empty: true, Cut: true}, true},
		{"filtered", llm.Chat, `{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}`, llm.Answer{Finished: true}, true},
		{"refusal", llm.Chat, `{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}`,
			llm.Answer{Finished: true, Complete: true, ContentBytes: 2}, true},
		{"audio", llm.Chat, `{"choices":[{"message":{"content":null,"audio":{"id":"a"}},"finish_reason":"stop"}]}`, llm.Answer{Finished: true, Complete: true}, true},
		{"parts", llm.Chat, `{"choices":[{"message":{"content":[{"type":"text"}]},"finish_reason":"stop"}]}`, llm.Answer{Finished: true, Complete: true}, true},
		{"tool call", llm.Chat, `{"choices":[{"message":{"content":null,"tool_calls":[1]},"finish_reason":"tool_calls"}]}`,
			llm.Answer{Finished: true, Complete: true, ContentBytes: 3}, true},
		{"usage without output", llm.Chat, `{"choices":[{}],"usage":{"prompt_tokens":9}}`, llm.Answer{Empty: true}, true},
		{"negative usage", llm.Chat, `{"choices":[{}],"usage":{"prompt_tokens":-9,"completion_tokens":1}}`, llm.Answer{Empty: true}, true},
		{"absurd usage", llm.Chat, `{"choices":[{}],"usage":{"prompt_tokens":99999999999,"completion_tokens":1}}`, llm.Answer{Empty: true}, true},
		{"embeddings", llm.Embeddings, `{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":3}}`,
			llm.Answer{Finished: true, Complete: true, HasUsage: true, Usage: llm.Usage{PromptTokens: 3}}, true},
		{"no choices", llm.Chat, `{"model":"m"}`, llm.Answer{}, false},
		{"empty choices", llm.Chat, `{"choices":[]}`, llm.Answer{}, false},
		{"choices null", llm.Chat, `{"choices":null}`, llm.Answer{}, false},
		{"choices of scalars", llm.Chat, `{"choices":["x"]}`, llm.Answer{}, false},
		{"chat shape for embeddings", llm.Embeddings, whole, llm.Answer{}, false},
		{"error", llm.Chat, `{"choices":[{}],"error":{"message":"x"}}`, llm.Answer{}, false},
		{"cut", llm.Chat, whole[:60], llm.Answer{}, false},
		{"html", llm.Chat, `<html>`, llm.Answer{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := openai.ReadAnswer(row.endpoint, []byte(row.body))
			require.Equal(t, row.ok, ok)
			if ok {
				require.Equal(t, row.want, got)
			}
		})
	}
}

func TestReadEvent(t *testing.T) {
	for _, row := range []struct {
		name, data string
		want       llm.Event
		ok         bool
	}{
		{"done", `[DONE]`, llm.Event{Done: true}, true},
		{"role", `{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`, llm.Event{Choices: 1}, true},
		{"content", `{"choices":[{"index":1,"delta":{"content":"abc"}}],"usage":null}`, llm.Event{Choices: 2, Content: true, ContentBytes: 3},
			true},
		{"empty tool calls", `{"choices":[{"delta":{"tool_calls":[]}}]}`, llm.Event{Choices: 1}, true},
		{"tool call", `{"choices":[{"delta":{"tool_calls":[{}]}}]}`, llm.Event{Choices: 1, Content: true, ContentBytes: 4}, true},
		{"text", `{"choices":[{"text":"a","finish_reason":"stop"}]}`, llm.Event{Choices: 1, Finished: 1, Stopped: 1, Content: true, ContentBytes: 1}, true},
		{"finish at a limit", `{"choices":[{"delta":{},"finish_reason":"length"}]}`, llm.Event{Choices: 1, Finished: 1, Cut: 1}, true},
		{"finish for another reason", `{"choices":[{"delta":{},"finish_reason":"content_filter"}]}`, llm.Event{Choices: 1, Finished: 1}, true},
		{"finish with a call", `{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`, llm.Event{Choices: 1, Finished: 1, Stopped: 1}, true},
		{"reasoning", `{"choices":[{"delta":{"reasoning":"hm"}}]}`, llm.Event{Choices: 1, Content: true, ContentBytes: 2}, true},
		{"finish null", `{"choices":[{"delta":{},"finish_reason":null}]}`, llm.Event{Choices: 1}, true},
		{"usage", `{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
			llm.Event{HasUsage: true, Usage: llm.Usage{PromptTokens: 1, OutputTokens: 2}}, true},
		{"error", `{"error":{"message":"x"}}`, llm.Event{Error: true}, true},
		{"error null", `{"error":null,"choices":[]}`, llm.Event{}, true},
		{"far index", `{"choices":[{"index":1000}]}`, llm.Event{Choices: 1 << 63}, true},
		{"cut", `{"choices":[`, llm.Event{}, false},
		{"scalar", `7`, llm.Event{}, false},
		{"empty", ``, llm.Event{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := openai.ReadEvent([]byte(row.data))
			require.Equal(t, row.ok, ok)
			require.Equal(t, row.want, got)
		})
	}
}

func TestErrors(t *testing.T) {
	want := llm.Error{Message: "a \"b\"\n\x01 é", Type: "t", Param: "", Code: "c"}
	body := openai.AppendError(nil, want)
	require.True(t, json.Valid(body), string(body))
	require.Contains(t, string(body), `"param":null`)
	got, ok := openai.ReadError(body)
	require.True(t, ok)
	require.Equal(t, want, got)
	for bad, object := range map[string]bool{``: false, `[]`: false, `{"error":"x"}`: true, `<html>`: false} {
		got, ok := openai.ReadError([]byte(bad))
		require.Equal(t, object, ok, bad)
		require.Zero(t, got)
	}
}
