package sim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/record"
)

const (
	// lead is the time between setting up the sockets and instant zero.
	lead = 100 * time.Millisecond

	// shutdownWait bounds the wait for handlers at the end of a run.
	shutdownWait = 10 * time.Second
)

// wall runs the cell in real time: the fakes and the router listen on
// loopback, and both hops are real transports.
func (c *cell) wall(parent context.Context) (out record.Cell, err error) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	origin := time.Now().Add(lead)
	col := newCollector(c.names, origin, len(c.plan.Arrivals), c.progress)
	col.explain, col.routes = c.explain, numbers(c.routes())
	providers, err := c.providers(origin, col)
	if err != nil {
		return record.Cell{}, err
	}
	var ports []*fakeproviders.Port
	var gateway *server
	var engine http.Handler
	closeAll := func() {
		if gateway != nil { // first, since its handlers talk to the fakes
			gateway.close()
		}
		if engine != nil {
			finish(engine)
		}
		for _, port := range ports {
			stop, cancel := context.WithTimeout(context.Background(), shutdownWait)
			port.Shutdown(stop)
			cancel()
		}
		gateway, engine, ports = nil, nil, nil
	}
	defer func() { closeAll() }()
	config := c.config
	for i := range config.Providers {
		p := &config.Providers[i]
		port, err := providers[p.Name].Listen("127.0.0.1:0")
		if err != nil {
			return record.Cell{}, fmt.Errorf("sim: wall clock needs loopback ports: %w", err)
		}
		ports = append(ports, port)
		p.BaseURL = "http://" + port.Address() + dialectOf(p.Wire).base
	}
	upstream := transport()
	defer upstream.CloseIdleConnections()
	if engine, err = c.gateway(config, upstream, col); err != nil {
		return record.Cell{}, err
	}
	if gateway, err = listen(engine); err != nil {
		return record.Cell{}, err
	}
	base, err := url.Parse(gateway.base + "/v1")
	if err != nil {
		return record.Cell{}, fmt.Errorf("sim: %w", err)
	}
	downstream := transport()
	defer downstream.CloseIdleConnections()

	c.attackUntil(ctx, cancel, c.client(ctx, origin, col, downstream, base))
	closeAll()
	return c.result(col)
}

// attackUntil is attack on the wall clock, where ctx may end it from outside.
func (c *cell) attackUntil(ctx context.Context, cancel func(), cl *client.Client) {
	attacked := make(chan struct{})
	go func() {
		defer close(attacked)
		c.attack(cancel, cl)
	}()
	select {
	case <-attacked:
	case <-ctx.Done():
		// Requests under way end at once; the pause before the next arrival
		// cannot be cut short, and nobody needs to wait for it.
		select {
		case <-attacked:
		case <-time.After(time.Second):
		}
	}
}

// server is a handler on a loopback port.
type server struct {
	http *http.Server
	base string
}

func listen(h http.Handler) (*server, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("sim: wall clock needs a loopback port: %w", err)
	}
	s := &server{
		http: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second},
		base: "http://" + l.Addr().String(),
	}
	go func() { _ = s.http.Serve(l) }() // ends with close; what goes wrong before shows as failed requests
	return s, nil
}

// close waits for the handlers that still run, within a bound.
func (s *server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownWait)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
	}
}

// transport keeps as many idle connections as the load may need: each new one
// would cost a handshake that the virtual clock does not know.
func transport() *http.Transport {
	return &http.Transport{
		MaxIdleConns: 4096, MaxIdleConnsPerHost: 4096, IdleConnTimeout: time.Minute,
		DisableCompression: true, ResponseHeaderTimeout: 0,
	}
}
