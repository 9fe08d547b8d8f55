package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// TestWhatABudgetIsOverrunBy: no more is booked than a hard limit, and the bill is above
// it by what estimates of attempts that were given up are off. That is less than what
// was reserved for the attempts under way when the first request was refused.
func TestWhatABudgetIsOverrunBy(t *testing.T) {
	const limit, outputMicroUSD = 20_000_000, 15 // of a token of the fallback
	s, err := scenarios.Load("failover-budget", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	s.Policies = s.Policies[1:2]
	require.Equal(t, "hard", s.Policies[0].Name)
	c := &runScenario(t, s, "").Cells[0]
	requireInvariants(t, c)

	type try struct {
		seq    uint32
		target int16
		nth    uint16
	}
	bill := map[try]int64{}
	var billed, booked, off int64
	for _, e := range c.Journal {
		billed += e.BillMicroUSD
		bill[try{e.Seq, e.Target, e.Nth}] = e.BillMicroUSD
	}
	nth := map[try]uint16{}
	for _, a := range c.Attempts {
		k := try{a.Seq, a.Target, 0}
		n := nth[k]
		nth[k]++
		k.nth = n
		booked += a.CostMicroUSD
		if a.Estimated {
			off += bill[k] - a.CostMicroUSD
		}
	}
	require.LessOrEqual(t, booked, int64(limit))
	require.Greater(t, booked, int64(limit*99/100), "the drill comes to its limit")
	require.Equal(t, off, billed-booked, "what was billed above the bookings is what estimates are off")
	require.Positive(t, off)

	// Reserved for each attempt under way was all the output it had asked for, and its
	// prompt, which is left out here.
	out := record.Never
	for _, r := range c.Relays {
		if r.Outcome == record.RelayRefused && (out == record.Never || r.Start < out) {
			out = r.Start
		}
	}
	var reserved int64
	for _, a := range c.Attempts {
		if a.Start <= out && a.End > out && c.TargetName(a.Target) == "anthropic/claude-sonnet-4-6" {
			reserved += int64(s.World.Tasks[c.Requests[a.Seq].Task].MaxTokens) * outputMicroUSD
		}
	}
	require.Positive(t, reserved)
	require.LessOrEqual(t, billed-limit, reserved)
	t.Logf("booked %d, billed %d µUSD of %d; reserved for those under way %d", booked, billed, limit, reserved)
}
