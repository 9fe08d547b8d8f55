package policy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/policy"
)

// Frugal is a strategy of our own: the fastest model that is good enough, and
// behind it the others by their quality.
type Frugal struct{ Enough float64 }

// Rank implements policy.Strategy.
func (f Frugal) Rank(_ *policy.Query, candidates []policy.Candidate) {
	for i := range candidates {
		c := &candidates[i]
		if c.Score = c.TTFT.P95.Seconds(); c.Quality < f.Enough {
			c.Place, c.Score, c.Note = 1, 1-c.Quality, "poor"
		}
	}
}

// A router with a strategy of its own.
func Example() {
	model := func(name string, quality float64) []router.Model {
		return []router.Model{{Name: name, Quality: quality}}
	}
	r, err := router.New(router.Config{
		Providers: []router.Provider{
			{Name: "tiny", BaseURL: "https://api.tiny.test/v1", Models: model("s", 0.4)},
			{Name: "large", BaseURL: "https://api.large.test/v1", Models: model("l", 0.9)},
		},
		Routes: []router.Route{{Name: "smart", Targets: []string{"tiny/s", "large/l"}}},
	}, router.WithStrategy("frugal", Frugal{Enough: 0.7}), router.WithTransport(answers{}), router.WithAudit(choices{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(`{"model":"smart","messages":[]}`))
	r.ServeHTTP(httptest.NewRecorder(), q)
	// Output:
	// frugal large/l 0.0 ""
	// frugal tiny/s 0.6 "poor"
}

// choices prints what was chosen.
type choices struct{}

func (choices) Request(r *audit.Record) {
	for _, c := range r.Choice.Candidates {
		fmt.Printf("%s %s %.1f %q\n", r.Choice.Strategy, c.Target, c.Score, c.Note)
	}
}

func (choices) Breaker(audit.BreakerEvent) {}

// answers plays every provider.
type answers struct{}

func (answers) RoundTrip(*http.Request) (*http.Response, error) {
	const body = `{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":12,"completion_tokens":2}}`
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}
