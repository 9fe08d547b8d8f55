package fake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// Options of a [Fleet].
type Options struct {
	Scenario *scenarios.Scenario // whose world is served
	Seed     uint64              // of all draws
	Timeline bool                // the timeline begins when New is called; otherwise faults come by hand only
	APIKey   string              // providers ask for it; "" = for none

	// Token is asked for by the admin API; "" = none is, which is for loopback
	// addresses only.
	Token string
	// Journal gets a line of JSON per attempt; nil = none. Lines that it is too
	// slow for are left out and counted.
	Journal io.Writer
}

// Fleet is the fake providers of a world. Make one with [New] and end it with
// [Fleet.Shutdown].
type Fleet struct {
	options Options
	start   time.Time // timeline zero
	journal *journal
	metrics *metrics
	faults  *faults

	mu        sync.Mutex // never held while waiting
	providers []*fakeproviders.Provider
	ports     []*fakeproviders.Port // as providers; nil before Listen
}

// New builds the providers. They answer once [Fleet.Listen] has opened their ports.
func New(o Options) (*Fleet, error) {
	f := &Fleet{options: o, start: time.Now(), metrics: newMetrics(&o.Scenario.World)}
	f.faults = newFaults(f)
	f.journal = newJournal(f.start, o.Journal, f.metrics)
	fresh, err := f.build()
	if err != nil {
		f.journal.close()
		return nil, err
	}
	f.providers = fresh
	return f, nil
}

func (f *Fleet) build() ([]*fakeproviders.Provider, error) {
	return sim.Fakes(f.options.Scenario, sim.FakeOptions{
		Seed: f.options.Seed, Start: f.start, Timeline: f.options.Timeline, APIKey: f.options.APIKey,
		Journal: func(provider string) func(*fakeproviders.Entry) {
			return func(e *fakeproviders.Entry) {
				hit := f.faults.named(e.Faults)
				f.metrics.count(provider, e, hit)
				f.journal.add(provider, e, hit)
			}
		},
	})
}

// world is what is served.
func (f *Fleet) world() *scenarios.World { return &f.options.Scenario.World }

// Listen opens a port per provider: first, first+1 and so on in the order of the
// file, or any free ones if first is 0. On error nothing listens.
func (f *Fleet) Listen(host string, first int) error {
	var ports []*fakeproviders.Port
	f.mu.Lock()
	providers := f.providers
	f.mu.Unlock()
	for i, p := range providers {
		number := 0
		if first > 0 {
			number = first + i
		}
		port, err := p.Listen(net.JoinHostPort(host, strconv.Itoa(number)))
		if err != nil {
			closePorts(context.Background(), ports)
			return err
		}
		ports = append(ports, port)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.providers { // a reset may have come in between
		ports[i].Swap(p)
	}
	f.ports = ports
	return nil
}

// Address is host and port of the provider with that place in the world; "" before
// [Fleet.Listen].
func (f *Fleet) Address(i int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i >= len(f.ports) {
		return ""
	}
	return f.ports[i].Address()
}

// Handler answers as the provider with that place in the world, without a port.
// [Fleet.Reset] puts another one in its place.
func (f *Fleet) Handler(i int) http.Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.providers[i]
}

// Reset puts fresh providers behind the ports: faults by hand are withdrawn, quotas,
// caches and counts are as at the start, the journal is empty. The timeline goes on
// where it is. Attempts in service end as what they began as.
func (f *Fleet) Reset() error {
	err := f.faults.clearThen(func(int) error {
		fresh, err := f.build()
		if err != nil {
			return fmt.Errorf("fake: reset: %w", err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.providers = fresh
		for i, port := range f.ports {
			port.Swap(fresh[i])
		}
		return nil
	})
	if err == nil {
		f.journal.clear()
	}
	return err
}

// each calls do for every provider, and returns its errors.
func (f *Fleet) each(do func(*fakeproviders.Provider) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, p := range f.providers {
		errs = append(errs, do(p))
	}
	return errors.Join(errs...)
}

// Shutdown closes the ports, waits until ctx is done for attempts in service, breaks
// off what is left, and writes what is left of the journal.
func (f *Fleet) Shutdown(ctx context.Context) {
	f.faults.clear()
	f.mu.Lock()
	ports := f.ports
	f.mu.Unlock()
	closePorts(ctx, ports)
	f.journal.close()
}

func closePorts(ctx context.Context, ports []*fakeproviders.Port) {
	var all sync.WaitGroup
	for _, port := range ports {
		all.Go(func() { port.Shutdown(ctx) })
	}
	all.Wait()
}
