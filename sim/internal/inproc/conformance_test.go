package inproc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/sim/internal/inproc"
)

// A carrier is one of the two ways from a client to a handler.
type carrier struct {
	name string
	open func(t *testing.T, h http.Handler) (rt http.RoundTripper, base string)
}

var carriers = []carrier{
	{"adapter", func(t *testing.T, h http.Handler) (http.RoundTripper, string) {
		tr := &inproc.Transport{Handler: h}
		t.Cleanup(tr.Close)
		return tr, "http://fake.drill"
	}},
	{"sockets", func(t *testing.T, h http.Handler) (http.RoundTripper, string) {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // panics are part of the test
		s.Start()
		tr := &http.Transport{DisableCompression: true}
		t.Cleanup(func() {
			tr.CloseIdleConnections()
			s.Close()
		})
		return tr, s.URL
	}},
}

var errCause = errors.New("the cause of the caller's context")

// stage is what a row's handler and client say to each other.
type stage struct {
	started  chan struct{} // closed by the handler once it runs
	gone     chan struct{} // closed by the handler once its context is over
	release  chan struct{} // closed by the client to let a stubborn handler go on
	finished chan struct{} // closed when the handler has returned
}

// TestConformance holds the adapter to what net/http does. Every row runs on
// both; nothing in it waits for time to pass.
func TestConformance(t *testing.T) {
	rows := []struct {
		name    string
		handler func(s *stage, w http.ResponseWriter, r *http.Request)
		client  func(t *testing.T, s *stage, rt http.RoundTripper, base string)
	}{
		{
			name: "plain answer",
			handler: func(_ *stage, w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Header().Set("X-Echo", r.Header.Get("X-Say")+" "+r.Method+" "+r.URL.Path)
				w.WriteHeader(http.StatusTeapot)
				_, _ = w.Write(body)
			},
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				req := request(t, t.Context(), base, "hello")
				req.Header.Set("X-Say", "hi")
				resp, err := rt.RoundTrip(req)
				require.NoError(t, err)
				require.Equal(t, http.StatusTeapot, resp.StatusCode)
				require.Equal(t, "hi POST /path", resp.Header.Get("X-Echo"))
				require.EqualValues(t, 5, resp.ContentLength)
				require.Equal(t, "hello", read(t, resp))
			},
		},
		{
			name:    "handler that writes nothing",
			handler: func(*stage, http.ResponseWriter, *http.Request) {},
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, resp.StatusCode)
				require.Empty(t, read(t, resp))
			},
		},
		{
			name: "headers go out with the first flush and are a snapshot",
			handler: func(s *stage, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Early", "yes")
				_, _ = io.WriteString(w, "one ")
				flush(w)
				w.Header().Set("X-Late", "yes")
				<-s.release
				_, _ = io.WriteString(w, "two")
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				require.Equal(t, "yes", resp.Header.Get("X-Early"))
				require.Empty(t, resp.Header.Get("X-Late"))
				first := make([]byte, 4)
				_, err = io.ReadFull(resp.Body, first)
				require.NoError(t, err)
				require.Equal(t, "one ", string(first))
				close(s.release)
				require.Equal(t, "two", read(t, resp))
			},
		},
		{
			name:    "cancel before headers",
			handler: waitForCaller,
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					<-s.started
					cancel(errCause)
				}()
				_, err := rt.RoundTrip(request(t, ctx, base, ""))
				require.ErrorIs(t, err, errCause)
				<-s.gone
			},
		},
		{
			name:    "deadline before headers",
			handler: waitForCaller,
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				ctx, cancel := context.WithTimeout(t.Context(), 1)
				defer cancel()
				_, err := rt.RoundTrip(request(t, ctx, base, ""))
				require.ErrorIs(t, err, context.DeadlineExceeded)
			},
		},
		{
			name: "cancel after headers, while the body is awaited",
			handler: func(s *stage, w http.ResponseWriter, r *http.Request) {
				flush(w)
				waitForCaller(s, w, r)
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				ctx, cancel := context.WithCancelCause(t.Context())
				resp, err := rt.RoundTrip(request(t, ctx, base, ""))
				require.NoError(t, err)
				defer resp.Body.Close()
				go func() {
					<-s.started
					cancel(errCause)
				}()
				_, err = resp.Body.Read(make([]byte, 8))
				require.ErrorIs(t, err, errCause)
				<-s.gone
			},
		},
		{
			name: "cancel in the middle of the body",
			handler: func(s *stage, w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half")
				flush(w)
				waitForCaller(s, w, r)
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				ctx, cancel := context.WithCancelCause(t.Context())
				resp, err := rt.RoundTrip(request(t, ctx, base, ""))
				require.NoError(t, err)
				defer resp.Body.Close()
				half := make([]byte, 4)
				_, err = io.ReadFull(resp.Body, half)
				require.NoError(t, err)
				cancel(errCause)
				_, err = io.ReadAll(resp.Body)
				require.ErrorIs(t, err, errCause)
				<-s.gone
			},
		},
		{
			name: "late response of a handler that ignores its context",
			handler: func(s *stage, w http.ResponseWriter, _ *http.Request) {
				close(s.started)
				<-s.release
				_, _ = io.WriteString(w, "too late")
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					<-s.started
					cancel(errCause)
				}()
				_, err := rt.RoundTrip(request(t, ctx, base, ""))
				require.ErrorIs(t, err, errCause)
				close(s.release)
			},
		},
		{
			name: "client closes the body early",
			handler: func(s *stage, w http.ResponseWriter, r *http.Request) {
				flush(w)
				waitForCaller(s, w, r)
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				<-s.gone
			},
		},
		{
			name: "client gone while the handler writes",
			handler: func(s *stage, w http.ResponseWriter, r *http.Request) {
				flush(w)
				block := bytes.Repeat([]byte("x"), 32<<10)
				for r.Context().Err() == nil {
					if _, err := w.Write(block); err != nil {
						break
					}
				}
				<-r.Context().Done()
				close(s.gone)
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				_, err = io.ReadFull(resp.Body, make([]byte, 100<<10))
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				<-s.gone
			},
		},
		{
			name:    "panic before headers",
			handler: func(*stage, http.ResponseWriter, *http.Request) { panic("boom") },
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				_, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.ErrorIs(t, err, io.EOF)
			},
		},
		{
			name: "panic in the body",
			handler: func(_ *stage, w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				flush(w)
				panic(http.ErrAbortHandler)
			},
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				defer resp.Body.Close()
				got, err := io.ReadAll(resp.Body)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				require.Equal(t, "half", string(got))
			},
		},
		{
			name:    "connection reset before headers",
			handler: func(_ *stage, w http.ResponseWriter, _ *http.Request) { reset(w) },
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				_, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.ErrorIs(t, err, syscall.ECONNRESET)
			},
		},
		{
			name: "connection reset in the body",
			handler: func(s *stage, w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				flush(w)
				<-s.release
				reset(w)
			},
			client: func(t *testing.T, s *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				defer resp.Body.Close()
				_, err = io.ReadFull(resp.Body, make([]byte, 4))
				require.NoError(t, err)
				close(s.release)
				_, err = io.ReadAll(resp.Body)
				require.ErrorIs(t, err, syscall.ECONNRESET)
			},
		},
		{
			name: "answer larger than every buffer",
			handler: func(_ *stage, w http.ResponseWriter, _ *http.Request) {
				block := bytes.Repeat([]byte("x"), 10_000)
				for range 100 {
					_, _ = w.Write(block)
				}
			},
			client: func(t *testing.T, _ *stage, rt http.RoundTripper, base string) {
				resp, err := rt.RoundTrip(request(t, t.Context(), base, ""))
				require.NoError(t, err)
				require.Equal(t, 1_000_000, len(read(t, resp)))
			},
		},
	}
	for _, row := range rows {
		for _, c := range carriers {
			t.Run(row.name+"/"+c.name, func(t *testing.T) {
				s := &stage{make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})}
				rt, base := c.open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer close(s.finished)
					row.handler(s, w, r)
				}))
				row.client(t, s, rt, base)
				if row.name != "deadline before headers" { // the handler may never have run
					<-s.finished
				}
			})
		}
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	defer goleak.VerifyNone(t)
	tr := &inproc.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { flush(w) })}
	for range 10 {
		resp, err := tr.RoundTrip(request(t, t.Context(), "http://fake.drill", ""))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	tr.Close()
	_, err := tr.RoundTrip(request(t, t.Context(), "http://fake.drill", ""))
	require.ErrorContains(t, err, "closed")
}

func TestPanicsAreReported(t *testing.T) {
	var got any
	tr := &inproc.Transport{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }),
		OnPanic: func(v any, stack []byte) {
			got = v
			require.Contains(t, string(stack), "conformance_test")
		},
	}
	_, err := tr.RoundTrip(request(t, t.Context(), "http://fake.drill", ""))
	require.Error(t, err)
	tr.Close()
	require.Equal(t, "boom", got)
}

func waitForCaller(s *stage, _ http.ResponseWriter, r *http.Request) {
	close(s.started)
	<-r.Context().Done()
	close(s.gone)
}

func flush(w http.ResponseWriter) {
	w.(http.Flusher).Flush()
}

func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(interface{ SetLinger(int) error }).SetLinger(0)
	_ = conn.Close()
}

func request(t *testing.T, ctx context.Context, base, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/path", strings.NewReader(body))
	require.NoError(t, err)
	return req
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(data)
}
