package router_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// TestOverSockets runs many requests at once through real connections: streams,
// whole answers, failover, and a client that leaves in mid-stream.
func TestOverSockets(t *testing.T) {
	var calls atomic.Int64
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		switch calls.Add(1) % 3 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"choices":[`) // cut short
		default:
			panic(http.ErrAbortHandler) // connection reset
		}
	}))
	defer broken.Close()
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answerBody)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, data := range []string{role, token, token, finish, usage, done} {
			_, _ = io.WriteString(w, event(data))
			w.(http.Flusher).Flush()
		}
	}))
	defer good.Close()

	c := config()
	c.Providers[0].BaseURL, c.Providers[1].BaseURL, c.Providers[2].BaseURL = broken.URL+"/v1", good.URL+"/v1", good.URL+"/v1"
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	l := &log{}
	r, err := router.New(c, router.WithTransport(transport), router.WithAudit(l))
	require.NoError(t, err)
	front := httptest.NewServer(r)
	defer front.Close()
	defer http.DefaultClient.CloseIdleConnections()

	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			body := fmt.Sprintf(`{"model":"smart","stream":%v}`, i%2 == 0)
			q, err := http.NewRequestWithContext(ctx, http.MethodPost, front.URL+"/v1/chat/completions", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			res, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }()
			if i%10 == 0 { // leaves after the first line
				_, _ = bufio.NewReader(res.Body).ReadString('\n')
				return
			}
			got, err := io.ReadAll(res.Body)
			want := answerBody
			if i%2 == 0 {
				want = event(role) + event(token) + event(token) + event(finish) + event(done)
			}
			if err != nil || res.StatusCode != 200 || string(got) != want {
				t.Errorf("%d: %d %v %s", i, res.StatusCode, err, got)
			}
		})
	}
	wg.Wait()
	front.Close() // waits for the handlers
	require.Len(t, l.records, 30)
	for _, rec := range l.records {
		require.Contains(t, []audit.Outcome{audit.Served, audit.Cancelled}, rec.Outcome, reasons(rec))
	}
}

func TestConnectionIsUsedAgainAfterAStream(t *testing.T) {
	var addresses sync.Map
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		addresses.Store(q.RemoteAddr, true)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, event(token)+event(finish)+event(done))
	}))
	defer provider.Close()
	c := config()
	c.Providers[0].BaseURL = provider.URL + "/v1"
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	r, err := router.New(c, router.WithTransport(transport))
	require.NoError(t, err)
	for range 5 {
		r.ServeHTTP(httptest.NewRecorder(), chat(t.Context(), "a/m", true))
	}
	n := 0
	addresses.Range(func(any, any) bool { n++; return true })
	require.Equal(t, 1, n)
}

// Who accepts connections and says nothing is given up after connect_timeout, of
// the route if it has one, well before the attempt is.
func TestConnectTimeout(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	c := config()
	c.Providers[0].BaseURL = "https://" + l.Addr().String() + "/v1"
	own := c.Resilience.Limits
	own.ConnectTimeout, own.MaxAttempts = 30*time.Millisecond, 1
	c.Routes[1].Limits = &own
	sink := &log{}
	r, err := router.New(c, router.WithAudit(sink))
	require.NoError(t, err)
	w := (&rig{Router: r}).do(chat(t.Context(), "only", false))
	require.Equal(t, 504, w.Code)
	require.Equal(t, "a:connect_timeout", reasons(sink.last(t)))
}
