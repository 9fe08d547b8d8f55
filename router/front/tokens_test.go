package front_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/front"
)

// billing is a provider whose answers use ten tokens.
type billing struct{}

func (billing) RoundTrip(*http.Request) (*http.Response, error) {
	body := `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":6,"completion_tokens":4}}`
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// Tokens are taken once a request has used them: the last one may overdraw, and what
// it overdrew is waited for.
func TestTokensOfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, err := router.New(router.Config{
			Providers: []router.Provider{{Name: "p", BaseURL: "http://p/v1", Models: []router.Model{{Name: "m"}}}},
		}, router.WithTransport(billing{}))
		require.NoError(t, err)
		k := acme.made()
		k.TokensPerMinute, k.Routes = 15, []string{"p/m"}
		h := open(t, front.Config{Keys: []front.Key{k}}).Before(engine)
		chat := func() int {
			return ask(h, "POST", "/v1/chat/completions", `{"model":"p/m","messages":[{"role":"user","content":"hi"}]}`, bearer(acme.plain)).Code
		}
		require.Equal(t, 200, chat())
		require.Equal(t, 200, chat(), "five are left")
		w := ask(h, "POST", "/v1/chat/completions", "", bearer(acme.plain))
		require.Equal(t, 429, w.Code)
		require.JSONEq(t, `{"code":"rate_limit_exceeded","type":"tokens","param":null}`, withoutMessage(t, w))
		time.Sleep(20 * time.Second) // five tokens: what was overdrawn
		require.Equal(t, 429, chat())
		time.Sleep(4 * time.Second)
		require.Equal(t, 200, chat())
	})
}

// BenchmarkBefore is what the front costs a request with a key.
func BenchmarkBefore(b *testing.B) {
	f, err := front.New(front.Config{Keys: []front.Key{{Name: "a", Hash: front.Hash(acme.plain), RequestsPerMinute: front.MaxQuota, TokensPerMinute: 1000}}})
	require.NoError(b, err)
	h := f.Before(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	q, err := http.NewRequest("POST", "/v1/chat/completions", strings.NewReader("{}"))
	require.NoError(b, err)
	q.Header = http.Header{
		"Authorization": {"Bearer " + acme.plain}, "Content-Type": {"application/json"}, "Accept": {"*/*"}, "User-Agent": {"a"},
		"X-Client-Request-Id": {"1"}, "Accept-Encoding": {"gzip"}, "Content-Length": {"2"},
	}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(nil, q)
	}
}
