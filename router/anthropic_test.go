package router_test

import (
	"strings"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/wire"
)

// After https://platform.claude.com/docs/en/api/messages and
// https://platform.claude.com/docs/en/build-with-claude/streaming
const (
	claudeAnswer = `{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929",` +
		`"content":[{"type":"text","text":"Hi! My name is Claude."}],"stop_reason":"end_turn","stop_sequence":null,` +
		`"usage":{"input_tokens":95,"cache_creation_input_tokens":2000,"cache_read_input_tokens":1000,"output_tokens":10}}`
	claudeStart = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4-5-20250929","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

`
	claudeTool = `event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_01T1x1fJ34qAmk2tNTrN7Up6","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"location\": \"San"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" Francisco\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}

`
	claudeStop  = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	claudeError = "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n"
	overloaded  = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011"}`
)

func claude(v *vendor) router.Provider {
	return router.Provider{
		Name: "anthropic", Wire: wire.Anthropic, BaseURL: v.url + "/v1", APIKey: theKey,
		Models: []router.Model{{Name: "claude-sonnet-4-5", MaxOutput: 64_000,
			Price: router.Price{InputNano: 3000, CachedInputNano: 300, CacheWriteNano: 3750, OutputNano: 15_000}}},
	}
}

func ask(change ...func(*sdk.ChatCompletionNewParams)) sdk.ChatCompletionNewParams {
	p := sdk.ChatCompletionNewParams{
		Model:    "smart",
		Messages: []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage("be kind"), sdk.UserMessage("hello")},
	}
	for _, f := range change {
		f(&p)
	}
	return p
}

func withTool(p *sdk.ChatCompletionNewParams) {
	p.Tools = []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "get_weather", Parameters: shared.FunctionParameters{"type": "object"},
	})}
}

func withUsage(p *sdk.ChatCompletionNewParams) { p.StreamOptions.IncludeUsage = sdk.Bool(true) }

func TestAnthropicChat(t *testing.T) {
	v := newVendor(t, plain(200, claudeAnswer))
	client, l := gateway(t, claude(v))
	res, err := client.Chat.Completions.New(t.Context(), ask())
	require.NoError(t, err)
	require.Equal(t, "Hi! My name is Claude.", res.Choices[0].Message.Content)
	require.Equal(t, "stop", res.Choices[0].FinishReason)
	require.Equal(t, "claude-sonnet-4-5-20250929", res.Model, "the model that answered")
	require.Equal(t, "chat.completion", string(res.Object))
	require.EqualValues(t, []int64{3095, 10, 3105, 1000}, []int64{
		res.Usage.PromptTokens, res.Usage.CompletionTokens, res.Usage.TotalTokens, res.Usage.PromptTokensDetails.CachedTokens,
	})

	q := v.request(t, 0)
	require.Equal(t, "POST /v1/messages", q.uri)
	require.Equal(t, theKey, q.header.Get("X-Api-Key"))
	require.Equal(t, "2023-06-01", q.header.Get("Anthropic-Version"))
	require.Empty(t, q.header.Get("Authorization"))
	require.JSONEq(t, `{"model":"claude-sonnet-4-5","max_tokens":64000,
		"system":[{"type":"text","text":"be kind","cache_control":{"type":"ephemeral"}}],
		"messages":[{"role":"user","content":[{"type":"text","text":"hello"}]}]}`, q.body)

	a := l.last(t).Attempts[0]
	require.False(t, a.Estimated)
	require.EqualValues(t, []int64{3095, 1000, 2000, 10}, []int64{a.PromptTokens, a.CachedTokens, a.CacheWriteTokens, a.OutputTokens})
	// 95 × 3000 + 1000 × 300 + 2000 × 3750 + 10 × 15000 = 8,235,000 nano-USD.
	require.EqualValues(t, 8235, a.CostMicroUSD)
}

