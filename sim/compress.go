package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/routedrill/routedrill/scenarios"
)

// Compress returns a copy of s in which event times and stage lengths are
// divided by n, while rates, latencies and timeouts stay: a six-hour drill that
// the wall clock can run in minutes. A trace is cut, not squeezed, since
// squeezing it would raise its rate.
func Compress(s *scenarios.Scenario, n int) *scenarios.Scenario {
	if n <= 1 {
		return s
	}
	div := func(d time.Duration) time.Duration { return d / time.Duration(n) }
	out := *s
	out.Duration, out.Recovery = div(s.Duration), div(s.Recovery)
	out.Warm.At = div(s.Warm.At)
	out.Timeline = make([]scenarios.Event, len(s.Timeline))
	for i, e := range s.Timeline {
		e.At, e.For = div(e.At), div(e.For)
		e.Ramp.In, e.Ramp.Out = div(e.Ramp.In), div(e.Ramp.Out)
		e.Flap.Period = div(e.Flap.Period)
		out.Timeline[i] = e
	}
	l := &out.World.Load
	l.Stages = make([]scenarios.Stage, len(s.World.Load.Stages))
	for i, st := range s.World.Load.Stages {
		st.For = div(st.For)
		l.Stages[i] = st
	}
	l.Burstiness = scenarios.Compressed(s.World.Load.Burstiness, n)
	l.Spikes = make([]scenarios.Spike, len(s.World.Load.Spikes))
	for i, sp := range s.World.Load.Spikes {
		sp.At, sp.For = div(sp.At), div(sp.For)
		l.Spikes[i] = sp
	}
	return &out
}

// CompressFindings warns of waits of the router that the compressed timeline
// leaves no room for: they stay as long as they were while faults got shorter.
func CompressFindings(s *scenarios.Scenario, policies []Policy) []string {
	var out []string
	for _, e := range s.Timeline {
		for _, p := range policies {
			for what, d := range map[string]time.Duration{
				"breaker.open_for": p.File.Resilience.Breaker.OpenFor, "cooldown.max": p.File.Resilience.Cooldown.Max,
			} {
				if d > e.For {
					out = append(out, fmt.Sprintf("policy %s: %s %s is longer than the compressed fault %s (%s)", p.Name, what, d, e.ID, e.For))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}
