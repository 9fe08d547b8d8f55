package router_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

const (
	answerBody = `{"id":"x","model":"m-2025","choices":[{"index":0,"message":{"role":"assistant","content":"hi there"},` +
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":40}}}`
	role    = `{"model":"m-2025","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`
	token   = `{"model":"m-2025","choices":[{"index":0,"delta":{"content":"abcd"}}]}`
	finish  = `{"model":"m-2025","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	usage   = `{"model":"m-2025","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50}}`
	done    = `[DONE]`
	theKey  = "sk-recognisable-0815"
	hangFor = time.Duration(-1)
)

// step is how a provider deals with one attempt.
type step func(q *http.Request) (*http.Response, error)

// answer is an answer with a status, a body and header pairs.
func answer(status int, body string, header ...string) step {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	}
}

func ok() step { return answer(200, answerBody) }

func failing(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// after waits before it goes on; hangFor waits for the caller to give up.
func after(d time.Duration, next step) step {
	return func(q *http.Request) (*http.Response, error) {
		if err := wait(q.Context(), d); err != nil {
			return nil, err
		}
		return next(q)
	}
}

func hang() step { return after(hangFor, ok()) }

func wait(ctx context.Context, d time.Duration) error {
	if d == hangFor {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// raw is a part of a stream as it comes, the name of its event included.
type raw string

// sse streams its parts: a string is an event's data, a duration a wait, an
// error the end by failure.
func sse(parts ...any) step {
	return func(q *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, ContentLength: -1,
			Body: &script{ctx: q.Context(), parts: parts},
		}, nil
	}
}

type script struct {
	ctx   context.Context
	parts []any
	rest  string
}

func (s *script) Read(p []byte) (int, error) {
	for s.rest == "" {
		if len(s.parts) == 0 {
			return 0, io.EOF
		}
		part := s.parts[0]
		s.parts = s.parts[1:]
		switch x := part.(type) {
		case string:
			s.rest = "data: " + x + "\n\n"
		case raw:
			s.rest = string(x)
		case time.Duration:
			if err := wait(s.ctx, x); err != nil {
				return 0, err
			}
		case error:
			return 0, x
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *script) Close() error { return nil }

// fakes plays a script per provider; after its end the last step repeats.
type fakes struct {
	mu    sync.Mutex
	steps map[string][]step
	seen  []*http.Request
	body  []string
}

// play gives a provider another script, also while requests are under way.
func (f *fakes) play(provider string, steps ...step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps[provider] = steps
}

func (f *fakes) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	host, _, _ := strings.Cut(q.URL.Host, ".")
	f.mu.Lock()
	f.seen, f.body = append(f.seen, q), append(f.body, string(body))
	steps := f.steps[host]
	if len(steps) > 1 {
		f.steps[host] = steps[1:]
	}
	f.mu.Unlock()
	if len(steps) == 0 {
		return nil, errors.New("nobody at " + host)
	}
	return steps[0](q)
}

// asked is how many requests there have been so far.
func (f *fakes) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

// log keeps the audit.
type log struct {
	mu       sync.Mutex
	records  []audit.Record
	breakers []audit.BreakerEvent
}

func (l *log) Request(r *audit.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := *r
	c.Attempts = append([]audit.Attempt(nil), r.Attempts...)
	c.Skips = append([]audit.Skip(nil), r.Skips...)
	c.Choice.Candidates = append([]audit.Candidate(nil), r.Choice.Candidates...)
	l.records = append(l.records, c)
}

// changes is how many changes of breakers there have been so far.
func (l *log) changes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.breakers)
}

func (l *log) Breaker(e audit.BreakerEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breakers = append(l.breakers, e)
}

func (l *log) last(t testing.TB) audit.Record {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.NotEmpty(t, l.records)
	return l.records[len(l.records)-1]
}

func reasons(r audit.Record) string {
	var s []string
	for _, a := range r.Attempts {
		s = append(s, a.Provider+":"+a.Reason)
	}
	return strings.Join(s, " ")
}

// rig is a router over fakes a, b and c with the route "smart".
type rig struct {
	*router.Router
	fakes *fakes
	log   *log
}

func config() router.Config {
	var c router.Config
	for _, name := range []string{"a", "b", "c"} {
		c.Providers = append(c.Providers, router.Provider{
			Name: name, BaseURL: "http://" + name + ".test/v1", APIKey: theKey,
			Models: []router.Model{{Name: "m", Price: router.Price{InputNano: 2000, CachedInputNano: 500, OutputNano: 8000}}},
		})
	}
	c.Routes = []router.Route{{Name: "smart", Targets: []string{"a/m", "b/m", "c/m"}}, {Name: "only", Targets: []string{"a/m"}}}
	c.Resilience = router.DefaultResilience()
	return c
}

func newRig(t testing.TB, steps map[string][]step, change ...func(*router.Config)) *rig {
	t.Helper()
	return newRigWith(t, steps, nil, change...)
}

func newRigWith(t testing.TB, steps map[string][]step, options []router.Option, change ...func(*router.Config)) *rig {
	t.Helper()
	c := config()
	for _, f := range change {
		f(&c)
	}
	g := &rig{fakes: &fakes{steps: steps}, log: &log{}}
	r, err := router.New(c, append(options, router.WithTransport(g.fakes), router.WithAudit(g.log), router.WithSeed(1))...)
	require.NoError(t, err)
	g.Router = r
	return g
}

// pause lets time pass in a bubble, and what is due by then end: what it wrote can be
// read afterwards.
func pause(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func chat(ctx context.Context, model string, stream bool) *http.Request {
	body := `{"model":"` + model + `","messages":[{"role":"user","content":"hello"}]}`
	if stream {
		body = `{"model":"` + model + `","stream":true,"messages":[{"role":"user","content":"hello"}]}`
	}
	return post(ctx, "/v1/chat/completions", body)
}

func post(ctx context.Context, path, body string) *http.Request {
	q := httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(body))
	q.Header.Set("X-Client-Request-Id", "req-000001")
	return q
}

func (g *rig) do(q *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, q)
	return w
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }
