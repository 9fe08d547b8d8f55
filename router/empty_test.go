package router_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/wire"
)

// emptyAnswers are answers that hold nothing, whole and streamed, with a finish
// reason in the words of each API. A tool call that was cut by max_tokens is one:
// Anthropic and Gemini send calls whole or not at all.
func emptyAnswers(api, finish string) (whole, stream step) {
	switch api {
	case wire.Anthropic:
		finish = map[string]string{"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}[finish]
		whole = answer(200, `{"type":"message","id":"x","role":"assistant","model":"m","content":[],"stop_reason":"`+finish+`",`+
			`"usage":{"input_tokens":9,"output_tokens":5}}`)
		start, _, _ := strings.Cut(claudeStart, "event: content_block_start")
		stream = sse(raw(start), raw(`event: message_delta`+"\n"+`data: {"type":"message_delta","delta":{"stop_reason":"`+finish+`"},"usage":{"output_tokens":5}}`+"\n\n"), raw(claudeStop))
	case wire.Gemini:
		finish = map[string]string{"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}[finish]
		body := `{"candidates":[{"content":{"role":"model"},"finishReason":"` + finish + `","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5}}`
		whole, stream = answer(200, body), sse(body)
	default:
		whole = answer(200, `{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null},"finish_reason":"`+finish+`"}],`+
			`"usage":{"prompt_tokens":9,"completion_tokens":5}}`)
		stream = sse(role, `{"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"`+finish+`"}]}`, done)
	}
	return whole, stream
}

// An answer that holds nothing is a failure, and goes elsewhere, unless the
// request explains it or the provider's filter does.
func TestEmptyAnswersOfEveryWire(t *testing.T) {
	for _, row := range []struct {
		name, finish, more string
		served             bool
	}{
		{"ended without a word", "stop", ``, false},
		{"ended at a stop sequence", "stop", `,"stop":["\n"]`, true},
		{"ended without a word, max_tokens or not", "stop", `,"max_tokens":5`, false},
		{"cut by the client's max_tokens", "length", `,"max_tokens":5`, true},
		{"cut by the client's max_completion_tokens", "length", `,"max_completion_tokens":5`, true},
		{"cut at a limit of the provider's", "length", ``, false},
		{"cut at a limit of the provider's, stop sequences or not", "length", `,"stop":["\n"]`, false},
		{"a call of no tool", "tool_calls", ``, false},
		{"filtered", "content_filter", ``, true},
	} {
		for _, api := range wire.Names() {
			whole, stream := emptyAnswers(api, row.finish)
			for how, first := range map[string]step{"whole": whole, "stream": stream} {
				t.Run(row.name+", "+api+", "+how, func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						good := ok()
						body := `{"model":"smart","messages":[{"role":"user","content":"x"}]` + row.more
						if how == "stream" {
							body += `,"stream":true`
							good = sse(role, token, finish, done)
						}
						g := newRig(t, map[string][]step{"a": {first}, "b": {good}}, func(c *router.Config) { c.Providers[0].Wire = api })
						require.Equal(t, 200, g.do(post(t.Context(), "/v1/chat/completions", body+"}")).Code)
						want := "a:invalid_answer b:ok"
						if row.served {
							want = "a:ok"
						}
						rec := g.log.last(t)
						require.Equal(t, want, reasons(rec))
						if how == "whole" {
							require.EqualValues(t, 9*2+5*8, rec.Attempts[0].CostMicroUSD, "it is billed as any other")
						}
					})
				})
			}
		}
	}
}
