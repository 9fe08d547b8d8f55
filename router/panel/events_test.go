package panel_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/panel"
)

// sent is one server-sent event.
type sent struct{ name, data string }

// read reads a stream to its end, by the rules of the HTML standard.
func read(stream string) (list []sent) {
	var e sent
	var data []string
	lines := bufio.NewScanner(strings.NewReader(stream))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if data != nil {
				e.data = strings.Join(data, "\n")
				list = append(list, e)
			}
			e, data = sent{}, nil
		case name == "event":
			e.name = value
		case name == "data":
			data = append(data, value)
		}
	}
	return list
}

// stream is an open stream of a test.
type stream struct {
	w      *httptest.ResponseRecorder
	cancel context.CancelFunc
	ended  chan struct{}
}

// open opens a stream, in a bubble.
func open(t *testing.T, p *panel.Panel) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &stream{httptest.NewRecorder(), cancel, make(chan struct{})}
	q := httptest.NewRequestWithContext(ctx, "GET", "/panel/events", nil)
	go func() {
		defer close(s.ended)
		p.Handler().ServeHTTP(s.w, q)
	}()
	synctest.Wait()
	return s
}

// close ends it and returns what came.
func (s *stream) close() []sent {
	s.cancel()
	<-s.ended
	return read(s.w.Body.String())
}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := facts{status: router.Status{Targets: []router.TargetStatus{{Target: "a/m", Endpoint: "chat", State: "closed", Health: "healthy"}}}}
		p := f.panel()
		p.Breaker(audit.BreakerEvent{Target: "old/m", Endpoint: "chat", To: audit.Open})
		s := open(t, p)
		for n := range 1000 { // within a second
			p.Breaker(audit.BreakerEvent{Target: "a/m", Endpoint: "chat", To: audit.State(n % 2), Reason: "server_error"})
		}
		f.mu.Lock()
		f.status.Targets[0].State = "open"
		f.mu.Unlock()
		time.Sleep(2*panel.Every + panel.Every/2)
		synctest.Wait()
		require.Equal(t, "text/event-stream", s.w.Header().Get("Content-Type"))
		require.True(t, strings.HasPrefix(s.w.Body.String(), "retry: 2000\n\n"))
		got := s.close()
		var names, views []string
		for _, e := range got {
			names = append(names, e.name)
			if e.name == "view" {
				views = append(views, e.data)
			}
		}
		require.Equal(t, []string{"view", "title", "view", "title", "change", "view", "title"}, names, "at once, then once a second whatever happens")
		require.Equal(t, "1 target is well · Routedrill", got[1].data)
		require.Equal(t, "1 of 1 target is out · Routedrill", got[3].data)
		require.Equal(t, "a/m chat is open, server error.", got[4].data, "where it has come to, and nothing of before")
		whole := get(p, "/panel").Body.String()
		require.Contains(t, whole, strings.TrimSpace(views[2]), "a view is what a reload brings")
		require.Zero(t, p.Clients())
	})
}

func TestManyChangesAreToldShortly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f facts
		p := f.panel()
		s := open(t, p)
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			p.Breaker(audit.BreakerEvent{Target: name, Endpoint: "chat", To: audit.HalfOpen, Reason: "open_time_over"})
		}
		time.Sleep(panel.Every)
		synctest.Wait()
		got := s.close()
		require.Equal(t, "a chat is half-open, open time over. b chat is half-open, open time over. c chat is half-open, open time over. And 2 more changes.", got[4].data)
	})
}

func TestClientsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f facts
		p := f.panel()
		var streams []*stream
		for range panel.MaxClients {
			streams = append(streams, open(t, p))
		}
		require.Equal(t, panel.MaxClients, p.Clients())
		w := get(p, "/panel/events")
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "10", w.Header().Get("Retry-After"))
		time.Sleep(10 * panel.Every)
		synctest.Wait()
		require.LessOrEqual(t, f.asked, 12, "all see the same")
		streams[0].close()
		late := open(t, p)
		require.Equal(t, panel.MaxClients, p.Clients(), "a place that is free again is taken")
		p.Close()
		p.Close()
		for _, s := range append(streams[1:], late) {
			<-s.ended
		}
		require.NotEmpty(t, read(get(p, "/panel/events").Body.String()), "after the end there is one more picture, and no stream")
	})
}

func TestStreamsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f facts
		p := f.panel()
		s := open(t, p)
		began := time.Now()
		<-s.ended
		require.Equal(t, panel.MaxStream, time.Since(began))
	})
}

// Who does not read is dropped, and nobody waits for it.
func TestSlowClientsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f facts
		p := f.panel()
		here, there := net.Pipe()
		l := &oneListener{make(chan net.Conn, 1), make(chan struct{})}
		l.conns <- there
		server := &http.Server{Handler: p.Handler()} //nolint:gosec // of a test
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		_, err := io.WriteString(here, "GET /panel/events HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 1, p.Clients())
		other := open(t, p)
		time.Sleep(9 * time.Second)
		require.Equal(t, 2, p.Clients())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, p.Clients(), "after ten seconds")
		require.Len(t, other.close(), 2*12, "the other has had all its events")
		require.NoError(t, here.Close())
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	})
}

// oneListener hands out what is put in.
type oneListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *oneListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *oneListener) Close() error   { close(l.done); return nil }
func (l *oneListener) Addr() net.Addr { return &net.TCPAddr{} }
