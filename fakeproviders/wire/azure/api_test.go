package azure_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/azure"
)

var api azure.API

func TestRoute(t *testing.T) {
	const version = "?api-version=2024-10-21"
	for name, row := range map[string]struct {
		method, url, endpoint, model string
	}{
		"chat":                  {"POST", "/openai/deployments/gpt/chat/completions" + version, wire.Chat, "gpt"},
		"completions":           {"POST", "/openai/deployments/gpt/completions" + version, wire.Completions, "gpt"},
		"embeddings":            {"POST", "/openai/deployments/gpt/embeddings?api-version=2025-04-01-preview", wire.Embeddings, "gpt"},
		"escaped deployment":    {"POST", "/openai/deployments/a%2Fb%20c/embeddings" + version, wire.Embeddings, "a/b c"},
		"responses":             {"POST", "/openai/responses" + version, wire.Responses, ""},
		"models":                {"GET", "/openai/models" + version, wire.Models, ""},
		"model":                 {"GET", "/openai/models/gpt" + version, wire.Models, "gpt"},
		"v1 chat":               {"POST", "/openai/v1/chat/completions", wire.Chat, ""},
		"v1 completions":        {"POST", "/openai/v1/completions", wire.Completions, ""},
		"v1 embeddings":         {"POST", "/openai/v1/embeddings?api-version=preview", wire.Embeddings, ""},
		"v1 responses":          {"POST", "/openai/v1/responses", wire.Responses, ""},
		"v1 models":             {"GET", "/openai/v1/models", wire.Models, ""},
		"v1 model":              {"GET", "/openai/v1/models/gpt", wire.Models, "gpt"},
		"no version":            {"POST", "/openai/deployments/gpt/chat/completions", "", ""},
		"no version of models":  {"GET", "/openai/models", "", ""},
		"a model's version":     {"POST", "/openai/deployments/gpt/chat/completions?api-version=0613", "", ""},
		"wrong method":          {"GET", "/openai/deployments/gpt/chat/completions" + version, "", ""},
		"no deployment":         {"POST", "/openai/deployments//chat/completions" + version, "", ""},
		"deployment alone":      {"POST", "/openai/deployments/gpt" + version, "", ""},
		"responses of one":      {"POST", "/openai/deployments/gpt/responses" + version, "", ""},
		"deployment under v1":   {"POST", "/openai/v1/deployments/gpt/chat/completions" + version, "", ""},
		"chat of no deployment": {"POST", "/openai/chat/completions" + version, "", ""},
		"unknown":               {"POST", "/openai/v1/audio/speech", "", ""},
		"OpenAI's path":         {"POST", "/v1/chat/completions" + version, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(row.url)
			require.NoError(t, err)
			c, bad := api.Route(&http.Request{Method: row.method, URL: u})
			if row.endpoint == "" {
				require.NotNil(t, bad)
				require.Equal(t, http.StatusNotFound, bad.Status)
				require.Len(t, bad.Body, 56)
				require.JSONEq(t, `{"error":{"code":"404","message":"Resource not found"}}`, string(bad.Body))
				return
			}
			require.Nil(t, bad)
			require.Equal(t, wire.Call{Endpoint: row.endpoint, Model: row.model}, c)
		})
	}
}

// FuzzRoute sends any path: what is found has an endpoint, and a deployment
// where the path is that of one.
func FuzzRoute(f *testing.F) {
	for _, path := range []string{
		"/openai/deployments/gpt/chat/completions?api-version=2024-10-21", "/openai/v1/models/a%2Fb", "/openai/v1/responses",
		"/openai/deployments/%2F/embeddings?api-version=2024-10-21-preview", "/openai//", "*", "/openai/models/?api-version=2024-10-21",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.Parse(path)
		if err != nil {
			return
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			c, bad := api.Route(&http.Request{Method: method, URL: u})
			if bad == nil {
				require.NotEmpty(t, c.Endpoint)
				require.Equal(t, c.Endpoint == wire.Models, method == http.MethodGet)
				require.True(t, c.Model != "" || !strings.HasPrefix(u.EscapedPath(), "/openai/deployments/"))
			}
		}
	})
}

