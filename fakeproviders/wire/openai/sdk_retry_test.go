package openai_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// The SDK documents that it asks again twice after 408, 409, 429 and 5xx. The
// stated wait is a millisecond, so that nobody waits for its own backoff.
func TestSDKRetries(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		wait   time.Duration
		tries  int64
	}{
		"400 is final":                    {400, time.Millisecond, 1},
		"401 is final":                    {401, time.Millisecond, 1},
		"403 is final":                    {403, time.Millisecond, 1},
		"404 is final":                    {404, time.Millisecond, 1},
		"408":                             {408, time.Millisecond, 3},
		"409":                             {409, time.Millisecond, 3},
		"422 is final":                    {422, time.Millisecond, 1},
		"429":                             {429, time.Millisecond, 3},
		"500":                             {500, time.Millisecond, 3},
		"502":                             {502, time.Millisecond, 3},
		"503":                             {503, time.Millisecond, 3},
		"529":                             {529, time.Millisecond, 3},
		"a wait above 2 minutes is final": {429, 2*time.Minute + time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int64
			broken := always(t, "status", fault.Values{"status": {Num: float64(row.status)}, "retry_after": {Num: float64(row.wait)}})
			client := connect(t, provider(t, func(c *fakeproviders.Config) {
				broken(c)
				c.Journal = func(*fakeproviders.Entry) { tries.Add(1) }
			}))
			_, err := client.Chat.Completions.New(t.Context(), params("m"))
			require.Equal(t, row.status, apiError(t, err).StatusCode)
			_, err = client.Responses.New(t.Context(), asking("m"))
			require.Equal(t, row.status, apiError(t, err).StatusCode)
			require.Equal(t, 2*row.tries, tries.Load())
		})
	}
}

// handled calls a handler without a socket.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// The SDK waits as long as retry-after-ms says: 1.5 s, which retry-after in
// whole seconds would round to 2 s.
func TestSDKHonoursRetryAfterMs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var arrived []time.Duration
		broken := always(t, "status", fault.Values{"status": {Num: 429}, "retry_after": {Num: float64(1500 * time.Millisecond)}})
		p := provider(t, func(c *fakeproviders.Config) {
			broken(c)
			c.Journal = func(e *fakeproviders.Entry) { arrived = append(arrived, e.Arrived) }
		})
		client := sdk.NewClient(option.WithBaseURL("http://fake/v1"), option.WithAPIKey("sk-test-key-0123456789"),
			option.WithHTTPClient(&http.Client{Transport: handled{p}}))
		_, err := client.Chat.Completions.New(t.Context(), params("m"))
		e := apiError(t, err)
		require.Equal(t, "1500", e.Response.Header.Get("Retry-After-Ms"))
		require.Equal(t, "2", e.Response.Header.Get("Retry-After"))
		require.Len(t, arrived, 3)
		for i, at := range arrived {
			require.InDelta(t, time.Duration(i)*1500*time.Millisecond, at, float64(time.Millisecond))
		}
	})
}
