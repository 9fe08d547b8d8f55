package gemini_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
)

func TestRefuse(t *testing.T) {
	const (
		tail     = "Call ListModels to see the list of available models and their supported methods."
		internal = "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"
		quota    = "Resource has been exhausted (e.g. check quota)."
		over     = "The model is overloaded. Please try again later."
		late     = "Deadline expired before operation could complete."
	)
	script := func(status int) wire.Problem { return wire.Problem{Status: status} }
	for name, row := range map[string]struct {
		p       wire.Problem
		status  int
		word    string
		message string
		delay   string // of RetryInfo
	}{
		"too large": {wire.Problem{Kind: wire.TooLarge, Limit: 9}, 400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 9 bytes.", ""},
		"no model": {
			wire.Problem{Kind: wire.NoModel, Model: "x", Endpoint: wire.Chat}, 404, "NOT_FOUND",
			"models/x is not found for API version v1beta, or is not supported for generateContent. " + tail, "",
		},
		"endpoint": {
			wire.Problem{Kind: wire.WrongEndpoint, Model: "x", Endpoint: wire.Embeddings}, 404, "NOT_FOUND",
			"models/x is not found for API version v1beta, or is not supported for embedContent. " + tail, "",
		},
		"retired": {
			wire.Problem{Kind: wire.Retired, Model: strings.Repeat("x", 999)}, 404, "NOT_FOUND", "models/" + strings.Repeat("x", 200) +
				"... is not found for API version v1beta, or is not supported for generateContent. " + tail, "",
		},
		"prompt too long": {
			wire.Problem{Kind: wire.TooLong, Limit: 1_048_576, Prompt: 3_475_108, Completion: 9}, 400, "INVALID_ARGUMENT",
			"The input token count (3475108) exceeds the maximum number of tokens allowed (1048576).", "",
		},
		"context": {
			wire.Problem{Kind: wire.TooLong, Limit: 1000, Prompt: 900, Completion: 200}, 400, "INVALID_ARGUMENT",
			"The input token count (1100) exceeds the maximum number of tokens allowed (1000).", "",
		},
		"too much output": {
			wire.Problem{Kind: wire.TooManyOut, Limit: 65_535, Asked: 65_536}, 400, "INVALID_ARGUMENT",
			"Unable to submit request because it has a maxOutputTokens value of 65536 but the supported range is from 1 (inclusive) to " +
				"65536 (exclusive). Update the value and try again.", "",
		},
		"credit": {
			wire.Problem{Kind: wire.Exhausted}, 429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and " +
				"billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor " +
				"your current usage, head to: https://ai.dev/rate-limit. ", "",
		},
		"slow down":         {wire.Problem{Kind: wire.SlowDown, Wait: time.Second}, 429, "RESOURCE_EXHAUSTED", quota, "1s"},
		"overloaded":        {wire.Problem{Kind: wire.Overloaded}, 503, "UNAVAILABLE", over, ""},
		"overloaded as 529": {wire.Problem{Kind: wire.Overloaded, Status: 529}, 529, "UNAVAILABLE", over, ""},
		"overloaded as 429": {wire.Problem{Kind: wire.Overloaded, Status: 429, Wait: time.Second}, 429, "RESOURCE_EXHAUSTED", quota, "1s"},
		"filtered embedding": {
			wire.Problem{Kind: wire.Filtered, Endpoint: wire.Embeddings}, 400, "INVALID_ARGUMENT",
			"The prompt could not be submitted: it was blocked for reason PROHIBITED_CONTENT.", "",
		},
		"bad key":      {wire.Problem{Kind: wire.BadKey}, 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", ""},
		"400":          {script(400), 400, "INVALID_ARGUMENT", "Request contains an invalid argument.", ""},
		"401":          {script(401), 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", ""},
		"403":          {script(403), 403, "PERMISSION_DENIED", "The caller does not have permission", ""},
		"404":          {script(404), 404, "NOT_FOUND", "Requested entity was not found.", ""},
		"408":          {script(408), 408, "DEADLINE_EXCEEDED", late, ""},
		"409":          {script(409), 409, "ABORTED", "The operation was aborted.", ""},
		"429":          {wire.Problem{Status: 429, Wait: 1001 * time.Millisecond}, 429, "RESOURCE_EXHAUSTED", quota, "2s"},
		"499":          {script(499), 499, "CANCELLED", "The operation was cancelled.", ""},
		"500":          {script(500), 500, "INTERNAL", internal, ""},
		"501":          {script(501), 501, "UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled.", ""},
		"503":          {script(503), 503, "UNAVAILABLE", over, ""},
		"504":          {script(504), 504, "DEADLINE_EXCEEDED", late, ""},
		"unknown kind": {wire.Problem{Kind: 255}, 500, "INTERNAL", internal, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := gemini.API{}.Refuse(&row.p)
			require.Equal(t, row.status, bad.Status)
			require.Equal(t, row.word, bad.Code)
			require.True(t, gjson.ValidBytes(bad.Body), string(bad.Body))
			e := gjson.GetBytes(bad.Body, "error")
			require.Equal(t, int64(row.status), e.Get("code").Int())
			require.Equal(t, row.word, e.Get("status").Str)
			require.Equal(t, row.message, e.Get("message").Str)
			require.Equal(t, row.delay, e.Get("details.#.retryDelay|0").Str)
			require.Equal(t, row.delay != "", bad.Wait > 0)
		})
	}
}

// A prompt that the filter refuses is answered, not refused.
func TestBlockedPrompt(t *testing.T) {
	for name, stream := range map[string]bool{"blocked.json": false, "blocked.sse": true} {
		t.Run(name, func(t *testing.T) {
			got := gemini.API{}.Refuse(&wire.Problem{Kind: wire.Filtered, Model: "m", Prompt: 12, Stream: stream})
			require.Equal(t, 200, got.Status)
			require.Equal(t, 12, got.Prompt)
			require.Equal(t, stream, got.Type == "text/event-stream")
			golden(t, name, got.Body)
		})
	}
}

func TestErrorBodies(t *testing.T) {
	limited := wire.Problem{
		Kind: wire.RateLimited, Unit: wire.UnitInputTokens, Limit: 4_000_000, Model: "gemini-2.0-flash", Wait: 47_434_392_449,
	}
	never := wire.Problem{Kind: wire.RateLimited, Unit: wire.UnitRequests, Limit: 10, Model: "m"}
	for name, p := range map[string]*wire.Problem{"error_quota": &limited, "error_quota_never": &never, "error_key": {Kind: wire.BadKey}} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".json", gemini.API{}.Refuse(p).Body)
		})
	}
}

