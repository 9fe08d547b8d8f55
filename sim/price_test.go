package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

// TestPriceSpike: a router goes by the prices it was told. One that nobody tells
// stays and pays; its ledger is off by exactly what the change cost, and the
// report says so.
func TestPriceSpike(t *testing.T) {
	s, err := scenarios.Load("price-spike", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	policies, err := sim.Policies(s, []string{"cost-first", "cost-first-told"}, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}})
	require.NoError(t, err)
	found := map[int][]report.Invariant{}
	for i := range run.Cells {
		requireInvariants(t, &run.Cells[i])
		for _, r := range check.All(&run.Cells[i]) {
			found[i] = append(found[i], report.Invariant(r))
		}
	}
	r := report.Compute(run, found)
	unaware, told := &r.Cells[0], &r.Cells[1]
	require.Equal(t, "dearer", unaware.Phases[1].Name)
	require.Greater(t, float64(unaware.Phases[1].ServedBy["deepinfra"]), 0.99, "nobody told it")
	require.Less(t, float64(told.Phases[1].ServedBy["deepinfra"]), 0.01)
	require.Greater(t, float64(*unaware.Phases[1].CostPer1k), 1.5*float64(*told.Phases[1].CostPer1k))
	t.Logf("USD per 1k in the spike: %.3f, told %.3f", *unaware.Phases[1].CostPer1k, *told.Phases[1].CostPer1k)

	estimated := map[uint32]bool{} // cut short: the router has guessed anyway
	for _, a := range run.Cells[0].Attempts {
		estimated[a.Seq] = estimated[a.Seq] || a.Estimated
	}
	var off int64
	n := 0
	for _, e := range run.Cells[0].Journal {
		require.Equal(t, e.Faults != 0 && e.BillMicroUSD > 0, e.RepricedMicroUSD != 0)
		if e.RepricedMicroUSD != 0 && !estimated[e.Seq] {
			n++
			off += e.RepricedMicroUSD
		}
	}
	ledger := found[0][2]
	require.Greater(t, n, 2000)
	require.Equal(t, n, ledger.StalePrices)
	require.Equal(t, off, ledger.StalePriceMicroUSD)
	require.True(t, strings.HasPrefix(r.Findings[len(r.Findings)-1], "policy cost-first: price table stale: "), "%v", r.Findings)
	require.Zero(t, found[1][2].StalePrices, "its price is its own, which is a finding of its own")
	require.Contains(t, r.Findings[0], "policy cost-first-told: price of deepinfra/")
}

// The ledger must equal the bill at one of the two prices: a router that books
// something else is found out in the middle of a spike.
func TestAPriceSpikeHidesNothing(t *testing.T) {
	run := runScenario(t, load(t, `
version: 1
name: spike
duration: 1m
world:
  providers: {a: {models: {m: {price: {input: 1, output: 4}, ttft: 20ms, itl: 1ms}}}}
  routes: {r: [a/m]}
  load: {rate: 5/s}
  tasks: [{name: t, model: r, prompt_tokens: 40, output_tokens: 20}]
timeline: [{id: f, at: 0s, for: 1m, fault: {kind: price, factor: 0.5}}]
policies: [priority]
`), "")
	c := &run.Cells[0]
	requireInvariants(t, c)
	require.Less(t, check.All(c)[2].StalePriceMicroUSD, int64(0), "it has become cheaper")
	var some *record.Attempt
	for i := range c.Attempts {
		some = &c.Attempts[i]
	}
	some.CostMicroUSD++
	require.Len(t, broken(c), 1)
	require.Contains(t, broken(c)[0], "invariant 3")
}
