package anthropic_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
)

func TestRefuse(t *testing.T) {
	const org = "b0a1c2d3-7e57-4d1a-8b0b-5ca1ab1e0000"
	script := func(status int) wire.Problem { return wire.Problem{Status: status, Wait: time.Second} }
	for name, row := range map[string]struct {
		p       wire.Problem
		status  int
		kind    string
		message string
		wait    time.Duration
	}{
		"too large": {wire.Problem{Kind: wire.TooLarge, Limit: 9}, 413, "request_too_large", "Request exceeds the maximum allowed number of bytes.", 0},
		"no model":  {wire.Problem{Kind: wire.NoModel, Model: "x"}, 404, "not_found_error", "model: x", 0},
		"retired":   {wire.Problem{Kind: wire.Retired, Model: "x"}, 404, "not_found_error", "model: x", 0},
		"long name": {wire.Problem{Kind: wire.NoModel, Model: strings.Repeat("x", 999)}, 404, "not_found_error", "model: " + strings.Repeat("x", 200) + "...", 0},
		"endpoint":  {wire.Problem{Kind: wire.WrongEndpoint, Model: "x"}, 400, "invalid_request_error", `"x" is not supported on this API.`, 0},
		"prompt too long": {
			wire.Problem{Kind: wire.TooLong, Limit: 200_000, Prompt: 208_310, Completion: 5},
			400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum", 0,
		},
		"context": {
			wire.Problem{Kind: wire.TooLong, Limit: 200_000, Prompt: 178_959, Completion: 64_000}, 400, "invalid_request_error",
			"input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length or `max_tokens` and try again", 0,
		},
		"too much output": {
			wire.Problem{Kind: wire.TooManyOut, Model: "x", Field: "max_tokens", Limit: 64_000, Asked: 128_001}, 400, "invalid_request_error",
			"max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for x", 0,
		},
		"credit": {
			wire.Problem{Kind: wire.Exhausted}, 400, "invalid_request_error",
			"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.", 0,
		},
		"overloaded":        {wire.Problem{Kind: wire.Overloaded}, 529, "overloaded_error", "Overloaded", 0},
		"overloaded as 503": {wire.Problem{Kind: wire.Overloaded, Status: 503}, 503, "overloaded_error", "Overloaded", 0},
		"overloaded as 429": {wire.Problem{Kind: wire.Overloaded, Status: 429}, 429, "rate_limit_error", "Overloaded", 0},
		"filtered":          {wire.Problem{Kind: wire.Filtered}, 400, "invalid_request_error", "Output blocked by content filtering policy", 0},
		"bad key":           {wire.Problem{Kind: wire.BadKey}, 401, "authentication_error", "invalid x-api-key", 0},
		"400":               {script(400), 400, "invalid_request_error", "Bad Request", time.Second},
		"401":               {script(401), 401, "authentication_error", "invalid x-api-key", time.Second},
		"402":               {script(402), 402, "billing_error", "There's an issue with your billing or payment information.", time.Second},
		"403":               {script(403), 403, "permission_error", "Your API key does not have permission to use the specified resource.", time.Second},
		"404":               {script(404), 404, "not_found_error", "Not Found", time.Second},
		"409":               {script(409), 409, "invalid_request_error", "Conflict", time.Second},
		"413":               {script(413), 413, "request_too_large", "Request exceeds the maximum allowed number of bytes.", time.Second},
		"429":               {script(429), 429, "rate_limit_error", "Your account has hit a rate limit.", time.Second},
		"499":               {script(499), 499, "invalid_request_error", "Request failed with status 499", time.Second},
		"500":               {script(500), 500, "api_error", "Internal server error", time.Second},
		"503":               {script(503), 503, "api_error", "Internal server error", time.Second},
		"504":               {script(504), 504, "timeout_error", "The request timed out while processing.", time.Second},
		"529":               {script(529), 529, "overloaded_error", "Overloaded", time.Second},
		"unknown kind":      {wire.Problem{Kind: 255}, 500, "api_error", "Internal server error", 0},
		"input tokens": {
			wire.Problem{Kind: wire.RateLimited, Unit: wire.UnitInputTokens, Limit: 30_000, Model: "x", Wait: 3 * time.Second}, 429, "rate_limit_error",
			"This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: " + org + ", model: x). " +
				"For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. " +
				"Please reduce the prompt length or the maximum tokens requested, or try again later. You may also contact sales at " +
				"https://claude.com/contact-sales to discuss your options for a rate limit increase.", 3 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := anthropic.API{}.Refuse(&row.p)
			require.Equal(t, row.status, bad.Status)
			require.Equal(t, row.kind, bad.Code)
			require.Equal(t, row.wait, bad.Wait)
			bad.Identify(7)
			id := gjson.GetBytes(bad.Body, "request_id").Str
			require.Equal(t, "req_"+string(wire.AppendID(nil, 7, 24)), id)
			require.Equal(t, `{"type":"error","error":{"type":"`+row.kind+`","message":`+string(wire.AppendString(nil, row.message))+
				`},"request_id":"`+id+`"}`, string(bad.Body))
		})
	}
}

