package fakeproviders_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/latency"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chunk is what one write sent, and when.
type chunk struct {
	at   time.Duration
	text string
}

// call is one request and what came back; it is the ResponseWriter.
type call struct {
	w       *world
	header  http.Header
	status  int
	chunks  []chunk
	reset   bool
	noHijak bool // the writer cannot be hijacked
	failing bool // writes fail
	end     time.Duration
}

func (c *call) Header() http.Header { return c.header }
func (c *call) WriteHeader(s int)   { c.status = s }
func (c *call) Flush()              {}

func (c *call) Write(b []byte) (int, error) {
	if c.failing {
		return 0, errors.New("broken pipe")
	}
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.chunks = append(c.chunks, chunk{c.w.now(), string(b)})
	return len(b), nil
}

func (c *call) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if c.noHijak {
		return nil, nil, http.ErrNotSupported
	}
	return &wire{call: c}, nil, nil
}

func (c *call) body() string {
	var b strings.Builder
	for _, ch := range c.chunks {
		b.WriteString(ch.text)
	}
	return b.String()
}

// wire is a hijacked connection that notes being reset.
type wire struct {
	net.Conn
	call   *call
	linger int
}

func (w *wire) SetLinger(sec int) error { w.linger = sec; w.call.reset = sec == 0; return nil }
func (w *wire) Close() error            { return nil }

// world is one provider in a bubble and its journal.
type world struct {
	t       *testing.T
	p       *fakeproviders.Provider
	start   time.Time
	mu      sync.Mutex
	journal []fakeproviders.Entry
}

func (w *world) now() time.Duration { return time.Since(w.start) }

// in runs f with a provider in a bubble.
func in(t *testing.T, c fakeproviders.Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, start: time.Now()}
		c.Start = w.start
		journal := c.Journal
		c.Journal = func(e *fakeproviders.Entry) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.journal = append(w.journal, *e)
			if journal != nil {
				journal(e)
			}
		}
		p, err := fakeproviders.New(c)
		require.NoError(t, err)
		w.p = p
		f(w)
	})
}

// last is the latest entry of the journal.
func (w *world) last() fakeproviders.Entry {
	w.t.Helper()
	require.NotEmpty(w.t, w.journal)
	return w.journal[len(w.journal)-1]
}

// post sends a request and waits for its end.
func (w *world) post(ctx context.Context, path, id, body string) *call {
	c := &call{w: w, header: http.Header{}}
	w.into(ctx, c, path, id, body)
	return c
}

func (w *world) into(ctx context.Context, c *call, path, id, body string) {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, path, bytes.NewReader([]byte(body)))
	if id != "" {
		r.Header.Set("X-Client-Request-Id", id)
	}
	w.p.ServeHTTP(c, r)
	c.end = w.now()
}

// chat sends a chat request at an instant of the timeline.
func (w *world) chat(at time.Duration, id, more string) *call {
	time.Sleep(at - w.now())
	return w.post(w.t.Context(), chatPath, id, chatBody(more))
}

const chatPath = "/v1/chat/completions"

// chatBody is a chat request of 5 prompt tokens with more fields.
func chatBody(more string) string {
	return `{"model":"m","messages":[{"role":"user","content":"abcd abcd abcd abcd"}]` + more + `}`
}

// values503 are the parameters of a status of 503.
var values503 = fault.Values{"status": {Num: 503}}

const stream = `,"stream":true`

func constant(t *testing.T, d time.Duration) latency.Dist {
	t.Helper()
	dist, err := latency.Constant(float64(d))
	require.NoError(t, err)
	return dist
}

// steady is a provider with RTT 10 ms, TTFT 400 ms, 100 ms per token and ten
// tokens per answer: first token at 410 ms, last at 1.310 s, plus dither of
// less than 11 µs.
func steady(t *testing.T) fakeproviders.Config {
	t.Helper()
	return fakeproviders.Config{
		Name: "p", Vendor: "v", Region: "r", Seed: 1, RTT: 10 * time.Millisecond,
		Models: []fakeproviders.Model{{
			Name: "m", Endpoints: []string{"chat", "completions", "embeddings"},
			Price: fakeproviders.Price{InputNano: 2000, OutputNano: 8000},
			TTFT:  constant(t, 400*time.Millisecond), ITL: constant(t, 100*time.Millisecond),
		}},
		Demand: func(string) (fakeproviders.Demand, bool) {
			return fakeproviders.Demand{Task: "support", OutputTokens: 10}, true
		},
	}
}

// dither is more than all dither of an answer of ten tokens.
const dither = 15 * time.Microsecond

// about requires an instant, give or take dither.
func about(t *testing.T, want, got time.Duration) {
	t.Helper()
	require.GreaterOrEqual(t, got, want)
	require.Less(t, got, want+dither)
}

// event is an event with a fault of a kind.
func event(t *testing.T, kind string, p fault.Values, start, end time.Duration) fakeproviders.Event {
	t.Helper()
	f, err := fault.New(kind, p)
	require.NoError(t, err)
	return fakeproviders.Event{ID: kind, Start: start, End: end, Rate: 1, Fault: f}
}
