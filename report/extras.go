package report

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// Extras is what came of the requests that a router made beside those of clients:
// shadows, which are sent to another target for comparison, or active probes. They
// are no attempts and nobody received their answers.
type Extras struct {
	Sent    int           `json:"sent"`
	Valid   int           `json:"valid"`                // n of latency: answered whole and validly
	Latency *Distribution `json:"latency_ms,omitempty"` // from sending to the last byte
	// Cost is what was billed for them. It is part of wasted_cost_usd.
	Cost USD `json:"cost_usd"`
}

// shadowsOf sums up a cell's shadows; nil without any.
func shadowsOf(c *record.Cell) *Extras {
	return extrasOf(c.Shadows, c.Journal, func(e *record.Entry) bool { return e.Shadow })
}

// probesOf sums up a cell's active probes; nil without any.
func probesOf(c *record.Cell) *Extras {
	return extrasOf(c.Probes, c.ProbeEntries, func(*record.Entry) bool { return true })
}

// extrasOf sums up extras, and the bills of those entries that are theirs.
func extrasOf(list []record.Extra, journal []record.Entry, theirs func(*record.Entry) bool) *Extras {
	x := Extras{Sent: len(list)}
	if x.Sent == 0 {
		return nil
	}
	var times []float64
	for i := range list {
		if e := &list[i]; e.Valid {
			times = append(times, float64(e.End-e.Start))
		}
	}
	if x.Valid = len(times); x.Valid > 0 {
		slices.Sort(times)
		x.Latency = newDistribution(times)
	}
	var cost int64
	for i := range journal {
		if theirs(&journal[i]) {
			cost += journal[i].BillMicroUSD
		}
	}
	x.Cost = *usd(cost)
	return &x
}
