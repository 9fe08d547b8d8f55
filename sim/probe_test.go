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

// probeDrill has capacity for all. The primary fails; the fallback, which nobody
// asks before, fails earlier and alone.
const probeDrill = `
version: 1
name: probes
duration: %s
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: {p50: 200ms, p95: 400ms}, itl: 5ms}, e: {endpoints: [embeddings], price: {input: 1, output: 0}, ttft: 50ms}}}
    b: {models: {m: {price: {input: 2, output: 8}, ttft: {p50: 300ms, p95: 600ms}, itl: 5ms}}}
  routes: {r: [a/m, b/m], e: [a/e]}
  load: {arrivals: poisson, rate: 8/s}
  tasks:
    - {name: s, model: r, stream: true, prompt_tokens: 40, output_tokens: 60, max_tokens: 100}
    - {name: w, model: r, prompt_tokens: 40, output_tokens: 60, max_tokens: 100}
    - {name: e, model: e, endpoint: embeddings, prompt_tokens: 40}
timeline:
  - {id: outage, at: 20m, for: 5m, provider: a, fault: {kind: status, status: 503}}
  - {id: unseen, at: 5m, for: 5m, provider: b, fault: {kind: status, status: 500}}
policies:
  - {name: plain, from: priority}
  - {name: probed, from: priority, health: {probes: {every: 20s}}}
  - {name: poor, from: priority, health: {probes: {every: 1s, budget: 0.01}}}
`

// Probes cost no client time and no more than their budget, and all of it is in
// the ledger and in the bill.
func TestProbes(t *testing.T) {
	run := runScenario(t, load(t, probeDrill, "40m"), "")
	r := report.Compute(run, nil)
	plain := &r.Cells[0]
	require.Empty(t, run.Cells[0].Probes)
	require.Nil(t, plain.Probes)
	for i := range run.Cells {
		requireInvariants(t, &run.Cells[i])
	}
	for i, c := range r.Cells[1:] {
		cell := &run.Cells[i+1]
		require.InEpsilon(t, float64(*plain.Latency.P95), float64(*c.Latency.P95), 0.01, "the p95 of clients")
		require.Greater(t, len(cell.Probes), 100)
		var booked, billed int64
		for _, p := range cell.Probes {
			booked += p.CostMicroUSD
		}
		for _, e := range cell.ProbeEntries {
			billed += e.BillMicroUSD
		}
		require.Equal(t, billed, booked)
		require.Positive(t, billed)
		require.LessOrEqual(t, billed, cell.Limits.ProbesHourMicroUSD)
		require.Equal(t, len(cell.Probes), c.Probes.Sent)
		require.InDelta(t, float64(billed)/1e6, float64(c.Probes.Cost), 1e-9)
	}
	probed := &run.Cells[1]
	require.Empty(t, trips(probed, "b/m", 0, 5*time.Minute))
	require.Empty(t, trips(&run.Cells[0], "b/m", 5*time.Minute, 10*time.Minute), "nobody asks the fallback")
	require.NotEmpty(t, trips(probed, "b/m", 5*time.Minute, 10*time.Minute), "the probes find out")
	require.Greater(t, len(run.Cells[2].Probes), len(probed.Probes))
	endpoints := map[string]int{}
	for _, p := range probed.Probes {
		endpoints[probed.TargetName(p.Target)+" "+probed.Endpoints[p.Endpoint]]++
	}
	require.Len(t, endpoints, 3, "each target where it serves: %v", endpoints)
}

// trips are the changes to open of a target's breakers within a span.
func trips(c *record.Cell, target string, from, to time.Duration) (list []record.Transition) {
	for _, t := range c.Transitions {
		if c.TargetName(t.Target) == target && t.To == record.Open && t.At >= from && t.At < to {
			list = append(list, t)
		}
	}
	return list
}

// The same seed gives the same bytes.
func TestProbesAreDeterministic(t *testing.T) {
	var logs [2]string
	for i := range logs {
		var b strings.Builder
		require.NoError(t, record.WriteLog(&b, runScenario(t, load(t, probeDrill, "26m10s"), "")))
		logs[i] = b.String()
	}
	require.Equal(t, logs[0], logs[1])
	require.Contains(t, logs[0], `{"type":"probe",`)
	require.Contains(t, logs[0], `{"type":"probe_entry",`)
	require.Contains(t, logs[0], `"half_open":true`)
}

func TestProbesOnTheWallClock(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	s := load(t, `
version: 1
name: wall
duration: 4s
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: 20ms, itl: 1ms}}}
  routes: {r: [a/m]}
  load: {arrivals: constant, rate: 20/s}
  tasks: [{name: t, model: r, prompt_tokens: 40, output_tokens: 20, max_tokens: 30}]
policies: [{name: p, from: priority, health: {probes: {every: 1s}}}]
`)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}, Clock: sim.Wall})
	require.NoError(t, err)
	c := &run.Cells[0]
	requireInvariants(t, c)
	require.NotEmpty(t, c.Probes)
	require.NotEmpty(t, c.ProbeEntries)
}
