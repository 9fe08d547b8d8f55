package router_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

func TestRejections(t *testing.T) {
	const chatPath = "/v1/chat/completions"
	for _, row := range []struct {
		name    string
		q       *http.Request
		status  int
		code    string
		audited bool
	}{
		{"unknown path", get("/v2/chat"), 404, "unknown_url", false},
		{"wrong method", get(chatPath), 405, "method_not_allowed", false},
		{"wrong method of models", post(t.Context(), "/v1/models", ""), 405, "method_not_allowed", false},
		{"not JSON", post(t.Context(), chatPath, "hello"), 400, "invalid_request", true},
		{"no object", post(t.Context(), chatPath, "[]"), 400, "invalid_request", true},
		{"no model", post(t.Context(), chatPath, "{}"), 400, "invalid_request", true},
		{"two models", post(t.Context(), chatPath, `{"model":"a/m","mod\u0065l":"b/m"}`), 400, "invalid_request", true},
		{"unknown model", post(t.Context(), chatPath, `{"model":"gpt-9"}`), 404, "model_not_found", true},
		{"too large", post(t.Context(), chatPath, strings.Repeat(" ", router.MaxRequestBytes+1)), 413, "request_too_large", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newRig(t, nil)
			w := g.do(row.q)
			require.Equal(t, row.status, w.Code)
			require.Contains(t, w.Body.String(), `"code":"`+row.code+`"`)
			require.Contains(t, w.Body.String(), `"type":"invalid_request_error"`)
			require.Equal(t, row.audited, len(g.log.records) == 1)
			if row.audited {
				require.Equal(t, audit.Rejected, g.log.last(t).Outcome)
			}
			require.Empty(t, g.fakes.seen)
		})
	}
}

// A name that was mistyped is told the nearest one there is, and not repeated.
func TestUnknownModelsAreToldTheNearest(t *testing.T) {
	for _, row := range []struct{ model, want string }{
		{"smrt", `there is no such model; did you mean \"smart\"?`},
		{"a-m", `did you mean \"a/m\"?`},
		{"sk-an-accident-of-pasting", "must be a route or a"},
	} {
		w := newRig(t, nil).do(post(t.Context(), "/v1/chat/completions", `{"model":"`+row.model+`"}`))
		require.Equal(t, 404, w.Code)
		require.Contains(t, w.Body.String(), row.want)
		require.NotContains(t, w.Body.String(), row.model)
	}
}

// A server cancels the request whose body it no longer waits for; the client is
// there nevertheless, and is told.
func TestBodiesThatCameTooSlowly(t *testing.T) {
	g := newRig(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	q := post(ctx, "/v1/chat/completions", "")
	q.Body = io.NopCloser(iotest.ErrReader(&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}))
	cancel()
	w := g.do(q)
	require.Equal(t, 408, w.Code)
	require.Contains(t, w.Body.String(), `"code":"body_timeout"`)
	require.Equal(t, audit.Rejected, g.log.last(t).Outcome)
}

func TestModels(t *testing.T) {
	w := newRig(t, nil).do(get("/v1/models"))
	require.Equal(t, 200, w.Code)
	require.Contains(t, w.Body.String(), `{"object":"list","data":[{"id":"smart","object":"model","created":0,"owned_by":"routedrill"}`)
	require.Contains(t, w.Body.String(), `{"id":"b/m","object":"model","created":0,"owned_by":"b"}`)
}

func TestWhatTheProviderGets(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}})
	q := post(t.Context(), "/v1/chat/completions", `{"messages": [{"role":"user","content":"hé"}], "model" : "a/m", "x":{"y":1}}`)
	q.Header.Set("Authorization", "Bearer the-clients")
	q.Header.Set("Cookie", "a=b")
	q.Header.Set("X-Forwarded-For", "10.0.0.1")
	w := g.do(q)
	require.Equal(t, 200, w.Code)
	seen := g.fakes.seen[0]
	require.Equal(t, "http://a.test/v1/chat/completions", seen.URL.String())
	require.Equal(t, http.Header{
		"Authorization": {"Bearer " + theKey}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
		"X-Client-Request-Id": {"req-000001"}, "X-Routedrill-Hops": {"1"},
	}, seen.Header)
	require.Equal(t, `{"messages": [{"role":"user","content":"hé"}], "model" : "m", "x":{"y":1}}`, g.fakes.body[0])
	require.Equal(t, "req-000001", w.Header().Get("X-Routedrill-Request-Id"))
	require.Equal(t, "m", w.Header().Get("X-Routedrill-Model"))
}

func TestRequestIDIsMadeWhereItIsAbsentOrUnfit(t *testing.T) {
	for _, id := range []string{"", "with space", strings.Repeat("x", 200)} {
		g := newRig(t, map[string][]step{"a": {ok()}})
		q := chat(t.Context(), "smart", false)
		q.Header.Set("X-Client-Request-Id", id)
		w := g.do(q)
		made := w.Header().Get("X-Routedrill-Request-Id")
		require.Regexp(t, `^rd-[0-9a-f]+$`, made)
		require.Equal(t, made, g.fakes.seen[0].Header.Get("X-Client-Request-Id"))
		require.Equal(t, made, g.log.last(t).RequestID)
	}
}

