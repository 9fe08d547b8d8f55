package sim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/explain"
	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// replicaDrill has callers who lose answers and ask again, an outage, and a
// provider that tells who comes too often to stay away.
const replicaDrill = `
version: 1
name: replicas
duration: %s
replicas: 3
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: {p50: 20ms, p95: 40ms}, itl: 1ms}}}
    b: {models: {m: {price: {input: 2, output: 8}, ttft: {p50: 30ms, p95: 60ms}, itl: 1ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: %s}
  tasks: [{name: t, model: r, prompt_tokens: 40, output_tokens: 20, max_tokens: 30, client: {max_retries: 2, idempotency_key: true, lose_answers: 0.05}}]
timeline:
  - {id: outage, at: %s, for: %s, provider: a, fault: {kind: status, status: 503}}
  - {id: limit, at: %s, for: %s, provider: a, fault: {kind: false_rate_limit, retry_after: 2s, rate: 0.1}}
policies: [{name: p, from: priority, resilience: {breaker: {min_samples: 5, open_for: 2s, max_open_for: 8s}}}]
`

// Each request is at one replica with all that its caller tries again, and each
// replica learns of the outage, opens its breaker and closes it by itself.
func TestReplicas(t *testing.T) {
	s := load(t, replicaDrill, "2m", "30/s", "20s", "50s", "80s", "30s")
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	drill := func() (*record.Run, string) {
		run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}, Explain: true})
		require.NoError(t, err)
		var log strings.Builder
		require.NoError(t, record.WriteLog(&log, run))
		return run, log.String()
	}
	run, log := drill()
	_, again := drill()
	require.Equal(t, log, again)

	c := &run.Cells[0]
	requireInvariants(t, c)
	tried, replayed, waits := 0, 0, 0
	for _, r := range c.Relays {
		require.EqualValues(t, r.Seq%3, r.Replica)
		if r.Try > 0 {
			tried++
		}
		if r.Outcome == record.RelayReplayed {
			replayed++
		}
	}
	for _, a := range c.Attempts {
		require.EqualValues(t, a.Seq%3, a.Replica)
		if a.RetryAfter > 0 {
			waits++
		}
	}
	require.Greater(t, tried, 50)
	require.Greater(t, replayed, 50, "a try again finds what its replica remembers")
	require.Greater(t, waits, 3)
	var opened [3][]record.Offset
	for _, b := range c.Transitions {
		if b.To == record.Open {
			opened[b.Replica] = append(opened[b.Replica], b.At)
		}
	}
	for i, at := range opened {
		require.Greater(t, len(at), 3, "replica %d", i)
		for _, other := range opened[i+1:] {
			require.NotEqual(t, at, other)
		}
	}

	i := slices.IndexFunc(c.Relays, func(r record.Relay) bool { return r.Replica == 1 && r.Try == 1 && r.Outcome == record.RelayReplayed })
	told, stories, err := record.ReadStories(strings.NewReader(log), c.Relays[i].Seq)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, explain.Write(&text, &told, stories))
	require.Contains(t, text.String(), "try 2 at router 2 of 3, ")
}

// A rule of one router is not enough for three: what the audit of one of them says
// of another's breaker is found wrong.
func TestMixedUpReplicasAreCaught(t *testing.T) {
	run := runScenario(t, load(t, replicaDrill, "2m", "30/s", "20s", "50s", "80s", "30s"), "")
	c := &run.Cells[0]
	for i := range c.Transitions {
		c.Transitions[i].Replica = (c.Transitions[i].Replica + 1) % 3
	}
	require.Len(t, broken(c), 1)
	require.Contains(t, broken(c)[0], "invariant 5")
}

func TestReplicasOnTheWallClock(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	s := load(t, replicaDrill, "3s", "30/s", "1s", "1s", "2s", "500ms")
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}, Clock: sim.Wall})
	require.NoError(t, err)
	c := &run.Cells[0]
	requireInvariants(t, c)
	require.NotEmpty(t, c.Relays)
	for _, r := range c.Relays {
		require.EqualValues(t, r.Seq%3, r.Replica)
	}
}

// Twenty routers that saw an outage begin at one time do not go on asking at one
// time whether it is over. Probes are counted in windows of five seconds, from
// three minutes into the outage on, when all have come to their longest open time:
// where they come independently of each other, the variance of the counts is their
// mean. Routers that all draw the same jitter show what it is that draws of their
// own prevent.
func TestTwentyReplicasDoNotProbeAtOnce(t *testing.T) {
	s, err := scenarios.Load("twenty-replicas", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	policies, err := sim.Policies(s, []string{"priority"}, nil)
	require.NoError(t, err)
	drill := func(engine func(router.Config, http.RoundTripper, uint64, audit.Sink, router.Evaluator) (http.Handler, error)) float64 {
		run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}}.WithEngine(engine))
		require.NoError(t, err)
		c := &run.Cells[0]
		requireInvariants(t, c)
		outage := report.Compute(run, nil).Cells[0].Phases[1]
		require.LessOrEqual(t, float64(*outage.RetryAmplification), 1.3)
		from, to, width := run.Faults[0].Start+3*time.Minute, run.Faults[0].End, 5*time.Second
		counts := make([]float64, (to-from)/width)
		for _, a := range c.Attempts {
			if a.Probe && c.TargetName(a.Target) == "openai/gpt-4.1" && a.Start >= from && a.Start < to {
				counts[(a.Start-from)/width]++
			}
		}
		sum, squares, n := 0.0, 0.0, float64(len(counts))
		for _, x := range counts {
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / n
		variance := squares/n - mean*mean
		t.Logf("%.2f probes in 5 s, at most %.0f, variance ÷ mean %.2f; amplification in the outage %.3f", mean, slices.Max(counts), variance/mean, *outage.RetryAmplification)
		require.Greater(t, mean, 0.5)
		return variance / mean
	}
	require.Less(t, drill(mutant{}.engine), 1.5)
	require.Greater(t, drill(func(c router.Config, tr http.RoundTripper, _ uint64, sink audit.Sink, e router.Evaluator) (http.Handler, error) {
		return mutant{}.engine(c, tr, 1, sink, e)
	}), 3.0)
}
