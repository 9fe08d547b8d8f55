package report

import (
	"slices"

	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/sim/record"
)

// windows measures a metric in each window of the run, counted from its start,
// and takes the lowest, the highest or the mean. A window counts if the filter
// chooses all of its time, so that one which a phase or the end of the run cuts
// short is not judged by the few requests left in it, and if it has a figure. N
// is how many do.
func (j *joined) windows(f filter, t *record.Threshold) Measured {
	n := int(j.run.Duration / t.Window)
	of := j.place(f, t.Window)
	cut := make([]bool, n)
	for i := range j.rows {
		if k := int(j.cell.Requests[i].Scheduled / t.Window); k < n && !j.rows[i].inTime(f) {
			cut[k] = true
		}
	}
	for i, k := range of {
		if k != nowhere && (int(k) >= n || cut[k]) {
			of[i] = nowhere
		}
	}
	var values []float64
	for _, part := range j.compute(f, of, n) {
		if m := part.Measured(t.Metric, t.Agg); m.OK {
			values = append(values, m.Value)
		}
	}
	m := Measured{N: len(values), OK: len(values) > 0}
	switch {
	case !m.OK:
	case t.Over == "min":
		m.Value = slices.Min(values)
	case t.Over == "max":
		m.Value = slices.Max(values)
	case t.Over == "mean":
		m.Value = stats.Mean(values)
	default:
		m.OK = false
	}
	return m
}