func TestAuthorise(t *testing.T) {
	for name, row := range map[string]struct {
		header, value, want string
		ok                  bool
	}{
		"key":         {"api-key", "k", "k", true},
		"token":       {"Authorization", "Bearer k", "k", true},
		"none asked":  {"X", "", "", true},
		"wrong key":   {"api-key", "x", "k", false},
		"wrong token": {"Authorization", "Bearer x", "k", false},
		"bare token":  {"Authorization", "k", "k", false},
		"none":        {"X", "", "k", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{}}
			r.Header.Set(row.header, row.value)
			bad := api.Authorise(r, row.want)
			require.Equal(t, row.ok, bad == nil)
			if bad != nil {
				require.Equal(t, http.StatusUnauthorized, bad.Status)
				require.Len(t, bad.Body, 224, "as long as the service's")
			}
		})
	}
}

func TestParseTakesTheDeployment(t *testing.T) {
	const more = `"messages":[{"content":"12345"}],"max_tokens":3}`
	for name, row := range map[string]struct{ path, body, model string }{
		"no model in the body": {"gpt", `{` + more, "gpt"},
		"another":              {"gpt", `{"model":"x",` + more, "gpt"},
		"of the body, on v1":   {"", `{"model":"x",` + more, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			var r wire.Request
			require.Nil(t, api.Parse(&wire.Call{Endpoint: wire.Chat, Model: row.path}, []byte(row.body), &r))
			require.Equal(t, row.model, r.Model)
			require.Equal(t, 2, r.Prompt.Tokens)
			require.Equal(t, 3, r.MaxTokens)
		})
	}
	var r wire.Request
	bad := api.Parse(&wire.Call{Endpoint: wire.Chat, Model: "gpt"}, []byte(`{"messages":5,"model":"x"}`), &r)
	require.Equal(t, http.StatusBadRequest, bad.Status)
	require.Equal(t, "gpt", r.Model, "the journal names the deployment")
	require.NotNil(t, api.Parse(&wire.Call{Endpoint: wire.Chat}, []byte(`{`+more), &wire.Request{}), "v1 needs a model")
}

