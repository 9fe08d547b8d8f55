package router_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// vendor is a provider on a real socket that answers with what was written down
// from its API's documentation. After the last answer that one repeats.
type vendor struct {
	url     string
	mu      sync.Mutex
	answers []vendorAnswer
	seen    []vendorRequest
}

type vendorAnswer struct {
	status      int
	contentType string
	body        string
	cut         bool // the connection ends without the body's end
}

type vendorRequest struct {
	uri    string
	header http.Header
	body   string
}

func plain(status int, body string) vendorAnswer {
	return vendorAnswer{status: status, contentType: "application/json", body: body}
}

func streamed(body string) vendorAnswer {
	return vendorAnswer{status: 200, contentType: "text/event-stream; charset=utf-8", body: body}
}

func newVendor(t *testing.T, answers ...vendorAnswer) *vendor {
	t.Helper()
	v := &vendor{answers: answers}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	v.url = server.URL
	return v
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	v.mu.Lock()
	v.seen = append(v.seen, vendorRequest{q.Method + " " + q.RequestURI, q.Header, string(body)})
	a := v.answers[0]
	if len(v.answers) > 1 {
		v.answers = v.answers[1:]
	}
	v.mu.Unlock()
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
	if a.cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func (v *vendor) request(t *testing.T, i int) vendorRequest {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	require.Greater(t, len(v.seen), i)
	return v.seen[i]
}

// refusal is the error as the client's package read it.
func refusal(t *testing.T, err error) *sdk.Error {
	t.Helper()
	var e *sdk.Error
	require.True(t, errors.As(err, &e), err)
	return e
}

// settled is the audit of a router on a socket, whose client may have its answer
// before the handler is done.
type settled struct {
	*log
	handlers sync.WaitGroup
}

func (s *settled) last(t testing.TB) audit.Record {
	t.Helper()
	s.handlers.Wait()
	return s.log.last(t)
}

// gateway is a router in front of providers, on a real socket, and the official
// client of the API it serves, without retries of its own.
func gateway(t *testing.T, providers ...router.Provider) (sdk.Client, *settled) {
	t.Helper()
	c := router.Config{Providers: providers, Resilience: router.DefaultResilience(), Routes: []router.Route{{Name: "smart"}}}
	for _, p := range providers {
		c.Routes[0].Targets = append(c.Routes[0].Targets, p.Name+"/"+p.Models[0].Name)
	}
	c.Resilience.QuickRetry = 0 // no test waits in real time
	transport := &http.Transport{}
	l := &settled{log: &log{}}
	r, err := router.New(c, router.WithTransport(transport), router.WithAudit(l), router.WithSeed(1))
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		l.handlers.Add(1)
		defer l.handlers.Done()
		r.ServeHTTP(w, q)
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return sdk.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("the-clients"), option.WithMaxRetries(0),
		option.WithHTTPClient(server.Client())), l
}