func TestRateLimits(t *testing.T) {
	for unit, want := range map[string]string{
		wire.UnitRequests:     "rate limit of 1,234,567 requests per minute (",
		wire.UnitTokens:       "rate limit of 1,234,567 tokens per minute (",
		wire.UnitInputTokens:  "rate limit of 1,234,567 input tokens per minute (",
		wire.UnitOutputTokens: "rate limit of 1,234,567 output tokens per minute (",
		wire.UnitDaily:        "rate limit of 1,234,567 requests per day (",
		wire.UnitConcurrency:  "Number of concurrent connections has exceeded your rate limit.",
	} {
		bad := anthropic.API{}.Refuse(&wire.Problem{Kind: wire.RateLimited, Unit: unit, Limit: 1_234_567, Wait: time.Minute})
		require.Contains(t, string(bad.Body), want)
		require.Equal(t, 429, bad.Status)
		require.Equal(t, time.Minute, bad.Wait)
	}
	slow := anthropic.API{}.Refuse(&wire.Problem{Kind: wire.SlowDown, Wait: time.Minute})
	require.Equal(t, 429, slow.Status)
	require.Contains(t, string(slow.Body), "acceleration limit")
	require.Equal(t, time.Minute, slow.Wait)
}

func request(method, path, version, key string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("anthropic-version", version)
	r.Header.Set("x-api-key", key)
	return r
}

func TestRoute(t *testing.T) {
	const v = "2023-06-01"
	for name, row := range map[string]struct {
		method, path, version string
		call                  wire.Call
		status                int
		message               string
	}{
		"messages":      {"POST", "/v1/messages?beta=true", v, wire.Call{Endpoint: wire.Chat}, 0, ""},
		"old version":   {"POST", "/v1/messages", "2023-01-01", wire.Call{Endpoint: wire.Chat}, 0, ""},
		"models":        {"GET", "/v1/models?limit=20", v, wire.Call{Endpoint: wire.Models}, 0, ""},
		"a model":       {"GET", "/v1/models/claude-x", v, wire.Call{Endpoint: wire.Models, Model: "claude-x"}, 0, ""},
		"no version":    {"POST", "/v1/messages", "", wire.Call{Endpoint: wire.Chat}, 400, "anthropic-version: header is required"},
		"wrong version": {"POST", "/v1/messages", "1", wire.Call{Endpoint: wire.Chat}, 400, `anthropic-version: "1" is not a valid version`},
		"wrong method":  {"GET", "/v1/messages", v, wire.Call{Endpoint: wire.Chat}, 405, "Method Not Allowed"},
		"models posted": {"POST", "/v1/models", v, wire.Call{Endpoint: wire.Models}, 405, "Method Not Allowed"},
		"another path":  {"POST", "/v1/chat/completions", v, wire.Call{}, 404, "Not Found"},
		"below":         {"POST", "/v1/messages/count_tokens", v, wire.Call{}, 404, "Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			call, bad := anthropic.API{}.Route(request(row.method, row.path, row.version, "k"))
			require.Equal(t, row.call, call)
			if row.status == 0 {
				require.Nil(t, bad)
				return
			}
			require.Equal(t, row.status, bad.Status)
			require.Equal(t, row.message, gjson.GetBytes(bad.Body, "error.message").Str)
			require.Equal(t, row.status == 405, bad.Allow != "")
		})
	}
}

