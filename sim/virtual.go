package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/sim/internal/bubble"
	"github.com/routedrill/routedrill/sim/internal/inproc"
	"github.com/routedrill/routedrill/sim/record"
)

// drain is how long after the last deadline a run may take to come to rest.
const drain = time.Minute

// virtual runs the cell in a bubble of its own.
func (c *cell) virtual() (record.Cell, error) {
	guard := newWatchdog(patience)
	defer guard.stop()
	var out record.Cell
	var inside error
	finished := make(chan error, 1)
	go func() {
		finished <- bubble.Run(func() {
			time.Sleep(time.Until(c.scenario.Start))
			out, inside = c.inBubble(guard)
		})
	}()
	select {
	case err := <-finished:
		if err == nil {
			err = inside
		}
		return out, err
	case err := <-guard.barked:
		return out, err
	}
}

// inBubble is the run itself; it returns once everything it started has ended.
func (c *cell) inBubble(guard *watchdog) (record.Cell, error) {
	origin := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	col := newCollector(c.names, origin, len(c.plan.Arrivals), c.progress)
	col.explain, col.routes = c.explain, numbers(c.routes())
	guard.watch(col)
	var panics firstPanic

	providers, err := c.providers(origin, col)
	if err != nil {
		return record.Cell{}, err
	}
	var hops []*inproc.Transport
	newHop := func(h http.Handler, name string) *inproc.Transport {
		t := &inproc.Transport{Handler: h, Delay: c.hopDelay(name, origin), OnPanic: panics.note}
		hops = append(hops, t)
		return t
	}
	hosts := httpmock.NewMockTransport()
	for _, p := range c.scenario.World.Providers {
		hop := newHop(providers[p.Name], p.Name)
		d := dialectOf(p.Wire)
		for _, r := range d.routes(p.Models) {
			hosts.RegisterResponder(r.method, virtualHost(p.Name)+d.base+r.path, func(req *http.Request) (*http.Response, error) {
				return hop.RoundTripContext(unshielded(req), req)
			})
		}
	}
	config := c.config
	for i := range config.Providers {
		own := &config.Providers[i]
		own.BaseURL = virtualHost(own.Name) + dialectOf(own.Wire).base
	}
	engine, err := c.gateway(config, &registry{hosts}, col)
	if err != nil {
		return record.Cell{}, err
	}
	gateway := newHop(engine, "gateway")

	late := false
	horizon := time.AfterFunc(c.scenario.Duration+c.longest()+drain, func() {
		late = true
		cancel()
	})
	c.attack(cancel, c.client(ctx, origin, col, gateway, &url.URL{Scheme: "http", Host: "gateway.drill", Path: "/v1"}))
	horizon.Stop()
	cancel()
	// The gateway first: its handlers may still be talking to providers. So may what
	// the router does beside them.
	gateway.Close()
	finish(engine)
	for i := len(hops) - 2; i >= 0; i-- {
		hops[i].Close()
	}
	if err := panics.err(); err != nil {
		return record.Cell{}, err
	}
	if late {
		return record.Cell{}, fmt.Errorf("sim: the run did not end by itself %s after its last deadline", drain)
	}
	return c.result(col)
}

// virtualHost is where a fake is in the bubble; nothing resolves it.
func virtualHost(provider string) string { return "http://" + provider + ".drill" }

// registry sends a request to the fake its host names. An unknown host is an
// error, never a socket.
//
// The mock transport must not see a context that can be cancelled: it would
// then run the responder on a goroutine of its own, return the context's error
// in place of its cause, and ignore a cancellation after the headers. So it
// gets a shielded one, and the hop behind it the real one.
type registry struct{ hosts *httpmock.MockTransport }

func (r *registry) RoundTrip(req *http.Request) (*http.Response, error) {
	return r.hosts.RoundTrip(req.WithContext(shielded{req.Context()}))
}

// shielded hides the cancellation of the context it holds.
type shielded struct{ inner context.Context } //nolint:containedctx // it is a context

func (shielded) Deadline() (time.Time, bool) { return time.Time{}, false }
func (shielded) Done() <-chan struct{}       { return nil }
func (shielded) Err() error                  { return nil }
func (s shielded) Value(key any) any         { return s.inner.Value(key) }

// unshielded is the real context of a request that came through the registry.
func unshielded(req *http.Request) context.Context {
	if s, ok := req.Context().(shielded); ok {
		return s.inner
	}
	return req.Context()
}

// hopDelay draws the time of a hop: 50 to 950 µs to the nanosecond, so that no
// two requests arrive on one instant. It is keyed by the instant too, which
// tells apart the tries of one request.
func (c *cell) hopDelay(name string, origin time.Time) func(*http.Request) time.Duration {
	const least, span = 50 * time.Microsecond, 900 * time.Microsecond
	return func(req *http.Request) time.Duration {
		id := req.Header.Get("X-Client-Request-Id")
		h := keyed.Hash(c.seed, "hop", id, name, int(time.Since(origin)))
		return least + time.Duration(h%uint64(span))
	}
}

// firstPanic keeps the first panic of a handler.
type firstPanic struct {
	mu   sync.Mutex
	text string
}

func (p *firstPanic) note(v any, stack []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text == "" {
		p.text = fmt.Sprintf("%v\n%s", v, stack)
	}
}

func (p *firstPanic) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text == "" {
		return nil
	}
	return fmt.Errorf("sim: a handler panicked: %s", p.text)
}
