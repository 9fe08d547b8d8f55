package fakeproviders

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// Port is a provider on a TCP port of its own. While an event refuses all
// connections (kind `refuse`, rate 1, aimed at the provider, its vendor or its
// region as a whole) nobody listens there and idle connections are closed, so
// that callers meet what they meet at a dead server. A refusal of only some
// requests is known only once a request has been read: there the connection is
// reset.
type Port struct {
	provider atomic.Pointer[Provider]
	inFlight atomic.Int64
	server   *http.Server
	addr     string

	cancel context.CancelFunc
	ended  sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	changed  chan struct{} // closed when listener changes
	closed   bool
}

// Listen opens a port for the provider at an address such as 127.0.0.1:0 and
// serves it until [Port.Close].
func (p *Provider) Listen(addr string) (*Port, error) {
	ctx, cancel := context.WithCancel(context.Background())
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("fakeproviders: provider %s: %w", p.config.Name, err)
	}
	port := &Port{addr: l.Addr().String(), cancel: cancel, listener: l, changed: make(chan struct{})}
	port.provider.Store(p)
	port.server = &http.Server{
		Handler: http.HandlerFunc(port.serve), ReadHeaderTimeout: headerTime, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // what a caller does wrong is in the journal
	}
	port.ended.Go(func() { _ = port.server.Serve(port) }) // ends with Close; what goes wrong before shows at the callers
	port.ended.Go(func() { port.follow(ctx) })
	return port, nil
}

// Swap lets another provider answer from now on, as after a restart: one with
// nothing counted, used or cached. Attempts in service stay with the old one.
func (port *Port) Swap(p *Provider) { port.provider.Store(p) }

// InFlight returns how many requests are being answered.
func (port *Port) InFlight() int { return int(port.inFlight.Load()) }

// Address is host and port, the same for as long as the port lives.
func (port *Port) Address() string { return port.addr }

// follow opens and closes the listener as the timeline wants it.
func (port *Port) follow(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		p := port.provider.Load()
		now := p.now()
		refused, edge := p.refuses(now)
		port.refuse(ctx, refused)
		// Events may come and go by hand: look again after a moment.
		timer.Reset(min(edge-now, 100*time.Millisecond))
	}
}

// refuse closes the listener, or opens it again.
func (port *Port) refuse(ctx context.Context, refused bool) {
	port.mu.Lock()
	defer port.mu.Unlock()
	if port.closed || refused == (port.listener == nil) {
		return
	}
	port.server.SetKeepAlivesEnabled(!refused) // which closes idle connections
	if refused {
		_ = port.listener.Close()
		port.listener = nil
	} else {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", port.addr)
		if err != nil {
			return // somebody took the port meanwhile; tried again at the next look
		}
		port.listener = l
	}
	close(port.changed)
	port.changed = make(chan struct{})
}

// Accept implements net.Listener: it waits through refusals.
func (port *Port) Accept() (net.Conn, error) {
	for {
		port.mu.Lock()
		l, changed, closed := port.listener, port.changed, port.closed
		port.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if l == nil {
			<-changed
			continue
		}
		conn, err := l.Accept()
		if err == nil {
			return guard(conn), nil
		}
		port.mu.Lock()
		same := l == port.listener && !port.closed
		port.mu.Unlock()
		if same {
			return nil, err
		}
	}
}

// Addr implements net.Listener.
func (port *Port) Addr() net.Addr {
	addr, _ := net.ResolveTCPAddr("tcp", port.addr) // it came from a listener
	return addr
}

// Close implements net.Listener; use [Port.Shutdown].
func (port *Port) Close() error {
	port.mu.Lock()
	defer port.mu.Unlock()
	if port.closed {
		return nil
	}
	port.closed = true
	close(port.changed)
	if port.listener != nil {
		return port.listener.Close()
	}
	return nil
}

// Shutdown closes the port, waits until ctx is done for attempts in service,
// and then breaks them off.
func (port *Port) Shutdown(ctx context.Context) {
	port.cancel()
	if err := port.server.Shutdown(ctx); err != nil {
		_ = port.server.Close()
	}
	_ = port.Close()
	port.ended.Wait()
}

// refuses tells whether all connections are refused at t, and when that may
// change next.
func (p *Provider) refuses(t time.Duration) (refused bool, edge time.Duration) {
	edge = never
	for _, e := range *p.events.Load() {
		if !e.refusesAll() {
			continue
		}
		in := e.since(t)
		next := never
		switch length := e.End - e.Start; {
		case in < 0:
			next = e.Start
		case in < length:
			refused = refused || e.on(t)
			next = min(t+length-in, e.nextFlap(t))
		case e.Every > 0:
			next = t + e.Every - in
		}
		edge = min(edge, next)
	}
	return refused, edge
}

// refusesAll tells whether the event refuses whole connections.
func (e *Event) refusesAll() bool {
	s := &e.Select
	return e.Fault.Kind() == fault.KindRefuse && e.Rate == 1 && e.RampIn == 0 && e.RampOut == 0 && e.First == 0 && e.Nth == 0 &&
		s.Model == "" && s.Endpoint == "" && s.Task == "" && s.Stream == nil && s.Tools == nil
}