func TestAuthorise(t *testing.T) {
	for name, row := range map[string]struct{ want, key, message string }{
		"right":      {"sk-a", "sk-a", ""},
		"none asked": {"", "", ""},
		"wrong":      {"sk-a", "sk-b", "invalid x-api-key"},
		"missing":    {"sk-a", "", "x-api-key header is required"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := anthropic.API{}.Authorise(request("POST", "/v1/messages", "2023-06-01", row.key), row.want)
			if row.message == "" {
				require.Nil(t, bad)
				return
			}
			require.Equal(t, 401, bad.Status)
			require.Equal(t, "authentication_error", bad.Code)
			require.Equal(t, row.message, gjson.GetBytes(bad.Body, "error.message").Str)
			require.NotContains(t, string(bad.Body), "sk-")
		})
	}
}

func TestHeaders(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 3600))
	h := http.Header{}
	anthropic.API{}.Header(h, &wire.Meta{ID: 7, Now: now, Rates: wire.Rates{
		Requests: wire.Rate{Limit: 50, Remaining: 49, Reset: 1200 * time.Millisecond},
		Input:    wire.Rate{Limit: 80_000, Remaining: 79_499, Reset: 400 * time.Millisecond},
		Output:   wire.Rate{Limit: 16_000, Remaining: 15_500, Reset: 10 * time.Second},
	}})
	anthropic.API{}.StateWait(h, 1001*time.Millisecond)
	want := map[string]string{
		"content-type":                                "application/json",
		"request-id":                                  "req_" + string(wire.AppendID(nil, 7, 24)),
		"anthropic-organization-id":                   "b0a1c2d3-7e57-4d1a-8b0b-5ca1ab1e0000", //nolint:misspell // the service's words
		"anthropic-ratelimit-requests-limit":          "50",
		"anthropic-ratelimit-requests-remaining":      "49",
		"anthropic-ratelimit-requests-reset":          "2026-01-02T02:04:07Z",
		"anthropic-ratelimit-input-tokens-limit":      "80000",
		"anthropic-ratelimit-input-tokens-remaining":  "79000",
		"anthropic-ratelimit-input-tokens-reset":      "2026-01-02T02:04:06Z",
		"anthropic-ratelimit-output-tokens-limit":     "16000",
		"anthropic-ratelimit-output-tokens-remaining": "16000",
		"anthropic-ratelimit-output-tokens-reset":     "2026-01-02T02:04:16Z",
		"anthropic-ratelimit-tokens-limit":            "96000",
		"anthropic-ratelimit-tokens-remaining":        "95000",
		"anthropic-ratelimit-tokens-reset":            "2026-01-02T02:04:16Z",
		"retry-after":                                 "2",
	}
	for name, value := range want {
		require.Equal(t, value, h.Get(name), name)
	}
	require.Len(t, h, len(want))

	h = http.Header{}
	anthropic.API{}.Header(h, &wire.Meta{Stream: true, Now: now, Rates: wire.Rates{Tokens: wire.Rate{Limit: 5000, Remaining: 2500}}})
	require.Equal(t, "text/event-stream; charset=utf-8", h.Get("Content-Type"))
	require.Equal(t, "5000", h.Get("anthropic-ratelimit-tokens-limit"))
	require.Equal(t, "3000", h.Get("anthropic-ratelimit-tokens-remaining"))
	require.Empty(t, h.Get("anthropic-ratelimit-requests-limit"))
	h.Add("Request-Id", "another")
	again := http.Header{}
	anthropic.API{}.Header(again, &wire.Meta{})
	require.Len(t, again["Request-Id"], 1)
}
