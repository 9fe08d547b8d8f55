package fake

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/scenarios"
)

const (
	// other is the label of what has none of its own: models that nobody serves,
	// faults beyond maxFaultLabels.
	other = "other"
	// maxFaultLabels bounds the ids of faults that become labels: whoever injects
	// chooses them.
	maxFaultLabels = 256
)

// metrics are the Prometheus metrics of a fleet. Their labels are bounded: names
// of the world, endpoints, classes of status, and at most maxFaultLabels ids.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	ttft     *prometheus.HistogramVec
	tokens   *prometheus.CounterVec
	hits     *prometheus.CounterVec
	dropped  prometheus.Counter

	known  map[string][]string // models by provider
	mu     sync.RWMutex        // never held while waiting
	models map[target]*modelMetrics
	faults map[string]bool // ids that are labels
}

// target is what the metrics of an attempt belong to.
type target struct{ provider, model, endpoint string }

// modelMetrics are those of one target, looked up once.
type modelMetrics struct {
	seconds, ttft                     prometheus.Observer
	prompt, cached, output, reasoning prometheus.Counter
	billMicroUSD                      atomic.Int64
	mu                                sync.Mutex
	byStatus                          map[string]prometheus.Counter
}

func newMetrics(w *scenarios.World) *metrics {
	buckets := []float64{0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "routedrill_fake_" + name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("requests_total", "Attempts by how they ended: a class of status, reset, cut or cancelled.", "provider", "model", "endpoint", "status"),
		tokens:   counter("tokens_total", "Tokens billed; cached is part of prompt, reasoning of output.", "provider", "model", "endpoint", "kind"),
		hits:     counter("fault_hits_total", "Attempts that a fault hit.", "provider", "fault"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "routedrill_fake_duration_seconds", Help: "From arrival to the end of an attempt.", Buckets: buckets,
		}, []string{"provider", "model", "endpoint"}),
		ttft: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "routedrill_fake_ttft_seconds", Help: "From arrival to the first token, where there was one.", Buckets: buckets,
		}, []string{"provider", "model", "endpoint"}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "routedrill_fake_journal_dropped_total", Help: "Lines that the journal's file was too slow for, or did not take.",
		}),
		known: map[string][]string{}, models: map[target]*modelMetrics{}, faults: map[string]bool{},
	}
	m.registry.MustRegister(m.requests, m.tokens, m.hits, m.seconds, m.ttft, m.dropped,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for i := range w.Providers {
		for _, model := range w.Providers[i].Models {
			m.known[w.Providers[i].Name] = append(m.known[w.Providers[i].Name], model.Name)
		}
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// count adds an attempt.
func (m *metrics) count(provider string, e *fakeproviders.Entry, hit []string) {
	t := target{provider, e.Model, e.Endpoint}
	if !slices.Contains(m.known[provider], e.Model) {
		t.model = other
	}
	of := m.of(t)
	of.status(m, t, statusClass(e)).Inc()
	of.seconds.Observe((e.Ended - arrived(e)).Seconds())
	if e.FirstToken != fakeproviders.Never {
		of.ttft.Observe((e.FirstToken - e.Arrived).Seconds())
	}
	for _, c := range []struct {
		to *prometheus.Counter
		n  int
	}{{&of.prompt, e.PromptTokens}, {&of.cached, e.CachedTokens}, {&of.output, e.OutputTokens}, {&of.reasoning, e.ReasoningTokens}} {
		if c.n > 0 {
			(*c.to).Add(float64(c.n))
		}
	}
	of.billMicroUSD.Add(max(e.BillMicroUSD, 0))
	for _, id := range hit {
		m.hits.WithLabelValues(provider, m.label(id)).Inc()
	}
}

// of returns the metrics of a target.
func (m *metrics) of(t target) *modelMetrics {
	m.mu.RLock()
	of := m.models[t]
	m.mu.RUnlock()
	if of != nil {
		return of
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if of = m.models[t]; of == nil {
		kind := func(kind string) prometheus.Counter {
			return m.tokens.WithLabelValues(t.provider, t.model, t.endpoint, kind)
		}
		of = &modelMetrics{
			seconds: m.seconds.WithLabelValues(t.provider, t.model, t.endpoint),
			ttft:    m.ttft.WithLabelValues(t.provider, t.model, t.endpoint),
			prompt:  kind("prompt"), cached: kind("cached"), output: kind("output"), reasoning: kind("reasoning"),
			byStatus: map[string]prometheus.Counter{},
		}
		// Summed up as whole micro-dollars: dollars would gather rounding errors.
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "routedrill_fake_billed_usd_total", Help: "What the attempts cost.",
			ConstLabels: prometheus.Labels{"provider": t.provider, "model": t.model, "endpoint": t.endpoint},
		}, func() float64 { return float64(of.billMicroUSD.Load()) / 1e6 }))
		m.models[t] = of
	}
	return of
}

// status returns the counter of one way to end.
func (of *modelMetrics) status(m *metrics, t target, class string) prometheus.Counter {
	of.mu.Lock()
	defer of.mu.Unlock()
	c := of.byStatus[class]
	if c == nil {
		c = m.requests.WithLabelValues(t.provider, t.model, t.endpoint, class)
		of.byStatus[class] = c
	}
	return c
}

// statusClass is how an attempt ended, in few words.
func statusClass(e *fakeproviders.Entry) string {
	switch e.End {
	case fakeproviders.EndComplete, fakeproviders.EndError:
		return strconv.Itoa(e.Status/100) + "xx"
	}
	return ends[e.End]
}

// label returns the label of a fault.
func (m *metrics) label(id string) string {
	m.mu.RLock()
	known, many := m.faults[id], len(m.faults) >= maxFaultLabels
	m.mu.RUnlock()
	switch {
	case known:
		return id
	case many:
		return other
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.faults) >= maxFaultLabels && !m.faults[id] {
		return other
	}
	m.faults[id] = true
	return id
}
