package report

import (
	"fmt"

	"github.com/routedrill/routedrill/sim/record"
)

// judge holds the thresholds of the run against one cell.
func (j *joined) judge(cell *Cell) []Threshold {
	list := make([]Threshold, 0, len(j.run.Thresholds))
	for i := range j.run.Thresholds {
		t := &j.run.Thresholds[i]
		m := j.lookUp(cell, t)
		verdict := Inconclusive
		switch {
		case t.Absent != "" || j.hidden(t.Metric):
			verdict = Skipped
		case m.Never: // longer than any bound
			verdict = Failed
			if t.Op == ">" || t.Op == ">=" {
				verdict = Pass
			}
		case m.Avoided: // shorter than any bound
			if t.Op == "<" || t.Op == "<=" {
				verdict = Pass
			}
		case m.OK:
			verdict = compare(m.Value, t.Op, t.Value)
		}
		result := Threshold{
			Source: t.Source, Metric: t.Metric, Agg: t.Agg, Op: t.Op, Value: Number(t.Value), Unit: unitOf(t.Metric),
			N: m.N, Never: m.Never, Avoided: m.Avoided, Verdict: verdict, Absent: t.Absent, NotVisible: j.hidden(t.Metric),
		}
		if m.OK {
			value := Number(m.Value)
			result.Measured = &value
		}
		list = append(list, result)
	}
	return list
}

// lookUp measures what a threshold speaks of. A selector that names nothing
// of the run chooses nothing.
func (j *joined) lookUp(cell *Cell, t *record.Threshold) Measured {
	f, fault := everything(), ""
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
	return cell.reaction(t.Metric, fault, func() Measured { return j.measure(f).Measured(t.Metric, t.Agg) })
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

// verdict judges a cell by its invariants, its thresholds and its load.
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
	for i := range c.Thresholds {
		switch t := &c.Thresholds[i]; t.Verdict {
		case Failed:
			because(Failed, "threshold crossed: %s", t.Source)
		case Inconclusive:
			because(Inconclusive, "threshold without enough samples (n=%d): %s", t.N, t.Source)
		default: // it holds
		}
	}
	if c.Interrupted {
		because(Inconclusive, "the run was interrupted")
	}
	if verdict == Pass && !c.Gated {
		verdict = Ungated
	}
	return verdict, reasons
}
