package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/stats"
)

const (
	// Level is the level of the interval of a row when there is one look.
	Level = 0.95
	// Alarms is the highest share of runs of a HEAD within every tolerance that
	// say worse.
	Alarms = (1 - Level) / 2
	// rounding is how far beyond the tolerance still reaches it: 99.90 % − 99.95 % is a
	// little more than 0.05 points in floating point.
	rounding = 1e-12
	// MinConstant is how many equal differences count as an interval of one value.
	MinConstant = 5
)

// Sample is the two figures of one seed.
type Sample struct {
	Seed       uint64
	Base, Head report.Measured
}

// Test is the data of one row.
type Test struct {
	Scenario string
	Metric   Metric
	Samples  []Sample
}

// Judge judges the rows of a run together. Looks is how often the data may be
// looked at in all, this time included; less than 1 is 1.
func Judge(tests []Test, looks int) []Row {
	looks = max(looks, 1)
	rows := make([]Row, len(tests))
	paired := make([]stats.Paired, len(tests))
	for i := range tests {
		rows[i], paired[i] = describe(&tests[i], looks)
	}
	gated := adjust(tests, rows, paired)
	for i := range tests {
		if rows[i].Gated {
			rows[i].decide(&tests[i].Metric, &paired[i], looks, gated)
		}
	}
	return rows
}

// describe measures one row.
func describe(t *Test, looks int) (Row, stats.Paired) {
	m := &t.Metric
	row := Row{
		Metric: m.Name, Unit: m.word().Unit, Gated: m.Gated, Relative: m.Relative, Tolerance: m.Text,
		HigherIsBetter: m.word().HigherIsBetter(), Seeds: len(t.Samples),
	}
	if slices.ContainsFunc(t.Samples, func(s Sample) bool { return s.Base.Hidden || s.Head.Hidden }) {
		row.NotVisible, row.Gated, row.Reason = true, false, "it cannot be seen from outside the gateways"
		return row, stats.Paired{}
	}
	var base, head, differences []float64
	worst := 0.0
	for i := range t.Samples {
		s := &t.Samples[i]
		d, reason := m.difference(s)
		if reason != "" {
			row.Reason = fmt.Sprintf("seed %d: %s", s.Seed, reason)
			break
		}
		base, head, differences = append(base, s.Base.Value), append(head, s.Head.Value), append(differences, d)
		if row.Worst == nil || row.bad(d) > row.bad(worst) {
			worst = d
			row.Worst = &Worst{
				Seed: s.Seed, Base: report.Number(s.Base.Value), Head: report.Number(s.Head.Value), Difference: report.Number(m.shown(d)),
			}
		}
	}
	var p stats.Paired
	if row.Reason != "" {
		row.Worst = nil
		return row, p
	}
	if len(t.Samples) > 0 {
		row.Base, row.Head = number(stats.Mean(base)), number(stats.Mean(head))
	}
	p = stats.NewPaired(differences, key(t.Scenario, m.Name))
	switch {
	case p.Method == stats.MethodNone:
		row.Reason = fmt.Sprintf("an interval needs 2 seeds, there are %d", p.N)
	case p.Method == stats.MethodConstant && p.N < MinConstant:
		row.Reason = fmt.Sprintf("%d equal differences: too few to say that there is no spread, %d are needed", p.N, MinConstant)
	}
	if row.Reason != "" {
		if len(differences) > 0 {
			row.Difference = number(m.shown(stats.Mean(differences)))
		}
		return row, stats.Paired{}
	}
	low, high := p.Interval(level(looks))
	row.Difference, row.Low, row.High, row.Method = number(m.shown(p.Mean)), number(m.shown(low)), number(m.shown(high)), p.Method
	return row, p
}

// adjust fills in the p-values, corrected over all gated rows, and counts those.
func adjust(tests []Test, rows []Row, paired []stats.Paired) int {
	var gated []int
	var worse, better []float64
	for i := range tests {
		if !rows[i].Gated {
			continue
		}
		gated = append(gated, i)
		up := paired[i]
		if rows[i].HigherIsBetter {
			up = up.Negated()
		}
		down := up.Negated()
		worse = append(worse, up.Above(tests[i].Metric.bound()+rounding))
		better = append(better, down.Above(0))
	}
	worse, better = stats.Holm(worse), stats.Holm(better)
	for k, i := range gated {
		rows[i].PWorse, rows[i].PBetter = number(worse[k]), number(better[k])
	}
	return len(gated)
}

// decide gives a gated row its verdict; gated is how many such rows there are.
func (r *Row) decide(m *Metric, p *stats.Paired, looks, gated int) {
	r.Verdict = Inconclusive
	if r.Reason != "" {
		return
	}
	alarm := Alarms / float64(looks)
	low, high := p.Interval(level(looks))
	end, good := max(r.bad(low), r.bad(high)), min(r.bad(low), r.bad(high))
	switch {
	case float64(*r.PWorse) <= alarm:
		r.Verdict = Worse
	case end <= m.bound()+rounding:
		r.Verdict = NonInferior
		r.Better = float64(*r.PBetter) <= alarm
	case good > m.bound()+rounding:
		r.Reason = fmt.Sprintf("beyond the tolerance by itself, but not after the correction for all %d gated rows: p %.2g of at most %.2g",
			gated, float64(*r.PWorse), alarm)
	default:
		r.Reason = "the interval reaches beyond the tolerance"
	}
}

// bad turns a difference so that up is worse.
func (r *Row) bad(d float64) float64 {
	if r.HigherIsBetter {
		return -d
	}
	return d
}

func level(looks int) float64 { return 1 - (1-Level)/float64(looks) }

// number keeps what is a number; infinite ends of an interval are none.
func number(v float64) *report.Number {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	n := report.Number(v)
	return &n
}

// key makes a row's key for the bootstrap from its names (FNV-1a).
func key(names ...string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, s := range names {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 0x100000001b3
		}
		h = (h ^ 0xff) * 0x100000001b3
	}
	return h
}
