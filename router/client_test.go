package router_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// slow is a client that takes its time over every flush.
type slow struct{ *httptest.ResponseRecorder }

func (slow) Flush() { time.Sleep(25 * time.Second) }

func TestASlowClientIsNoFailureOfTheProvider(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {sse(token, time.Second, token, finish, done)}})
		w := slow{httptest.NewRecorder()}
		g.ServeHTTP(w, chat(t.Context(), "smart", true))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
		require.Contains(t, w.Body.String(), done)
	})
}

// A total that only the client's slowness used up is no failure of the provider;
// one that the provider used up is, however briefly the client took.
func TestWhoseTotalItWas(t *testing.T) {
	for _, row := range []struct {
		name  string
		w     http.ResponseWriter
		parts []any
		trips bool
	}{
		{"the client's", slow{httptest.NewRecorder()}, []any{token, time.Second, token, finish, done}, false},
		{"the provider's", httptest.NewRecorder(), then(tokens(30, time.Second)), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {sse(row.parts...)}}, func(c *router.Config) {
					c.Resilience.TotalTimeout, c.Resilience.Breaker.MinSamples = 20*time.Second, 1
				})
				g.ServeHTTP(row.w, chat(t.Context(), "smart", true))
				require.Equal(t, "a:total_timeout", reasons(g.log.last(t)))
				require.Equal(t, audit.Broken, g.log.last(t).Outcome)
				require.Equal(t, row.trips, len(g.log.breakers) > 0)
			})
		})
	}
}

// stuck is a connection to a client that does not read: what is flushed waits for
// the write deadline. It is not safe for concurrent use.
type stuck struct {
	*httptest.ResponseRecorder
	deadline time.Time
	from     int // flushes that pass
}

func (s *stuck) SetWriteDeadline(at time.Time) error {
	s.deadline = at
	return nil
}

func (s *stuck) Write(b []byte) (int, error) {
	if s.from == 0 {
		return 0, s.wait()
	}
	return s.ResponseRecorder.Write(b)
}

func (s *stuck) FlushError() error {
	if s.from--; s.from > 0 {
		return nil
	}
	return s.wait()
}

func (s *stuck) wait() error {
	time.Sleep(time.Until(s.deadline))
	return os.ErrDeadlineExceeded
}

func TestAClientThatDoesNotReadIsGone(t *testing.T) {
	for _, row := range []struct {
		name   string
		stream bool
		step   step
		from   int
		took   time.Duration
	}{
		{"a stream's first content", true, sse(role, time.Second, token, hangFor), 1, 31 * time.Second},
		{"the third event", true, sse(then(tokens(9, time.Second))...), 3, 33 * time.Second},
		{"a whole answer", false, after(time.Second, ok()), 0, 31 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.step}, "b": {ok()}}, func(c *router.Config) {
					c.Resilience.Stream.ClientTimeout, c.Resilience.Breaker.MinSamples = 30*time.Second, 1
				})
				w := &stuck{ResponseRecorder: httptest.NewRecorder(), from: row.from}
				g.ServeHTTP(w, chat(t.Context(), "smart", row.stream))
				rec := g.log.last(t)
				require.Equal(t, audit.Cancelled, rec.Outcome)
				require.Len(t, rec.Attempts, 1)
				require.Equal(t, row.took, rec.End.Sub(rec.Start))
				require.Empty(t, g.log.breakers)
				require.Zero(t, w.deadline, "the connection's next request is not bound by it")
			})
		})
	}
}

// narrow is a listener whose connections buffer little.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(4 << 10)
		_ = tcp.SetReadBuffer(4 << 10)
	}
	return c, err
}

func serveNarrow(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Listener = narrow{s.Listener}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// Over real sockets a client that never reads stops the provider's stream within
// what the sockets hold, and is gone after its time.
func TestAClientThatNeverReads(t *testing.T) {
	var sent atomic.Int64
	provider := serveNarrow(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		text := event(strings.Replace(token, "abcd", strings.Repeat("abcd", 1000), 1))
		for sent.Load() < 1<<30 {
			n, err := io.WriteString(w, text)
			if err != nil {
				return
			}
			sent.Add(int64(n))
		}
	}))
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4 << 10)
		}
		return c, err
	}
	transport := &http.Transport{DialContext: dial}
	defer transport.CloseIdleConnections()
	c := config()
	c.Providers[0].BaseURL = provider.URL + "/v1"
	c.Resilience.Stream.ClientTimeout, c.Resilience.Breaker.MinSamples = 100*time.Millisecond, 1
	l := &log{}
	r, err := router.New(c, router.WithTransport(transport), router.WithAudit(l))
	require.NoError(t, err)
	ended := make(chan struct{})
	front := serveNarrow(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		defer close(ended)
		r.ServeHTTP(w, q)
	}))

	client, err := dial(t.Context(), "tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	const body = `{"model":"smart","stream":true,"messages":[{"role":"user","content":"hello"}]}`
	_, err = io.WriteString(client, "POST /v1/chat/completions HTTP/1.1\r\nHost: router\r\nContent-Length: 78\r\n\r\n"+body)
	require.NoError(t, err)
	require.Len(t, body, 78)
	<-ended
	rec := l.last(t)
	require.Equal(t, audit.Cancelled, rec.Outcome)
	require.Equal(t, "a:client_cancelled", reasons(rec))
	require.Empty(t, l.breakers)
	require.Less(t, sent.Load(), int64(8<<20), "the provider was held up with it")
}
