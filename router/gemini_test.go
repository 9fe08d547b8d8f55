package router_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/wire"
)

// After https://ai.google.dev/api/generate-content and
// https://ai.google.dev/gemini-api/docs/function-calling
const (
	geminiAnswer = `{"candidates":[{"content":{"parts":[{"text":"Hi! I am Gemini."}],"role":"model"},"finishReason":"STOP","index":0}],` +
		`"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":64,"candidatesTokenCount":7,"totalTokenCount":127,"thoughtsTokenCount":20},` +
		`"modelVersion":"gemini-2.5-flash-001","responseId":"mAitaLmkHPPlz7IPvtfUqQ4"}`
	geminiFirst = `data: {"candidates": [{"content": {"parts": [{"text": "Hello"}],"role": "model"},"index": 0}],` +
		`"usageMetadata": {"promptTokenCount": 8,"candidatesTokenCount": 1,"totalTokenCount": 9},"modelVersion": "gemini-2.5-flash-001","responseId": "r1"}` + "\r\n\r\n"
	geminiTool = `data: {"candidates": [{"content": {"parts": [{"functionCall": {"name": "get_weather","args": {"location": "San Francisco"}}}],"role": "model"},` +
		`"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 8,"candidatesTokenCount": 20,"totalTokenCount": 28},` +
		`"modelVersion": "gemini-2.5-flash-001","responseId": "r1"}` + "\r\n\r\n"
	geminiError   = `data: {"error": {"code": 503,"message": "The model is overloaded.","status": "UNAVAILABLE"}}` + "\r\n\r\n"
	geminiLimited = `{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[` +
		`{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"}]},` +
		`{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}`
)

func google(v *vendor) router.Provider {
	return router.Provider{
		Name: "google", Wire: wire.Gemini, BaseURL: v.url + "/v1beta", APIKey: theKey,
		Models: []router.Model{{Name: "gemini-2.5-flash", Price: router.Price{InputNano: 300, CachedInputNano: 75, OutputNano: 2500}}},
	}
}

func TestGeminiChat(t *testing.T) {
	v := newVendor(t, plain(200, geminiAnswer))
	client, l := gateway(t, google(v))
	res, err := client.Chat.Completions.New(t.Context(), ask())
	require.NoError(t, err)
	require.Equal(t, "Hi! I am Gemini.", res.Choices[0].Message.Content)
	require.Equal(t, "stop", res.Choices[0].FinishReason)
	require.Equal(t, "gemini-2.5-flash-001", res.Model, "the model that answered")
	require.EqualValues(t, []int64{100, 27, 64, 20}, []int64{
		res.Usage.PromptTokens, res.Usage.CompletionTokens, res.Usage.PromptTokensDetails.CachedTokens, res.Usage.CompletionTokensDetails.ReasoningTokens,
	})
	q := v.request(t, 0)
	require.Equal(t, "POST /v1beta/models/gemini-2.5-flash:generateContent", q.uri)
	require.Equal(t, theKey, q.header.Get("X-Goog-Api-Key"))
	require.Empty(t, q.header.Get("Authorization"))
	require.JSONEq(t, `{"systemInstruction":{"parts":[{"text":"be kind"}]},"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`, q.body)
	a := l.last(t).Attempts[0]
	require.False(t, a.Estimated)
	// 36 × 300 + 64 × 75 + 27 × 2500 = 83,100 nano-USD.
	require.EqualValues(t, 83, a.CostMicroUSD)
}

