package report

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// Shadows is what came of the requests that a router also sent to another target,
// for comparison. They are no attempts and nobody received their answers.
type Shadows struct {
	Sent    int           `json:"sent"`
	Valid   int           `json:"valid"`                // n of latency: answered whole and validly
	Latency *Distribution `json:"latency_ms,omitempty"` // from sending to the last byte
	// Cost is what was billed for them. It is part of wasted_cost_usd.
	Cost USD `json:"cost_usd"`
}

// shadowsOf sums up a cell's shadows; nil without any.
func shadowsOf(c *record.Cell) *Shadows {
	s := Shadows{Sent: len(c.Shadows)}
	if s.Sent == 0 {
		return nil
	}
	var times []float64
	for i := range c.Shadows {
		if x := &c.Shadows[i]; x.Valid {
			times = append(times, float64(x.End-x.Start))
		}
	}
	if s.Valid = len(times); s.Valid > 0 {
		slices.Sort(times)
		s.Latency = newDistribution(times)
	}
	var cost int64
	for i := range c.Journal {
		if c.Journal[i].Shadow {
			cost += c.Journal[i].BillMicroUSD
		}
	}
	s.Cost = *usd(cost)
	return &s
}