func TestHeaders(t *testing.T) {
	const uuid = `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
	h := http.Header{}
	api.Header(h, &wire.Meta{ID: 7, Stream: true, Region: "East US", Rates: wire.Rates{
		Requests: wire.Rate{Limit: 10, Remaining: 9, Reset: time.Second}, Tokens: wire.Rate{Limit: 1000, Remaining: 0},
	}})
	require.Regexp(t, uuid, h.Get("apim-request-id"))
	require.Regexp(t, uuid, h.Get("x-request-id"))
	require.NotEqual(t, h.Get("apim-request-id"), h.Get("x-request-id"))
	h.Del("apim-request-id")
	h.Del("x-request-id")
	require.Equal(t, http.Header{
		"Content-Type": {"text/event-stream; charset=utf-8"}, "X-Ms-Region": {"East US"},
		"X-Ratelimit-Limit-Requests": {"10"}, "X-Ratelimit-Remaining-Requests": {"9"},
		"X-Ratelimit-Limit-Tokens": {"1000"}, "X-Ratelimit-Remaining-Tokens": {"0"},
	}, h)

	h = http.Header{}
	api.Header(h, &wire.Meta{ID: 8})
	require.Equal(t, "application/json", h.Get("Content-Type"))
	require.Len(t, h, 3, "no region, no quotas")
	h.Add("Content-Type", "x")
	other := http.Header{}
	api.Header(other, &wire.Meta{ID: 8})
	require.Equal(t, []string{"application/json"}, other["Content-Type"], "headers are not shared")
}

func TestErrors(t *testing.T) {
	const operation = " operation does not work with the specified model, m. Please choose different model and try again. " +
		"You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993."
	limit := func(kind, wait string) string {
		return "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded " + kind +
			" rate limit of your current OpenAI S0 pricing tier. Please retry after " + wait + " seconds. " +
			"Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit."
	}
	for name, row := range map[string]struct {
		p       wire.Problem
		status  int
		code    any
		message string
		wait    time.Duration
	}{
		"deployment": {
			wire.Problem{Kind: wire.NoModel, Model: "m"}, 404, "DeploymentNotFound",
			"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, " +
				"please wait a moment and try again.", 0,
		},
		"embedding model asked to chat": {
			wire.Problem{Kind: wire.WrongEndpoint, Model: "m", Endpoint: wire.Chat}, 400, "OperationNotSupported", "The chatCompletion" + operation, 0,
		},
		"tokens": {
			wire.Problem{Kind: wire.RateLimited, Endpoint: wire.Chat, Unit: wire.UnitTokens, Wait: 1500 * time.Millisecond},
			429, "429", limit("token", "2"), 1500 * time.Millisecond,
		},
		"calls": {
			wire.Problem{Kind: wire.RateLimited, Endpoint: wire.Chat, Unit: wire.UnitRequests, Wait: time.Second},
			429, "429", limit("call", "1"), time.Second,
		},
		"never fits": {
			wire.Problem{Kind: wire.RateLimited, Endpoint: wire.Chat, Unit: wire.UnitTokens}, 429, "429", limit("token", "86400"), 24 * time.Hour,
		},
		"context": {
			wire.Problem{Kind: wire.TooLong, Endpoint: wire.Chat, Limit: 100, Prompt: 90, Completion: 20}, 400, "context_length_exceeded",
			"This model's maximum context length is 100 tokens. However, you requested 110 tokens (90 in the messages, 20 in the completion). " +
				"Please reduce the length of the messages or completion.", 0,
		},
		"retired":      {wire.Problem{Kind: wire.Retired, Model: "m"}, 404, "404", "Resource not found", 0},
		"scripted 403": {wire.Problem{Status: 403}, 403, "403", "Access denied due to Virtual Network/Firewall rules.", 0},
		"scripted 408": {wire.Problem{Status: 408}, 408, "Timeout", "The operation was timeout.", 0},
		"scripted 418": {wire.Problem{Status: 418}, 418, "418", "I'm a teapot", 0},
		"scripted 429": {wire.Problem{Status: 429, Wait: 3 * time.Second}, 429, "429", "Rate limit is exceeded. Try again in 3 seconds.", 3 * time.Second},
		"scripted 500": {
			wire.Problem{Status: 500}, 500, nil, "The server had an error processing your request. Sorry about that! You can retry your request, " +
				"or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error.", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := api.Refuse(&row.p)
			require.Equal(t, row.status, e.Status)
			require.Equal(t, row.wait, e.Wait)
			var body struct {
				Error struct {
					Code    any
					Message string
				}
			}
			require.NoError(t, json.Unmarshal(e.Body, &body))
			require.Equal(t, row.code, body.Error.Code)
			require.Equal(t, row.message, body.Error.Message)
		})
	}
}

// Each kind of problem has a status of its own and a body that is JSON.
func TestEveryProblemIsWorded(t *testing.T) {
	for kind, status := range map[wire.Kind]int{
		wire.BadScript: 500, wire.TooLarge: 413, wire.NoModel: 404, wire.WrongEndpoint: 400, wire.TooLong: 400, wire.TooManyOut: 400,
		wire.RateLimited: 429, wire.Exhausted: 429, wire.SlowDown: 429, wire.Overloaded: 429, wire.Filtered: 400, wire.Retired: 404,
		wire.BadKey: 401,
	} {
		e := api.Refuse(&wire.Problem{Kind: kind})
		require.Equal(t, status, e.Status, kind)
		require.True(t, json.Valid(e.Body), "%s", e.Body)
		require.NotEmpty(t, e.Code)
	}
	require.Equal(t, http.StatusServiceUnavailable, api.Refuse(&wire.Problem{Kind: wire.Overloaded, Status: 503}).Status)
}
