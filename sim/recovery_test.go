package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/record"
)

// fallback is a world in which the primary fails for a while and the second is
// too small for all of the traffic.
const fallback = `
version: 1
name: small-fallback
summary: the primary fails, and the second is small
duration: 16m
recovery: 2m
world:
  providers:
    first:  {models: {m: {price: {input: 1, output: 1}, ttft: {p50: 500ms, p95: 1s}, itl: {p50: 10ms, p95: 20ms}}}}
    second: {capacity: {concurrency: 4, queue: 4, status: 429},
             models: {m: {price: {input: 1, output: 1}, ttft: {p50: 800ms, p95: 2s}, itl: {p50: 14ms, p95: 30ms}}}}
    third:  {models: {m: {price: {input: 1, output: 1}, ttft: {p50: 800ms, p95: 2s}, itl: {p50: 14ms, p95: 30ms}}}}
  routes: {smart: [first/m, second/m, third/m]}
  load: {arrivals: poisson, rate: 2/s}
  tasks:
    - {name: chat, model: smart, stream: true, prompt_tokens: {p50: 300, p95: 900}, output_tokens: {p50: 180, p95: 700},
       max_tokens: 1000, client: {preset: openai-python, timeout: 60s}}
timeline:
  - {id: outage, at: 2m, for: 8m, provider: first, fault: {kind: status, status: 503}}
policies: [%s]
`

// A fallback whose bulkhead is as large as what it can serve is not asked for
// more: it refuses nobody, and nobody queues there.
func TestABulkheadKeepsTheFallbackWithinItsCapacity(t *testing.T) {
	run := runScenario(t, load(t, fallback, "priority, {name: sized, from: priority, providers: {second: {bulkhead: {max_concurrent: 4}}}}"), "")
	type seen struct{ refused, served, queued int }
	look := func(c *record.Cell) (s seen) {
		requireInvariants(t, c)
		for _, e := range c.Journal {
			switch {
			case c.Targets[e.Target].Name != "second/m":
			case e.Status == 429:
				s.refused++
			default:
				s.served++
				if e.Started-e.Arrived > 100*time.Millisecond {
					s.queued++
				}
			}
		}
		return s
	}
	without, with := look(&run.Cells[0]), look(&run.Cells[1])
	require.Greater(t, without.refused, 20, "%+v", without)
	require.Greater(t, without.queued, 100, "%+v", without)
	require.Zero(t, with.refused)
	require.Zero(t, with.queued)
	require.Greater(t, with.served, 300, "it serves what it can")
}

// Under real load and in the providers' own journal too: after the fault the
// primary gets a growing share, and everything once the ramp is over.
func TestTrafficComesBackOnTheRamp(t *testing.T) {
	const ramp, steps = 2 * time.Minute, 4
	run := runScenario(t, load(t, fallback, "{name: ramped, from: priority, resilience: {failback: {ramp: 2m}}}"), "")
	c := &run.Cells[0]
	requireInvariants(t, c)
	closed := record.Never
	for _, tr := range c.Transitions {
		if c.Targets[tr.Target].Name == "first/m" && tr.To == record.Closed {
			require.Equal(t, record.Never, closed, "it closes once")
			closed = tr.At
		}
	}
	require.Greater(t, closed, 10*time.Minute)
	require.Less(t, closed, 12*time.Minute+10*time.Second)
	var first, all [steps + 1]int
	for _, a := range c.Attempts {
		if a.N != 0 || a.Start < closed {
			continue
		}
		i := min(int((a.Start-closed)*steps/ramp), steps)
		all[i]++
		if c.Targets[a.Target].Name == "first/m" {
			first[i]++
		}
	}
	last := 0.0
	for i := range steps {
		share := float64(first[i]) / float64(all[i])
		require.Greater(t, share, last, "quarter %d: %v of %v", i, first, all)
		require.InDelta(t, 0.1+0.9*(float64(i)+0.5)/steps, share, 0.2, "quarter %d", i)
		last = share
	}
	require.Greater(t, all[steps], 100)
	require.Equal(t, all[steps], first[steps])
}
