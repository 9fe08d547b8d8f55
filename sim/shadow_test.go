package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// shadowDrill has capacity for all, an outage, and a third provider, slower than
// the others, that shadows alone are sent to.
const shadowDrill = `
version: 1
name: shadows
duration: %s
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: {p50: 200ms, p95: 400ms}, itl: 5ms}}}
    b: {models: {m: {price: {input: 2, output: 8}, ttft: {p50: 300ms, p95: 600ms}, itl: 5ms}}}
    c: {models: {m: {price: {input: 2, output: 8}, ttft: {p50: 900ms, p95: 2s}, itl: 20ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: 8/s}
  tasks:
    - {name: s, model: r, stream: true, prompt_tokens: 40, output_tokens: 60, max_tokens: 100}
    - {name: w, model: r, prompt_tokens: 40, output_tokens: 60, max_tokens: 100}
timeline:
  - {id: outage, at: 2m, for: 3m, provider: a, fault: {kind: status, status: 503, rate: 0.7}}
  - {id: unseen, at: 4m, for: 2m, provider: c, fault: {kind: cut, after: 10, rate: 0.3}}
policies:
  - {name: plain, from: priority}
  - {name: shadowed, from: priority, routes: {r: {targets: [a/m, b/m], shadow: {target: c/m, share: 0.2, budget: 5}}}}
  - {name: poor, from: priority, routes: {r: {targets: [a/m, b/m], shadow: {target: c/m, share: 0.2, budget: 0.05}}}}
`

// No client can tell whether there are shadows: all it saw is the same to the
// nanosecond. So is all the router made of it, but for what the shadows cost.
func TestShadowsAreUnseen(t *testing.T) {
	run := runScenario(t, load(t, shadowDrill, "10m"), "")
	plain := &run.Cells[0]
	require.Empty(t, plain.Shadows)
	for _, c := range run.Cells[1:] {
		t.Run(c.Policy, func(t *testing.T) {
			requireInvariants(t, &c)
			require.Equal(t, report.Digest(plain), report.Digest(&c))
			require.Equal(t, plain.Requests, c.Requests)
			require.Equal(t, plain.Relays, c.Relays)
			require.Equal(t, plain.Attempts, c.Attempts)
			require.Equal(t, plain.Transitions, c.Transitions)
			var own []record.Entry
			shadows, bill := 0, int64(0)
			for _, e := range c.Journal {
				if !e.Shadow {
					own = append(own, e)
					continue
				}
				shadows++
				bill += e.BillMicroUSD
				require.Equal(t, "c/m", c.TargetName(e.Target))
			}
			require.Equal(t, plain.Journal, own)
			require.Len(t, c.Shadows, shadows)
			require.Positive(t, bill)
			require.LessOrEqual(t, bill, c.Limits.Shadows[0].HourMicroUSD)
		})
	}
	rich, poor := &run.Cells[1], &run.Cells[2]
	share := float64(len(rich.Shadows)) / float64(len(rich.Requests))
	require.InDelta(t, 0.2, share, 0.03, "within what chance makes of some 4800 requests")
	require.Less(t, len(poor.Shadows), len(rich.Shadows), "the budget is what stops them")

	r := report.Compute(run, nil)
	require.Nil(t, r.Cells[0].Shadows)
	require.False(t, r.Faults[1].Fired, "a fault that only shadows met has hit nobody")
	for i, c := range r.Cells[1:] {
		require.Equal(t, len(run.Cells[i+1].Shadows), c.Shadows.Sent)
		require.Equal(t, r.Cells[0].RetryAmplification, c.RetryAmplification)
		require.InDelta(t, float64(*r.Cells[0].Cost)+float64(c.Shadows.Cost), float64(*c.Cost), 1e-9)
		require.InDelta(t, float64(*r.Cells[0].Wasted)+float64(c.Shadows.Cost), float64(*c.Wasted), 1e-9)
	}
	require.Less(t, r.Cells[1].Shadows.Valid, r.Cells[1].Shadows.Sent, "cut streams are not valid")
}

// The same seed gives the same bytes, and shadows under way at the end of a run
// are ended.
func TestShadowsAreDeterministic(t *testing.T) {
	var logs [2]string
	for i := range logs {
		var b strings.Builder
		require.NoError(t, record.WriteLog(&b, runScenario(t, load(t, shadowDrill, "6m10s"), "")))
		logs[i] = b.String()
	}
	require.Equal(t, logs[0], logs[1])
	require.Contains(t, logs[0], `{"type":"shadow",`)
}

func TestShadowsOnTheWallClock(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	s := load(t, `
version: 1
name: wall
duration: 2s
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: 20ms, itl: 1ms}}}
    b: {models: {m: {price: {input: 2, output: 8}, ttft: 60s, itl: 1ms}}}
  routes: {r: [a/m]}
  load: {arrivals: constant, rate: 20/s}
  tasks: [{name: t, model: r, prompt_tokens: 40, output_tokens: 20, max_tokens: 30}]
policies: [{name: p, from: priority, routes: {r: {targets: [a/m], shadow: {target: b/m, share: 1, budget: 1}}}}]
`)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}, Clock: sim.Wall})
	require.NoError(t, err)
	c := &run.Cells[0]
	requireInvariants(t, c)
	require.NotEmpty(t, c.Shadows)
	for _, x := range c.Shadows {
		require.Equal(t, "client_cancelled", c.Reasons[x.Reason], "it was under way at the end, and ended")
		require.Less(t, x.End, time.Minute)
	}
}