func TestQuotas(t *testing.T) {
	for unit, want := range map[string]string{
		wire.UnitRequests:     "GenerateRequestsPerMinutePerProjectPerModel",
		wire.UnitTokens:       "GenerateContentPaidTierInputTokensPerModelPerMinute",
		wire.UnitInputTokens:  "GenerateContentPaidTierInputTokensPerModelPerMinute",
		wire.UnitOutputTokens: "GenerateContentPaidTierOutputTokensPerModelPerMinute",
		wire.UnitDaily:        "GenerateRequestsPerDayPerProjectPerModel",
		wire.UnitConcurrency:  "GenerateConcurrentRequestsPerProjectPerModel",
	} {
		bad := gemini.API{}.Refuse(&wire.Problem{Kind: wire.RateLimited, Unit: unit, Limit: 7, Model: "m", Wait: time.Minute})
		require.Equal(t, want, gjson.GetBytes(bad.Body, "error.details.1.violations.0.quotaId").Str)
		require.Equal(t, "60s", gjson.GetBytes(bad.Body, "error.details.2.retryDelay").Str)
		require.Equal(t, time.Minute, bad.Wait)
	}
}

func TestRoute(t *testing.T) {
	for name, row := range map[string]struct {
		method, path string
		call         wire.Call
		refused      bool
	}{
		"generate":         {"POST", "/v1beta/models/gemini-x:generateContent", wire.Call{Endpoint: wire.Chat, Model: "gemini-x"}, false},
		"v1":               {"POST", "/v1/models/gemini-x:generateContent", wire.Call{Endpoint: wire.Chat, Model: "gemini-x"}, false},
		"stream":           {"POST", "/v1beta/models/m:streamGenerateContent?alt=sse", wire.Call{Endpoint: wire.Chat, Model: "m", Stream: true}, false},
		"embed":            {"POST", "/v1beta/models/e:embedContent", wire.Call{Endpoint: wire.Embeddings, Model: "e"}, false},
		"batch":            {"POST", "/v1beta/models/e:batchEmbedContents", wire.Call{Endpoint: wire.Embeddings, Model: "e", Batch: true}, false},
		"models":           {"GET", "/v1beta/models?pageSize=5", wire.Call{Endpoint: wire.Models}, false},
		"a model":          {"GET", "/v1/models/m", wire.Call{Endpoint: wire.Models, Model: "m"}, false},
		"got":              {"GET", "/v1beta/models/m:generateContent", wire.Call{Endpoint: wire.Chat, Model: "m"}, true},
		"models posted":    {"POST", "/v1beta/models", wire.Call{Endpoint: wire.Models}, true},
		"unknown method":   {"POST", "/v1beta/models/m:countTokens", wire.Call{Model: "m"}, true},
		"no model":         {"POST", "/v1beta/models/:generateContent", wire.Call{}, true},
		"deeper":           {"GET", "/v1beta/models/a/b", wire.Call{}, true},
		"beside":           {"GET", "/v1beta/modelsx", wire.Call{}, true},
		"another API":      {"POST", "/v1/chat/completions", wire.Call{}, true},
		"another version":  {"POST", "/v2/models/m:generateContent", wire.Call{}, true},
		"a colon too many": {"POST", "/v1beta/models/m:x:generateContent", wire.Call{Model: "m"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			call, bad := gemini.API{}.Route(httptest.NewRequest(row.method, row.path, nil))
			require.Equal(t, row.call, call)
			if !row.refused {
				require.Nil(t, bad)
				return
			}
			require.Equal(t, 404, bad.Status)
			require.Equal(t, "NOT_FOUND", bad.Code)
		})
	}
}

