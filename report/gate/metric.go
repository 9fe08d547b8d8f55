package gate

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// Metric is one row of a comparison: what is measured, and how much worse it
// may become.
type Metric struct {
	Name   string            // as written: ttft_p95{task:support-chat}
	Metric string            // a name of record.Metrics
	Agg    string            // of a distribution
	Select []record.Selector // the part of the run; empty for all of it
	Settle time.Duration     // leaves out requests scheduled so soon after a fault began

	Gated     bool    // it decides; otherwise it is informational
	Tolerance float64 // at least 0; a share of the base if Relative, else in the metric's unit
	Relative  bool    // differences are of logarithms, and shown as a share of the base
	Text      string  // the tolerance as written
}

// Default returns the metrics that gate a scenario which names none: of
// latency the time to the first token where there are streams, else the p95.
func Default(streams bool) []Metric {
	speed := Metric{Name: "ttft_p95", Metric: "ttft", Agg: "p95", Gated: true, Tolerance: 0.05, Relative: true, Text: "5%"}
	if !streams {
		speed.Name, speed.Metric = "latency_p95", "latency"
	}
	return []Metric{
		{Name: "availability", Metric: "availability", Gated: true, Tolerance: 0.0005, Text: "0.05pp"},
		speed,
		{Name: "cost_per_1k", Metric: "cost_per_1k", Gated: true, Tolerance: 0.02, Relative: true, Text: "2%"},
	}
}

// Informational returns the metrics that are shown beside the gated ones.
func Informational() []Metric {
	return []Metric{
		{Name: "availability", Metric: "availability"},
		{Name: "latency_p50", Metric: "latency", Agg: "p50", Relative: true},
		{Name: "latency_p95", Metric: "latency", Agg: "p95", Relative: true},
		{Name: "ttft_p50", Metric: "ttft", Agg: "p50", Relative: true},
		{Name: "ttft_p95", Metric: "ttft", Agg: "p95", Relative: true},
		{Name: "cost_per_1k", Metric: "cost_per_1k", Relative: true},
		{Name: "wasted_cost", Metric: "wasted_cost"},
		{Name: "retry_amplification", Metric: "retry_amplification"},
		{Name: "client_amplification", Metric: "client_amplification"},
	}
}

// With returns the gated metrics and, after them, the informational ones that
// none of them is.
func With(gated []Metric) []Metric {
	list := append([]Metric(nil), gated...)
	named := make(map[string]bool)
	for _, m := range gated {
		named[m.Name] = true
	}
	for _, m := range Informational() {
		if !named[m.Name] {
			list = append(list, m)
		}
	}
	return list
}

// Threshold returns a threshold that every run meets, through which
// report.Compute measures the metric.
func (m *Metric) Threshold() record.Threshold {
	return record.Threshold{Source: m.Name, Metric: m.Metric, Agg: m.Agg, Select: m.Select, Settle: m.Settle, Op: ">="}
}

// word returns what the metric is about; the zero value for one that does not
// exist.
func (m *Metric) word() record.Metric {
	for _, w := range record.Metrics() {
		if w.Name == m.Metric {
			return w
		}
	}
	return record.Metric{}
}

// difference compares the figures of one seed, on the scale of the test: head −
// base, or the logarithm of their ratio. Otherwise it says why there is none.
func (m *Metric) difference(s *Sample) (d float64, reason string) {
	base, head := s.Base.Value, s.Head.Value
	switch {
	case !s.Base.OK && !s.Head.OK:
		return 0, "too few samples under both configs"
	case !s.Base.OK:
		return 0, "too few samples under BASE"
	case !s.Head.OK:
		return 0, "too few samples under HEAD"
	case !m.Relative || head == base:
		return head - base, ""
	case base <= 0 || head <= 0:
		return 0, "a figure of zero has no relative difference; state the tolerance as an amount"
	}
	return math.Log(head / base), ""
}

// shown turns a difference from the scale of the test into the one of reports.
func (m *Metric) shown(d float64) float64 {
	if m.Relative {
		return math.Expm1(d)
	}
	return d
}

// bound is the tolerance on the scale of the test.
func (m *Metric) bound() float64 {
	switch {
	case !m.Relative:
		return m.Tolerance
	case m.word().HigherIsBetter():
		return -math.Log1p(-min(m.Tolerance, 1)) // losing all of it is infinitely bad
	}
	return math.Log1p(m.Tolerance)
}
