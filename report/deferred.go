package report

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// Deferred is what came of the requests that were accepted as jobs. Whoever waits for
// one counts it as answered if it is done by its deadline; how long it took is no part
// of latency.
type Deferred struct {
	Accepted int           `json:"accepted"`
	Done     int           `json:"done"`              // n of wait: answered whole and validly, by the deadline
	Dead     int           `json:"dead"`              // given up by the router before that
	Wait     *Distribution `json:"wait_ms,omitempty"` // from its acceptance until its caller saw that it was done
}

// deferredOf sums up a cell's jobs; nil without any.
func deferredOf(c *record.Cell) *Deferred {
	var d Deferred
	var waits []float64
	for i := range c.Requests {
		r := &c.Requests[i]
		if r.Accepted == 0 {
			continue
		}
		d.Accepted++
		switch r.Outcome {
		case record.OK:
			waits = append(waits, float64(r.Done-r.Accepted))
		case record.Dead:
			d.Dead++
		}
	}
	if d.Accepted == 0 {
		return nil
	}
	if d.Done = len(waits); d.Done > 0 {
		slices.Sort(waits)
		d.Wait = newDistribution(waits)
	}
	return &d
}