func TestLedger(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}})
	g.do(chat(t.Context(), "smart", false))
	a := g.log.last(t).Attempts[0]
	// 60 × 2000 + 40 × 500 + 50 × 8000 = 540000 nano-USD.
	require.EqualValues(t, 540, a.CostMicroUSD)
	require.False(t, a.Estimated)
	require.EqualValues(t, []int64{100, 40, 50}, []int64{a.PromptTokens, a.CachedTokens, a.OutputTokens})
}

func TestEmbeddings(t *testing.T) {
	const body = `{"object":"list","data":[{"index":0,"embedding":[0.1,-2e-3]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}`
	g := newRig(t, map[string][]step{"a": {answer(200, `{"data":[]}`)}, "b": {answer(200, body)}})
	w := g.do(post(t.Context(), "/v1/embeddings", `{"model":"smart","input":["abc def"]}`))
	require.Equal(t, body, w.Body.String())
	rec := g.log.last(t)
	require.Equal(t, "a:invalid_answer b:ok", reasons(rec))
	require.Equal(t, "embeddings", rec.Endpoint)
	require.EqualValues(t, 16, rec.Attempts[1].CostMicroUSD)
	require.False(t, rec.Attempts[1].Estimated)
}

func TestNoSecretAnywhere(t *testing.T) {
	g := newRig(t, map[string][]step{
		"a": {answer(401, `{"error":{"message":"bad key `+theKey+`"}}`)},
		"b": {failing(fmt.Errorf("dial with %s", theKey))},
		"c": {answer(500, theKey)},
	})
	w := g.do(chat(t.Context(), "smart", false))
	require.NotContains(t, w.Body.String()+fmt.Sprint(w.Header()), theKey)
	require.NotContains(t, fmt.Sprintf("%+v", g.log.records), theKey)
	require.NotContains(t, g.do(get("/v1/routedrill/health")).Body.String(), theKey)
	c := config()
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c, c, c), theKey)
	c.Providers[0].BaseURL = "https://user:" + theKey + "@host"
	c.Providers[1].APIKey = theKey + "\n"
	_, err := router.New(c)
	require.ErrorContains(t, err, "base_url")
	require.ErrorContains(t, err, "api_key")
	require.NotContains(t, err.Error(), theKey)
}

func TestNewValidates(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		want   string
	}{
		{"no providers", func(c *router.Config) { c.Providers = nil }, "providers: at least one"},
		{"provider twice", func(c *router.Config) { c.Providers[1].Name = "a" }, "unique"},
		{"wire", func(c *router.Config) { c.Providers[0].Wire = "soap" }, `"soap" is not one of openai`},
		{"api version", func(c *router.Config) { c.Providers[0].Wire, c.Providers[0].APIVersion = "azure", "2023-05-15" }, "api_version"},
		{"capability", func(c *router.Config) { c.Providers[0].Models[0].Capabilities = []string{"flight"} }, `"flight" is not one of tools`},
		{"context", func(c *router.Config) { c.Providers[0].Models[0].Context = -1 }, "providers.a.models.m.context"},
		{"max output", func(c *router.Config) { c.Providers[0].Models[0].MaxOutput = -1 }, "providers.a.models.m.max_output"},
		{"price of cache writes", func(c *router.Config) { c.Providers[0].Models[0].Price.CacheWriteNano = -1 }, "price"},
		{"url", func(c *router.Config) { c.Providers[0].BaseURL = "a.test" }, "base_url"},
		{"price", func(c *router.Config) { c.Providers[0].Models[0].Price.InputNano = -1 }, "price"},
		{"target", func(c *router.Config) { c.Routes[0].Targets[1] = "z/m" }, `target "z/m"`},
		{"target twice", func(c *router.Config) { c.Routes[0].Targets[1] = "a/m" }, "listed twice"},
		{"strategy", func(c *router.Config) { c.Policy.Strategy = "luck" }, "policy.strategy"},
		{"attempts", func(c *router.Config) { c.Resilience.MaxAttempts = 0 }, "max_attempts"},
		{"timeout", func(c *router.Config) { c.Resilience.TTFTTimeout = -1 }, "ttft_timeout"},
		{"rate", func(c *router.Config) { c.Resilience.Breaker.FailureRate = 0 }, "failure_rate"},
		{"limits of a route", func(c *router.Config) { c.Routes[0].Limits = &router.Limits{} }, "routes.smart.resilience.total_timeout"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config()
			row.change(&c)
			_, err := router.New(c)
			require.ErrorContains(t, err, row.want)
		})
	}
	c := config()
	c.Resilience = router.Resilience{}
	_, err := router.New(c, router.WithAudit(nil), router.WithLogger(nil), router.WithTransport(nil))
	require.NoError(t, err)
}
