package swarm_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// reach counts in how many runs something came about. A swarm that draws much
// and reaches little would find nothing either.
type reach struct {
	mu   sync.Mutex
	runs map[string]int
}

// note adds what a run came to.
func (r *reach) note(run *record.Run) {
	c := &run.Cells[0]
	seen := map[string]bool{}
	for i := range c.Requests {
		seen["request "+c.Requests[i].Outcome.String()] = true
		seen["a job that is done"] = seen["a job that is done"] || c.Requests[i].Accepted > 0 && c.Requests[i].Outcome == record.OK
		seen["a request with limits"] = seen["a request with limits"] || c.Requests[i].Bound > 0
	}
	for i := range c.Bounds {
		seen["a budget"] = seen["a budget"] || c.Bounds[i].Budgets != nil
	}
	for i := range c.Relays {
		y := &c.Relays[i]
		seen["relay "+y.Outcome.String()] = true
		seen["a request without budget"] = seen["a request without budget"] || y.Outcome == record.RelayRefused && y.Status == 429 && y.Attempts == 0
		seen["cache "+y.Cache.String()] = true
	}
	for i := range c.Attempts {
		a := &c.Attempts[i]
		seen["attempt "+c.Reasons[a.Reason]] = true
		if c.Reasons[a.Reason] == audit.ConnectRefused {
			seen["fault refuse"] = true // its victims arrive nowhere, so no journal has them
		}
		seen["a probe"] = seen["a probe"] || a.Probe
		seen["a retry"] = seen["a retry"] || a.Retry
		seen["a hedge that answers"] = seen["a hedge that answers"] || a.Hedge && a.Served
		seen["a hedge"] = seen["a hedge"] || a.Hedge
		seen["a last resort"] = seen["a last resort"] || a.LastResort
		seen["an estimate"] = seen["an estimate"] || a.Estimated && a.CostMicroUSD > 0
	}
	for i := range c.Shadows {
		seen["a shadow"] = true
		seen["a shadow that is valid"] = seen["a shadow that is valid"] || c.Shadows[i].Valid
	}
	for _, t := range c.Transitions {
		seen["a breaker of a second router"] = seen["a breaker of a second router"] || t.Replica > 0
	}
	for _, a := range c.Alerts {
		seen["an alert"] = true
		seen["an alert that clears"] = seen["an alert that clears"] || a.Cleared
	}
	for i := range c.Probes {
		seen["an active probe"] = true
		seen["an active probe of a half-open breaker"] = seen["an active probe of a half-open breaker"] || c.Probes[i].HalfOpen
	}
	for i := range c.Journal {
		e := &c.Journal[i]
		seen["entry "+e.End.String()] = true
		if e.Wait > 0 {
			seen["a stated wait"] = true
		}
		for k := range run.Faults {
			if e.Faults&(1<<k) != 0 {
				seen["fault "+run.Faults[k].Kind] = true
			}
		}
	}
	for _, t := range c.Transitions {
		seen["breaker "+t.To.String()] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, came := range seen {
		if came {
			r.runs[what]++
		}
	}
}

// missing lists what a large swarm should have come to and has not.
func (r *reach) missing() (list []string) {
	wanted := []string{
		"a probe", "a retry", "a last resort", "a hedge", "a hedge that answers", "attempt hedge_lost", "an estimate", "a stated wait",
		"a request with limits", "a budget", "a request without budget", "a breaker of a second router", "a shadow", "a shadow that is valid",
		"an alert", "an alert that clears", "an active probe", "an active probe of a half-open breaker", "relay replayed",
		"relay deferred", "a job that is done", "request dead", "cache hit", "cache stale", "cache miss", "breaker open", "breaker half-open", "breaker closed",
	}
	for _, k := range sim.Vocabulary().Faults {
		wanted = append(wanted, "fault "+k.Name)
	}
	for _, what := range wanted {
		if r.runs[what] == 0 {
			list = append(list, what)
		}
	}
	return list
}

func (r *reach) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(r.runs)) {
		fmt.Fprintf(&b, "\n  %4d  %s", r.runs[what], what)
	}
	return b.String()
}