func TestAuthorise(t *testing.T) {
	for name, row := range map[string]struct {
		want, header, query string
		status              int
	}{
		"header":            {"k-a", "k-a", "", 0},
		"parameter":         {"k-a", "", "k-a", 0},
		"header goes first": {"k-a", "k-b", "k-a", 400},
		"none asked":        {"", "", "", 0},
		"wrong":             {"k-a", "", "k-b", 400},
		"missing":           {"k-a", "", "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/v1beta/models/m:generateContent?alt=sse&key="+row.query, nil)
			if row.header != "" {
				r.Header.Set("x-goog-api-key", row.header)
			}
			bad := gemini.API{}.Authorise(r, row.want)
			if row.status == 0 {
				require.Nil(t, bad)
				return
			}
			require.Equal(t, row.status, bad.Status)
			require.NotContains(t, string(bad.Body), "k-a")
			require.NotContains(t, string(bad.Body), "k-b")
		})
	}
}

func TestHeaders(t *testing.T) {
	h := http.Header{}
	gemini.API{}.Header(h, &wire.Meta{Processing: 1234 * time.Millisecond, Rates: wire.Rates{Requests: wire.Rate{Limit: 5}}})
	gemini.API{}.StateWait(h, time.Second)
	require.Equal(t, http.Header{"Content-Type": {"application/json; charset=UTF-8"}, "Server-Timing": {"gfet4t7; dur=1234"}}, h)
	gemini.API{}.Header(h, &wire.Meta{Stream: true})
	require.Equal(t, "text/event-stream", h.Get("Content-Type"))
}
