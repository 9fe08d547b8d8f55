package prometheus

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/front"
)

// other stands for every name that is not one of the config's.
const other = "other"

// Sources are asked when metrics are fetched. Each may be nil.
type Sources struct {
	Router func() *router.Router // the one that works now; nil while there is none
	Front  func() front.Stats
}

// Metrics is an audit sink that counts. Make it with [New]; it is safe for
// concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	known    atomic.Pointer[map[string]bool] // what a request may name and be counted for

	requests, jobTries, attempts, extras, timeouts, failovers, skips *prometheus.CounterVec
	transitions, cacheRequests, tokens, spend, reloads               *prometheus.CounterVec

	requestSeconds, requestTTFT, attemptSeconds, attemptTTFT *prometheus.HistogramVec

	reloadOK, reloadTimestamp prometheus.Gauge
}

// New returns metrics that have counted nothing and know no names.
func New(s Sources) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: requests.counter(), jobTries: jobTries.counter(), attempts: attempts.counter(), extras: extras.counter(),
		timeouts: timeouts.counter(), failovers: failovers.counter(), skips: skips.counter(), transitions: transitions.counter(),
		cacheRequests: cacheRequests.counter(), tokens: tokens.counter(), spend: spendDollars.counter(), reloads: reloads.counter(),
		requestSeconds: requestSeconds.histogram(), requestTTFT: requestTTFT.histogram(),
		attemptSeconds: attemptSeconds.histogram(), attemptTTFT: attemptTTFT.histogram(),
		reloadOK: reloadOK.gauge(), reloadTimestamp: reloadTimestamp.gauge(),
	}
	m.known.Store(&map[string]bool{})
	for _, result := range []string{reloadAccepted, reloadRefused} {
		m.reloads.WithLabelValues(result) // to be there before the first, so that an increase can be seen
	}
	m.registry.MustRegister(
		m.requests, m.jobTries, m.attempts, m.extras, m.timeouts, m.failovers, m.skips, m.transitions, m.cacheRequests, m.tokens, m.spend, m.reloads,
		m.requestSeconds, m.requestTTFT, m.attemptSeconds, m.attemptTTFT, m.reloadOK, m.reloadTimestamp,
		states{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Know sets the names that requests are counted for, in place of those there were:
// the routes and targets of a config.
func (m *Metrics) Know(c *router.Config) {
	known := map[string]bool{}
	for _, r := range c.Routes {
		known[r.Name] = true
	}
	for _, p := range c.Providers {
		for _, model := range p.Models {
			known[p.Name+"/"+model.Name] = true
		}
	}
	m.known.Store(&known)
}

// The results of a reload.
const (
	reloadAccepted = "ok"
	reloadRefused  = "refused"
)

// Loaded says that the first config is at work.
func (m *Metrics) Loaded(at time.Time) {
	m.reloadOK.Set(1)
	m.reloadTimestamp.Set(float64(at.UnixMilli()) / 1e3)
}

// Reloaded says that the config was read again, and whether it is at work now.
func (m *Metrics) Reloaded(ok bool, at time.Time) {
	if !ok {
		m.reloads.WithLabelValues(reloadRefused).Inc()
		m.reloadOK.Set(0)
		return
	}
	m.reloads.WithLabelValues(reloadAccepted).Inc()
	m.Loaded(at)
}

// Handler serves the metrics as Prometheus fetches them.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Registry holds the metrics, for programs that add their own.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// route is a record's route as a label.
func (m *Metrics) route(r *audit.Record) string {
	if (*m.known.Load())[r.Route] {
		return r.Route
	}
	return other
}

// Request implements [audit.Sink].
func (m *Metrics) Request(r *audit.Record) {
	route := m.route(r)
	origin := "request"
	switch {
	case r.Probe:
		origin = "probe"
	case r.ShadowOf != "":
		origin = "shadow"
	case r.JobOf != "":
		origin = "job"
		m.jobTries.WithLabelValues(route, r.Outcome.String()).Inc()
	default:
		m.request(r, route)
	}
	for i := range r.Attempts {
		m.attempt(&r.Attempts[i], route, origin)
	}
	for i := range r.Skips {
		provider, model := split(r.Skips[i].Target)
		m.skips.WithLabelValues(provider, model, r.Skips[i].Reason).Inc()
	}
	if origin == "request" || origin == "job" {
		m.moves(r)
	}
}

// request counts a client's request.
func (m *Metrics) request(r *audit.Record, route string) {
	m.requests.WithLabelValues(route, r.Endpoint, r.Outcome.String()).Inc()
	if r.Outcome == audit.Deferred {
		return // what it took says nothing of how long the answer takes
	}
	answered := answered(r.Outcome)
	m.requestSeconds.WithLabelValues(route, strconv.FormatBool(answered)).Observe(r.End.Sub(r.Start).Seconds())
	if r.Cache.State != audit.NotAsked {
		m.cacheRequests.WithLabelValues(route, r.Cache.State.String()).Inc()
	}
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Served && answered && !a.FirstToken.IsZero() {
			m.requestTTFT.WithLabelValues(route).Observe(a.FirstToken.Sub(r.Start).Seconds())
		}
	}
}

// answered reports whether the client got an answer, whole.
func answered(o audit.Outcome) bool {
	switch o {
	case audit.Served, audit.Substituted, audit.Replayed, audit.Cached:
		return true
	}
	return false
}

// Breaker implements [audit.Sink].
func (m *Metrics) Breaker(e audit.BreakerEvent) {
	provider, model := split(e.Target)
	m.transitions.WithLabelValues(provider, model, e.Endpoint, e.To.String(), e.Reason).Inc()
}