func TestLongPromptsHaveTheirOwnPrice(t *testing.T) {
	for _, tt := range []struct {
		name  string
		above int
		want  int64
	}{
		{"as long as the bound", 3095, 8235},
		// 95 × 6000 + 1000 × 600 + 2000 × 7500 + 10 × 22,500 = 16,395,000 nano-USD.
		{"longer", 3094, 16_395},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := claude(newVendor(t, plain(200, claudeAnswer)))
			p.Models[0].Price.Long = router.LongPrice{Above: tt.above, InputNano: 6000, CachedInputNano: 600, CacheWriteNano: 7500, OutputNano: 22_500}
			client, l := gateway(t, p)
			_, err := client.Chat.Completions.New(t.Context(), ask())
			require.NoError(t, err)
			require.EqualValues(t, tt.want, l.last(t).Attempts[0].CostMicroUSD)
		})
	}
}

func TestAnthropicStreamWithATool(t *testing.T) {
	v := newVendor(t, streamed(claudeStart+claudeTool+claudeStop))
	client, l := gateway(t, claude(v))
	stream := client.Chat.Completions.NewStreaming(t.Context(), ask(withTool, withUsage))
	var whole sdk.ChatCompletionAccumulator
	for stream.Next() {
		require.True(t, whole.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	m := whole.Choices[0].Message
	require.Equal(t, "Hello", m.Content)
	require.Len(t, m.ToolCalls, 1)
	require.Equal(t, "toolu_01T1x1fJ34qAmk2tNTrN7Up6", m.ToolCalls[0].ID)
	require.Equal(t, "get_weather", m.ToolCalls[0].Function.Name)
	require.JSONEq(t, `{"location":"San Francisco"}`, m.ToolCalls[0].Function.Arguments)
	require.Equal(t, "tool_calls", whole.Choices[0].FinishReason)
	require.EqualValues(t, 114, whole.Usage.TotalTokens)
	require.Contains(t, v.request(t, 0).body, `"stream":true`)
	a := l.last(t).Attempts[0]
	require.Equal(t, audit.OK, a.Reason)
	require.True(t, a.Served)
	require.False(t, a.Estimated)

	// The conversation goes on with what the client's package made of the answer.
	v.answers = []vendorAnswer{plain(200, claudeAnswer)}
	_, err := client.Chat.Completions.New(t.Context(), ask(withTool, func(p *sdk.ChatCompletionNewParams) {
		p.Messages = append(p.Messages, m.ToParam(), sdk.ToolMessage("sunny", m.ToolCalls[0].ID))
	}))
	require.NoError(t, err)
	require.Contains(t, v.request(t, 1).body, `{"type":"tool_use","id":"toolu_01T1x1fJ34qAmk2tNTrN7Up6","name":"get_weather","input":{"location":"San Francisco"},`)
	require.Contains(t, v.request(t, 1).body, `{"type":"tool_result","tool_use_id":"toolu_01T1x1fJ34qAmk2tNTrN7Up6","content":[{"type":"text","text":"sunny"}]}`)
}

func TestAnthropicFailures(t *testing.T) {
	whole := claudeStart + claudeTool + claudeStop
	for _, row := range []struct {
		name   string
		answer vendorAnswer
		stream bool
		reason string
		broken bool // after the commit point
	}{
		{"overloaded", plain(529, overloaded), false, audit.Overloaded, false},
		{"overloaded, before a stream", plain(529, overloaded), true, audit.Overloaded, false},
		{"limited", plain(429, `{"type":"error","error":{"type":"rate_limit_error","message":"x"}}`), false, audit.RateLimited, false},
		{"out of credit", plain(400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}`),
			false, audit.PaymentRequired, false},
		{"an error inside 200", plain(200, overloaded), false, audit.InvalidAnswer, false},
		{"an answer of another API", plain(200, answerBody), false, audit.InvalidAnswer, false},
		{"a cut answer", vendorAnswer{200, "application/json", claudeAnswer[:80], true}, false, audit.ConnectionLost, false},
		{"an error event first", streamed(claudeError), true, audit.StreamError, false},
		{"an error event after content", streamed(claudeStart + claudeError), true, audit.StreamError, true},
		{"an early end", streamed(claudeStart), true, audit.StreamTruncated, true},
		{"no message_stop", streamed(claudeStart + claudeTool), true, audit.StreamTruncated, true},
		{"no stop_reason", streamed(claudeStart + claudeStop), true, audit.StreamTruncated, true},
		{"a lost connection", vendorAnswer{200, "text/event-stream", whole[:len(claudeStart)+40], true}, true, audit.ConnectionLost, true},
		{"a malformed event", streamed(claudeStart + "data: {\"type\":\n\n"), true, audit.StreamMalformed, true},
		{"no stream at all", plain(200, claudeAnswer), true, audit.InvalidAnswer, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			spare := newVendor(t, plain(200, answerBody))
			if row.stream {
				spare.answers = []vendorAnswer{streamed(event(role) + event(token) + event(finish) + event(done))}
			}
			client, l := gateway(t, claude(newVendor(t, row.answer)),
				router.Provider{Name: "openai", BaseURL: spare.url + "/v1", Models: []router.Model{{Name: "gpt-4.1"}}})
			var text string
			var err error
			if row.stream {
				stream := client.Chat.Completions.NewStreaming(t.Context(), ask())
				for stream.Next() {
					if c := stream.Current().Choices; len(c) > 0 {
						text += c[0].Delta.Content
					}
				}
				err = stream.Err()
			} else {
				var res *sdk.ChatCompletion
				res, err = client.Chat.Completions.New(t.Context(), ask())
				if err == nil {
					text = res.Choices[0].Message.Content
				}
			}
			rec := l.last(t)
			if row.broken {
				require.ErrorContains(t, err, "routedrill_stream_broken")
				require.Equal(t, "anthropic:"+row.reason, reasons(rec))
				require.Equal(t, audit.Broken, rec.Outcome)
				require.True(t, strings.HasPrefix(text, "Hello"))
				return
			}
			require.NoError(t, err)
			require.Equal(t, "anthropic:"+row.reason+" openai:ok", reasons(rec))
			require.NotEmpty(t, text)
			require.NotContains(t, text, "Hello", "nothing of the failed answer")
		})
	}
}

func TestAnthropicRefusalReadsLikeOpenAIs(t *testing.T) {
	v := newVendor(t, plain(400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}`),
		plain(422, `{"type":"error","error":{"type":"invalid_request_error","message":"top_k: x, key `+theKey+`"}}`), vendorAnswer{400, "text/plain", "no", false})
	client, l := gateway(t, claude(v))
	for _, want := range []struct {
		status        int
		code, message string
	}{
		{400, "context_length_exceeded", "prompt is too long"},
		{422, "", "key [redacted]"},
		{400, "", "the provider refused the request"},
	} {
		_, err := client.Chat.Completions.New(t.Context(), ask())
		e := refusal(t, err)
		require.Equal(t, want.status, e.StatusCode)
		require.Equal(t, want.code, e.Code)
		require.Equal(t, "invalid_request_error", e.Type)
		require.Contains(t, e.Message, want.message)
		require.Equal(t, audit.Rejected, l.last(t).Outcome)
	}
}

func TestAnthropicHasNoEmbeddings(t *testing.T) {
	v := newVendor(t, plain(200, claudeAnswer))
	client, _ := gateway(t, claude(v))
	_, err := client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{Model: "smart", Input: sdk.EmbeddingNewParamsInputUnion{OfString: sdk.String("x")}})
	require.Contains(t, refusal(t, err).Message, "anthropic/claude-sonnet-4-5: has no embeddings")
	_, err = client.Chat.Completions.New(t.Context(), ask(func(p *sdk.ChatCompletionNewParams) { p.N = sdk.Int(2) }))
	require.Contains(t, refusal(t, err).Message, "anthropic/claude-sonnet-4-5: its API does not take n above 1")
	require.Empty(t, v.seen)
}
