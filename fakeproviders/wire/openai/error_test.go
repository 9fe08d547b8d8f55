package openai_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

func TestErrorBodies(t *testing.T) {
	for name, row := range map[string]struct {
		e    *openai.Error
		want string
	}{
		"no model": {openai.NoModel("x"), `{"message":"The model ` + "`x`" + ` does not exist or you do not have access to it.",` +
			`"type":"invalid_request_error","param":null,"code":"model_not_found"}`},
		"context with completion": {openai.TooLong(wire.Chat, 100, 90, 20), `{"message":"This model's maximum context length is 100 tokens. ` +
			`However, you requested 110 tokens (90 in the messages, 20 in the completion). ` +
			`Please reduce the length of the messages or completion.",` +
			`"type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}`},
		"context by prompt alone": {openai.TooLong(wire.Chat, 100, 101, 0), `{"message":"This model's maximum context length is 100 tokens. ` +
			`However, your messages resulted in 101 tokens. Please reduce the length of the messages.",` +
			`"type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}`},
		"no credit": {openai.NoCredit(), `{"message":"You exceeded your current quota, please check your plan and billing details. ` +
			`For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",` +
			`"type":"insufficient_quota","param":null,"code":"insufficient_quota"}`},
		"filtered": {openai.Filtered(), `{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy. ` +
			`Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting",` +
			`"type":"invalid_request_error","param":null,"code":"invalid_prompt"}`},
		"retired": {openai.Retired("davinci"), `{"message":"The model ` + "`davinci`" + ` has been deprecated, ` +
			`learn more here: https://platform.openai.com/docs/deprecations",` +
			`"type":"invalid_request_error","param":null,"code":"model_not_found"}`},
		"not for responses": {openai.WrongEndpoint("e", wire.Responses), `{"message":"The requested model 'e' is not supported ` +
			`with the Responses API.","type":"invalid_request_error","param":"model","code":"model_not_found"}`},
		"500": {openai.FromStatus(500), `{"message":"The server had an error while processing your request. Sorry about that!",` +
			`"type":"server_error","param":null,"code":null}`},
		"503": {openai.FromStatus(503), `{"message":"Our servers are currently overloaded. Please try again later.",` +
			`"type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}`},
		"unknown status": {openai.FromStatus(499), `{"message":"Request failed with status 499",` +
			`"type":"invalid_request_error","param":null,"code":null}`},
		"quoting": {openai.NoURL("GET", `/"`), `{"message":"Invalid URL (GET /\")","type":"invalid_request_error","param":null,"code":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.JSONEq(t, `{"error":`+row.want+`}`, string(row.e.Wire().Body))
			require.NotEmpty(t, row.e.Error())
		})
	}
}

func TestErrorStatuses(t *testing.T) {
	for name, row := range map[string]struct {
		e      *openai.Error
		status int
		kind   string
		wait   time.Duration
	}{
		"slow down":       {openai.SlowDown(3 * time.Second), 429, "rate_limit_error", 3 * time.Second},
		"no credit":       {openai.NoCredit(), 429, "insufficient_quota", 0},
		"overloaded":      {openai.Overloaded(0), 503, "service_unavailable_error", 0},
		"engine busy":     {openai.Overloaded(429), 429, "requests", time.Second},
		"filtered":        {openai.Filtered(), 400, "invalid_request_error", 0},
		"retired":         {openai.Retired("m"), 404, "invalid_request_error", 0},
		"country":         {openai.FromStatus(403), 403, "request_forbidden", 0},
		"another's 529":   {openai.FromStatus(529), 529, "server_error", 0},
		"request timeout": {openai.FromStatus(408), 408, "invalid_request_error", 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.status, row.e.Status)
			require.Equal(t, row.kind, row.e.Type)
			require.Equal(t, row.wait, row.e.Wait)
		})
	}
}

// A key is never repeated in full.
func TestBadKeyMasks(t *testing.T) {
	require.Contains(t, openai.BadKey("sk-abcdefghijklmnop").Message, "sk-***mnop")
	require.NotContains(t, openai.BadKey("short").Message, "short")
	require.Contains(t, openai.BadKey("").Message, "You didn't provide an API key")
	require.Empty(t, openai.BadKey("").Code)
}

func TestRetryAfterRoundsUp(t *testing.T) {
	for name, row := range map[string]struct {
		wait    time.Duration
		sec, ms string
	}{
		"nanosecond":  {1, "1", "1"},
		"whole":       {2 * time.Second, "2", "2000"},
		"a bit above": {2*time.Second + 1, "3", "2001"},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			openai.SetRetryAfter(h, row.wait)
			require.Equal(t, row.sec, h.Get("Retry-After"))
			require.Equal(t, row.ms, h.Get("Retry-After-Ms"))
		})
	}
}

func TestDurationFormat(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "20ms": 20 * time.Millisecond, "1s": time.Second, "8.64s": 8640 * time.Millisecond, "6m0s": 6 * time.Minute, "1ms": 1,
	} {
		require.Equal(t, want, string(openai.AppendDuration(nil, d)))
	}
}

// Answers share header values: changing one answer's headers must not reach the
// next.
func TestHeadersAreNotShared(t *testing.T) {
	a, b := http.Header{}, http.Header{}
	openai.SetHeaders(a, false, 1, 1500*time.Millisecond)
	openai.SetRates(a, &wire.Rates{Requests: wire.Rate{Limit: 5, Remaining: 4, Reset: time.Second}})
	for k := range a {
		a.Add(k, "more")
	}
	openai.SetHeaders(b, false, 1, 1500*time.Millisecond)
	require.Equal(t, []string{"application/json"}, b.Values("Content-Type"))
	require.Equal(t, []string{"1500"}, b.Values("Openai-Processing-Ms"))
	require.Regexp(t, `^req_[0-9A-Za-z]{24}$`, b.Get("X-Request-Id"))
	openai.SetHeaders(b, true, 1, 0)
	require.Equal(t, "text/event-stream; charset=utf-8", b.Get("Content-Type"))
}
