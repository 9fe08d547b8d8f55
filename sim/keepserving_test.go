package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// TestKeepServing runs the short drills of the pack: each keeps every invariant, passes
// its own thresholds, and shows what its text says of the policy beside.
func TestKeepServing(t *testing.T) {
	for _, row := range []struct {
		name  string
		shows func(t *testing.T, run *record.Run, r *report.Result)
	}{
		{"embedding-refresh", refreshed},
		{"retry-storm-in-drain", stormed},
		{"spend-spike", dearer},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, err := scenarios.Load(row.name, scenarios.Options{}, sim.Vocabulary())
			require.NoError(t, err)
			run := runScenario(t, s, "")
			for i := range run.Cells {
				requireInvariants(t, &run.Cells[i])
			}
			r := report.Compute(run, nil)
			require.Equal(t, report.Pass, r.Verdict)
			row.shows(t, run, r)
		})
	}
}

// While its provider is down the refresh is probes, one at a time, and afterwards it is
// done within what the quota has to spare.
func refreshed(t *testing.T, run *record.Run, r *report.Result) {
	const search, rpm = 0, 60
	c, outage := &run.Cells[1], run.Faults[0]
	d := drainOf(t, c, outage.End)
	took, kept := d.to-d.from, d.allowed(c, rpm, 0.2)
	at, n := p95(c, search, d.from, d.to)
	t.Logf("%d jobs resumed and done in %s, with %s of spare quota; p95 of %d searches meanwhile %s", d.jobs,
		took.Round(time.Second), kept.Round(time.Second), n, at.Round(time.Millisecond))
	require.Greater(t, d.jobs, 500)
	require.Less(t, took, kept)
	require.Zero(t, overQuota(c))
	require.Less(t, paused(c, outage), 120, "jobs begun in the outage")
	require.Nil(t, r.Cells[0].Deferred)
	require.Equal(t, r.Cells[1].Deferred.Accepted, r.Cells[1].Deferred.Done)
}

// paused counts the executions that began within a fault.
func paused(c *record.Cell, f record.Fault) (n int) {
	for i := range c.Relays {
		if r := &c.Relays[i]; r.Job && r.Start >= f.Start && r.Start < f.End {
			n++
		}
	}
	return n
}

// Without a retry budget and a breaker providers get several times the attempts, and
// jobs die of them.
func stormed(t *testing.T, run *record.Run, r *report.Result) {
	of := func(i int) float64 { return float64(*r.Cells[i].Phases.Get("storm").RetryAmplification) }
	dead := [2]int{r.Cells[0].Deferred.Dead, r.Cells[1].Deferred.Dead}
	t.Logf("attempts per request in the storm: %.2f without a budget and a breaker, %.2f with them; dead jobs %v", of(0), of(1), dead)
	require.Greater(t, of(0), 2*of(1))
	require.Positive(t, dead[0])
	require.Zero(t, dead[1])
	require.Zero(t, overQuota(&run.Cells[1]))
}

// A budget holds by the router's own books, which know nothing of a price that nobody
// told it of.
func dearer(t *testing.T, run *record.Run, _ *report.Result) {
	const limit = 250_000 // micro-dollars an hour
	var booked, billed [2]int64
	for i := range run.Cells {
		c := &run.Cells[i]
		for k := range c.Attempts {
			if a := &c.Attempts[k]; c.TargetName(a.Target)[0] == 'd' && a.Start >= time.Hour && a.Start < 2*time.Hour {
				booked[i] += a.CostMicroUSD
			}
		}
		for k := range c.Journal {
			if e := &c.Journal[k]; c.TargetName(e.Target)[0] == 'd' && e.Arrived >= time.Hour && e.Arrived < 2*time.Hour {
				billed[i] += e.BillMicroUSD
			}
		}
	}
	t.Logf("in the first dear hour $%.2f booked at that provider and $%.2f billed; with the price and a ceiling told $%.2f", usd(booked[0]), usd(billed[0]), usd(billed[1]))
	require.Less(t, booked[0], int64(limit))
	require.Greater(t, billed[0], 4*int64(limit))
	require.Zero(t, billed[1])
}

func usd(micro int64) float64 { return float64(micro) / 1e6 }