func TestGeminiStreamWithATool(t *testing.T) {
	v := newVendor(t, streamed(geminiFirst+geminiTool))
	client, l := gateway(t, google(v))
	stream := client.Chat.Completions.NewStreaming(t.Context(), ask(withTool, withUsage))
	var whole sdk.ChatCompletionAccumulator
	for stream.Next() {
		require.True(t, whole.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	require.Equal(t, "POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", v.request(t, 0).uri)
	m := whole.Choices[0].Message
	require.Equal(t, "Hello", m.Content)
	require.Len(t, m.ToolCalls, 1)
	require.Regexp(t, "^call_[0-9a-f]+$", m.ToolCalls[0].ID)
	require.JSONEq(t, `{"location":"San Francisco"}`, m.ToolCalls[0].Function.Arguments)
	require.Equal(t, "tool_calls", whole.Choices[0].FinishReason)
	require.EqualValues(t, 28, whole.Usage.TotalTokens)
	require.False(t, l.last(t).Attempts[0].Estimated)

	v.answers = []vendorAnswer{plain(200, geminiAnswer)}
	_, err := client.Chat.Completions.New(t.Context(), ask(withTool, func(p *sdk.ChatCompletionNewParams) {
		p.Messages = append(p.Messages, m.ToParam(), sdk.ToolMessage("sunny", m.ToolCalls[0].ID))
	}))
	require.NoError(t, err)
	require.Contains(t, v.request(t, 1).body, `{"role":"user","parts":[{"functionResponse":{"id":"`+m.ToolCalls[0].ID+
		`","name":"get_weather","response":{"output":"sunny"}}}]}`)
}

func TestGeminiFailures(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer vendorAnswer
		stream bool
		reason string
		broken bool
	}{
		{"overloaded", plain(503, `{"error":{"code":503,"status":"UNAVAILABLE"}}`), false, audit.ServerError, false},
		{"limited", plain(429, geminiLimited), true, audit.RateLimited, false},
		{"a wrong key", plain(400, `{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`),
			false, audit.Unauthorized, false},
		{"the quota of a day", plain(429, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure",`+
			`"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]}]}}`), false, audit.PaymentRequired, false},
		{"nothing said", plain(200, `{"candidates":[{"finishReason":"STOP"}]}`), false, audit.InvalidAnswer, false},
		{"an error event first", streamed(geminiError), true, audit.StreamError, false},
		{"an error event after content", streamed(geminiFirst + geminiError), true, audit.StreamError, true},
		{"no reason to finish", streamed(geminiFirst), true, audit.StreamTruncated, true},
		{"an empty stream", streamed(""), true, audit.StreamTruncated, false},
		{"a lost connection behind the end", vendorAnswer{200, "text/event-stream", geminiFirst + geminiTool, true}, true, audit.ConnectionLost, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			spare := newVendor(t, plain(200, claudeAnswer))
			if row.stream {
				spare.answers = []vendorAnswer{streamed(claudeStart + claudeTool + claudeStop)}
			}
			client, l := gateway(t, google(newVendor(t, row.answer)), claude(spare))
			var err error
			if row.stream {
				stream := client.Chat.Completions.NewStreaming(t.Context(), ask())
				for stream.Next() {
				}
				err = stream.Err()
			} else {
				_, err = client.Chat.Completions.New(t.Context(), ask())
			}
			rec := l.last(t)
			if row.broken {
				require.ErrorContains(t, err, "routedrill_stream_broken")
				require.Equal(t, "google:"+row.reason, reasons(rec))
				require.Equal(t, audit.Broken, rec.Outcome)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "google:"+row.reason+" anthropic:ok", reasons(rec))
		})
	}
}

// The wait that an error's body asks for counts like one of the headers.
func TestWaitInTheBody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		start := time.Now()
		g := newRig(t, map[string][]step{"a": {answer(429, geminiLimited), answer(200, geminiAnswer)}}, func(c *router.Config) {
			c.Providers[0].Wire, c.Providers[0].BaseURL = wire.Gemini, "http://a.test/v1beta"
			c.Resilience.MaxWait = time.Minute
		})
		w := httptest.NewRecorder()
		g.ServeHTTP(w, chat(t.Context(), "only", false))
		require.Equal(t, 200, w.Code, w.Body)
		rec := g.log.last(t)
		require.Equal(t, "a:rate_limited a:ok", reasons(rec))
		require.Equal(t, 34500*time.Millisecond, rec.Attempts[0].RetryAfter)
		require.GreaterOrEqual(t, rec.Attempts[1].Start.Sub(start), 34500*time.Millisecond)
	})
}

func TestGeminiEmbeddings(t *testing.T) {
	v := newVendor(t, plain(200, `{"embeddings":[{"values":[0.5,-2]},{"values":[0.25,1]}]}`))
	p := google(v)
	p.Models[0].Name = "gemini-embedding-001"
	client, l := gateway(t, p)
	for _, format := range []string{"float", "base64"} {
		res, err := client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{
			Model: "smart", Input: sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"hello", "world"}},
			Dimensions: param.NewOpt[int64](2), EncodingFormat: sdk.EmbeddingNewParamsEncodingFormat(format),
		})
		require.NoError(t, err)
		require.Len(t, res.Data, 2)
		require.EqualValues(t, 1, res.Data[1].Index)
		if format == "float" {
			require.Equal(t, []float64{0.5, -2}, res.Data[0].Embedding)
		} else {
			var raw struct{ Embedding string }
			require.NoError(t, json.Unmarshal([]byte(res.Data[0].RawJSON()), &raw))
			require.Equal(t, "AAAAPwAAAMA=", raw.Embedding, "0.5 and -2 as little-endian float32")
		}
		require.Equal(t, "gemini-embedding-001", res.Model)
		require.Positive(t, res.Usage.PromptTokens, "an estimate, for want of a count")
	}
	q := v.request(t, 0)
	require.Equal(t, "POST /v1beta/models/gemini-embedding-001:batchEmbedContents", q.uri)
	require.JSONEq(t, `{"requests":[
		{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"hello"}]},"outputDimensionality":2},
		{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"world"}]},"outputDimensionality":2}]}`, q.body)
	require.True(t, l.last(t).Attempts[0].Estimated)
}
