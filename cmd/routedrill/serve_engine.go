package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/jetstream"
	"github.com/routedrill/routedrill/router/adapters/otel"
	"github.com/routedrill/routedrill/router/adapters/prometheus"
	"github.com/routedrill/routedrill/router/adapters/webhook"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/router/front"
	"github.com/routedrill/routedrill/router/gateway"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/panel"
	"github.com/routedrill/routedrill/router/queue"
)

// plant is what serve serves, made of its file: the router, and what stands around
// it. All of it outlives a change of the file.
type plant struct {
	logger      *slog.Logger
	name        string // of the file
	tokenFile   string // of --admin-token-file
	front       *front.Front
	incidents   *incident.Tracker
	panel       *panel.Panel
	metrics     *prometheus.Metrics
	traces      *otel.Traces // nil: none
	hook        liveHook     // of alerts
	jobHook     liveHook     // of jobs
	certificate liveCertificate
	token       atomic.Pointer[string]          // of operators
	admin       atomic.Pointer[gateway.Gateway] // where operators are served; nil: nowhere
	options     []router.Option
	router      liveRouter
	fixed       fixed
	load        lastLoad
	conns       int         // of clients, at most; 0 is the default
	leaving     atomic.Bool // a stop has been asked for
	files       []string    // that it is made of; for the one goroutine that reloads
	closers     []func()    // of what is to be closed, in the order in which it was opened
}

// openPlant reads the file and makes the plant of it, which is to be closed.
func openPlant(f *serveFlags, logger *slog.Logger) (_ *plant, err error) {
	p := &plant{logger: logger, name: f.config, tokenFile: f.adminToken}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	first, err := p.read()
	if err != nil {
		return nil, err
	}
	if p.front, err = front.New(first.file.FrontConfig()); err != nil {
		return nil, err // cannot be: it was read
	}
	if p.incidents, err = incident.New(first.incidents); err != nil {
		return nil, err
	}
	p.panel = panel.New(panel.Config{Status: p.router.Status, Spending: p.router.Spending, Incidents: p.incidents.Incidents})
	p.metrics = prometheus.New(prometheus.Sources{Router: p.router.now.Load, Front: p.front.Stats})
	if err := p.openTraces(first); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, func() { p.hook.set(nil, nil); p.jobHook.set(nil, nil) })
	p.options = append(p.options, router.WithLogger(logger), router.WithAudit(p.sinks()), router.WithAlerts(p.incidents, &p.hook), router.WithJobs(&p.jobHook), router.WithOwnAddress(p.owns))
	store, err := p.openStore(first)
	if err != nil {
		return nil, err
	}
	r, err := router.New(first.config, append(p.options, router.WithJobStore(store))...)
	if err != nil {
		return nil, first.file.Locate(err)
	}
	p.router.now.Store(r)
	p.closers = append(p.closers, func() { p.router.now.Load().Close() })
	p.certificate.now.Store(first.certificate)
	p.take(first)
	p.fixed, p.conns = fixedOf(first), first.file.Server.Conns
	p.load.note(nil)
	p.metrics.Loaded(time.Now())
	return p, nil
}

// owns reports whether an address is that of operators, where no provider is.
func (p *plant) owns(a netip.AddrPort) bool {
	g := p.admin.Load()
	return g != nil && g.Owns(a)
}

// requestLog has the lines of requests; those of breakers are the router's own, which
// has the same logger.
type requestLog struct{ audit.Log }

func (requestLog) Breaker(audit.BreakerEvent) {}

// sinks are told of every request. Add yours here.
func (p *plant) sinks() audit.Sinks {
	list := audit.Sinks{requestLog{audit.NewLog(p.logger)}, p.incidents, p.panel, p.metrics}
	if p.traces != nil {
		list = append(list, p.traces)
	}
	return list
}

func (p *plant) newHook(to config.Webhook) *webhook.Webhook {
	return webhook.New(webhook.Config{URL: to.URL, Secret: string(to.Secret), Log: p.logger, Seed: rand.Uint64()})
}

// openStore opens what the queue keeps its jobs in; nil is memory.
func (p *plant) openStore(r *reading) (queue.Store, error) {
	switch {
	case r.config.Queue.Workers == 0:
		return nil, nil
	case r.file.JobsDir == "":
		p.logger.Warn("config", "file", p.name, "warning", "queue has no dir: jobs are lost when the process ends")
		return nil, nil
	}
	store, release, err := openJobs(r.file.JobsDir)
	if err != nil {
		return nil, r.file.Locate(fmt.Errorf("queue.dir: %w", err))
	}
	p.closers = append(p.closers, release)
	return store, nil
}

// close closes what was opened, the last first.
func (p *plant) close() {
	for _, c := range slices.Backward(p.closers) {
		c()
	}
}

// openJobs opens the store of the queue's jobs, which is this process's alone until
// it is closed.
func openJobs(dir string) (queue.Store, func(), error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	switch mine, err := lock.TryLock(); {
	case err != nil:
		return nil, nil, err
	case !mine:
		return nil, nil, fmt.Errorf("%s is in use by another process", dir)
	}
	store, err := jetstream.Open(dir)
	if err != nil {
		_ = lock.Unlock()
		return nil, nil, err
	}
	return store, func() {
		_ = store.Close() // all that was saved is on the disk
		_ = lock.Unlock()
	}, nil
}
