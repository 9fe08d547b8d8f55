package prometheus

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// states asks the sources for what is.
type states struct{ Sources }

// descs of what is asked for, by name.
var descs = func() map[string]*prometheus.Desc {
	m := map[string]*prometheus.Desc{}
	for _, s := range []spec{
		breakerState, cooling, burning, inFlight, inFlightMost, queueJobs, queueBytes, budgetLimit, budgetSpent, budgetLeft,
		cacheEntries, cacheBytes, refused, underWay, bodyBytes,
	} {
		m[s.name] = s.desc()
	}
	return m
}()

// Describe implements [prometheus.Collector].
func (states) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descs {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (s states) Collect(to chan<- prometheus.Metric) {
	say := func(of spec, value float64, labels ...string) {
		t := prometheus.GaugeValue
		if of.kind == counter {
			t = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(descs[of.name], t, value, labels...)
	}
	if s.Router != nil {
		if r := s.Router(); r != nil {
			targets(r.Status(), say)
			cached := r.CacheStats()
			say(cacheEntries, float64(cached.Entries))
			say(cacheBytes, float64(cached.Bytes))
		}
	}
	if s.Front != nil {
		n := s.Front()
		say(refused, float64(n.Unauthorized), "unauthorized")
		say(refused, float64(n.OverQuota), "over_quota")
		say(refused, float64(n.Shed), "shed")
		say(refused, float64(n.TooLarge), "too_large")
		say(underWay, float64(n.UnderWay))
		say(bodyBytes, float64(n.BodyBytes))
	}
}

// breakerStates are the numbers of a breaker's states.
var breakerStates = map[string]float64{audit.Closed.String(): 0, audit.HalfOpen.String(): 1, audit.Open.String(): 2}

// targets says how targets, budgets and the queue are.
func targets(s router.Status, say func(of spec, value float64, labels ...string)) {
	said := map[string]bool{} // of a target, whatever the endpoint
	for _, t := range s.Targets {
		provider, model := split(t.Target)
		if t.Endpoint != "" {
			say(breakerState, breakerStates[t.State], provider, model, t.Endpoint)
		}
		for _, a := range t.Alerts {
			say(burning, 1, provider, model, t.Endpoint, a.Signal, a.Burn)
		}
		if !said[t.Target] {
			said[t.Target] = true
			say(cooling, one(t.CoolingUntil != nil), provider, model)
		}
	}
	for _, b := range s.Bulkheads {
		if b.Target != "" {
			continue
		}
		say(inFlight, float64(b.InFlight), b.Provider)
		if b.MaxConcurrent > 0 {
			say(inFlightMost, float64(b.MaxConcurrent), b.Provider)
		}
	}
	for _, b := range s.Budgets {
		say(budgetLimit, b.LimitUSD, b.Name)
		say(budgetSpent, b.SpentUSD, b.Name)
		say(budgetLeft, b.LimitUSD-b.SpentUSD-b.HeldUSD, b.Name)
	}
	if q := s.Queue; q != nil {
		say(queueJobs, float64(q.Queued), "queued")
		say(queueJobs, float64(q.Running), "running")
		say(queueJobs, float64(q.Done), "done")
		say(queueJobs, float64(q.Dead), "dead")
		say(queueBytes, float64(q.Bytes))
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
