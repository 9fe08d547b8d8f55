package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
)

// TestFailoverPremium: of two routes over the same two providers, whose answers cost 300
// and 600 micro-dollars, only the one whose first target is down pays more.
func TestFailoverPremium(t *testing.T) {
	run := runScenario(t, load(t, `
version: 1
name: premium
duration: 100s
world:
  providers:
    primary:  {models: {m: {price: {input: 1, output: 4}, ttft: 200ms, itl: 10ms}}}
    fallback: {models: {m: {price: {input: 2, output: 8}, ttft: 300ms, itl: 10ms}}}
  routes: {cheap: [primary/m, fallback/m], dear: [fallback/m, primary/m]}
  load: {arrivals: constant, rate: 2/s}
  tasks:
    - {name: one, weight: 1, model: cheap, prompt_tokens: 100, output_tokens: 50, client: {preset: none, timeout: 40s}}
    - {name: other, weight: 1, model: dear, prompt_tokens: 100, output_tokens: 50, client: {preset: none, timeout: 40s}}
timeline:
  - {id: outage, at: 20s, for: 20s, provider: primary, fault: {kind: status, status: 503}}
policies: [priority]
`), "")
	requireInvariants(t, &run.Cells[0])
	elsewhere := 0
	for _, r := range run.Cells[0].Requests {
		if run.Cells[0].Tasks[r.Task] == "one" && r.Provider >= 0 && run.Cells[0].Providers[r.Provider] == "fallback" {
			elsewhere++
		}
	}
	require.Greater(t, elsewhere, 15)
	list := report.Compute(run, nil).Cells[0].Premiums
	require.Len(t, list, 2, "of the run, and of the outage")
	require.Len(t, list[0].Parts, 1)
	part := list[0].Parts[0]
	require.Equal(t, []string{"cheap", "one", "fallback"}, []string{part.Route, part.Task, part.Provider})
	require.Equal(t, elsewhere, part.Answers)
	require.InDelta(t, float64(elsewhere)*300e-6, float64(part.Premium), 1e-9)
	require.Equal(t, part.Paid, list[0].Paid)
	require.Equal(t, "outage", list[1].Fault)
	require.LessOrEqual(t, list[1].Answers, elsewhere)
}
