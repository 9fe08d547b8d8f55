package report

import (
	"fmt"
	"strings"

	"github.com/routedrill/routedrill/sim/record"
)

// figures measures what each threshold of the run speaks of.
func (j *joined) figures(cell *Cell) []figure {
	list := make([]figure, len(j.run.Thresholds))
	for i := range list {
		t := &j.run.Thresholds[i]
		list[i] = figure{j.lookUp(cell, t), j.hidden(t.Metric)}
	}
	return list
}

// figure is what a threshold speaks of in one cell.
type figure struct {
	Measured
	hidden bool // cannot be seen from outside
}

// references is what thresholds may be held against: the figures of each policy,
// and of each policy without faults, by seed.
type references map[reference][]figure

type reference struct {
	policy string
	seed   uint64
	calm   bool // without faults
}

// bound is what a threshold is held against in one cell; otherwise it says why
// there is nothing, and whether it does not concern the cell at all.
func (r references) bound(t *record.Threshold, k int, cell *Cell) (bound float64, reason string, skip bool) {
	if t.Than == "" {
		return t.Value, "", false
	}
	if t.Than == cell.Policy {
		return 0, "compares others with it", true
	}
	at := reference{policy: t.Than, seed: cell.Seed}
	if t.Than == record.Steady {
		at = reference{policy: cell.Policy, seed: cell.Seed, calm: true}
	}
	list, ran := r[at]
	switch {
	case !ran:
		return 0, t.Than + " was not run", false
	case list[k].Never:
		return 0, t.Than + ": never", false
	case !list[k].OK:
		return 0, "too few samples under " + t.Than, false
	}
	return t.Factor*list[k].Value + t.Value, "", false
}

// judge holds one threshold against one cell.
func (r references) judge(t *record.Threshold, k int, cell *Cell, m figure) Threshold {
	out := Threshold{
		Source: t.Source, Metric: t.Metric, Agg: t.Agg, Op: t.Op, Value: Number(t.Value), Unit: unitOf(t.Metric),
		Than: t.Than, Factor: Number(t.Factor), N: m.N, Never: m.Never, Avoided: m.Avoided, Verdict: Inconclusive, Absent: t.Absent, NotVisible: m.hidden,
	}
	if m.OK {
		out.Measured = number(m.Value)
	}
	if t.Absent != "" || m.hidden {
		out.Verdict = Skipped
		return out
	}
	bound, reason, skip := r.bound(t, k, cell)
	switch {
	case skip:
		out.Verdict, out.Reason = Skipped, reason
		return out
	case reason != "":
		out.Reason = reason
		return out
	}
	out.Bound = number(bound)
	switch {
	case m.Never: // longer than any bound
		out.Verdict = Failed
		if strings.HasPrefix(t.Op, ">") {
			out.Verdict = Pass
		}
	case m.Avoided: // shorter than any bound
		if strings.HasPrefix(t.Op, "<") {
			out.Verdict = Pass
		}
	case m.OK:
		out.Verdict = compare(m.Value, t.Op, bound)
	}
	return out
}

// lookUp measures what a threshold speaks of. A selector that names nothing
// of the run chooses nothing.
func (j *joined) lookUp(cell *Cell, t *record.Threshold) Measured {
	f, fault := everything(), ""
	f.settle = t.Settle
	for _, s := range t.Select {
		found := false
		switch s.Key {
		case "phase":
			f.phase, found = phaseNumber(j.run, s.Value)
		case "task":
			f.task, found = indexOf(j.cell.Tasks, s.Value)
		case "provider":
			f.provider, found = indexOf(j.cell.Providers, s.Value)
		case "fault":
			fault, found = s.Value, true
		}
		if !found {
			return Measured{}
		}
	}
	return cell.reaction(t.Metric, fault, func() Measured {
		if t.Window > 0 {
			return j.windows(f, t)
		}
		return j.measure(f).Measured(t.Metric, t.Agg)
	})
}

// compare judges a measured value. An operator that is not one judges
// nothing.
func compare(value float64, op string, bound float64) Verdict {
	held := false
	switch op {
	case "<":
		held = value < bound
	case "<=":
		held = value <= bound
	case ">":
		held = value > bound
	case ">=":
		held = value >= bound
	case "==":
		held = value == bound
	default:
		return Inconclusive
	}
	if held {
		return Pass
	}
	return Failed
}

func indexOf(names []string, name string) (int16, bool) {
	for i := range names {
		if names[i] == name {
			return int16(i), true
		}
	}
	return record.None, false
}

// unitOf returns the unit of a metric, empty for an unknown one.
func unitOf(metric string) string {
	for _, m := range record.Metrics() {
		if m.Name == metric {
			return m.Unit
		}
	}
	return ""
}

// verdict judges a cell by what is its own: its invariants, and whether it ran to
// the end.
func (c *Cell) verdict() (Verdict, []string) {
	verdict, reasons := Pass, []string(nil)
	because := func(v Verdict, format string, args ...any) {
		verdict = verdict.worse(v)
		reasons = append(reasons, fmt.Sprintf(format, args...))
	}
	for _, inv := range c.Invariants {
		if inv.Violations > 0 {
			because(Broken, "invariant %d broken: %s (%d of %d)", inv.Number, inv.Name, inv.Violations, inv.Checked)
		}
	}
	if c.Interrupted {
		because(Inconclusive, "the run was interrupted")
	}
	return verdict, reasons
}

func number(v float64) *Number {
	n := Number(v)
	return &n
}
