package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// allowed says of each request that may be answered out of the cache while nobody
// can serve any, whether it can be: out of the stream of requests alone, by what was
// asked when, and not by anything the router says. What is asked for the first time,
// or again when its answer has grown old, is answered by a provider until the outage
// begins.
type allowed struct {
	from, to   time.Duration // of the outage
	ttl, stale time.Duration
}

// requests returns those within the outage, each with its prediction. Those that
// come so near to an edge that it depends on the time of a hop are left out.
func (a *allowed) requests(t *testing.T, c *record.Cell, task int16) map[uint32]bool {
	t.Helper()
	const hop = 5 * time.Millisecond
	type question struct {
		hash   uint64
		tenant uint32
	}
	kept := map[question]time.Duration{} // when the answer there is had come
	out := map[uint32]bool{}
	for i := range c.Requests {
		r := &c.Requests[i]
		q := question{r.Question, r.Tenant}
		at, known := kept[q]
		age := r.Scheduled - at
		switch {
		case r.Task != task || r.Scheduled >= a.to:
		case r.Scheduled < a.from-hop:
			if (!known || age >= a.ttl) && r.Outcome == record.OK {
				kept[q] = r.Done
			}
		case r.Scheduled > a.from+hop:
			if edge := age - a.ttl - a.stale; !known || edge < -hop || edge > hop {
				out[r.Seq] = known && edge < 0
			}
		}
	}
	return out
}

// TestFAQThroughATotalOutage holds the availability of what can be cached against
// what the requests themselves allow, and the answers against the originals.
func TestFAQThroughATotalOutage(t *testing.T) {
	s, err := scenarios.Load("faq-total-outage", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	run := runScenario(t, s, "")
	r := report.Compute(run, nil)
	const faq = 0
	for i := range run.Cells {
		c, cell := &run.Cells[i], &r.Cells[i]
		t.Run(c.Policy, func(t *testing.T) {
			requireInvariants(t, c)
			if c.Limits.CacheTTL == nil {
				require.Nil(t, cell.Cache)
				return
			}
			outage := run.Faults[0]
			a := allowed{outage.Start, outage.End, c.Limits.CacheTTL[faq], c.Limits.CacheStale}
			predicted := a.requests(t, c, faq)
			require.Greater(t, len(predicted), 4000)
			can, answered := 0, 0
			for seq, may := range predicted {
				q := &c.Requests[seq]
				require.Equal(t, may, q.Outcome == record.OK, "request %d", seq)
				require.Equal(t, may, q.Cache.Cached(), "request %d", seq)
				if may {
					can++
				}
				if q.Outcome == record.OK {
					answered++
				}
			}
			n := float64(len(predicted))
			part := cell.Phases[1] // the outage
			t.Logf("of %.0f requests of the FAQ in the outage %.2f %% were answered; the stream allows %.2f %%; the report says %.2f %%",
				n, 100*float64(answered)/n, 100*float64(can)/n, 100*float64(part.Cache.HitRatio))
			require.Equal(t, part.Cache.HitRatio, part.Cache.Availability, "nothing else answers")
			require.InDelta(t, float64(can)/n, float64(part.Cache.HitRatio), 2/n, "but for those at an edge")
			requireOriginals(t, c)
			require.Equal(t, part.Cache.Stale > 0, c.Limits.CacheStale > 0)
		})
	}
}

// requireOriginals holds each answer out of the cache against the one it was made
// of: its bytes, its age and its mark.
func requireOriginals(t *testing.T, c *record.Cell) {
	t.Helper()
	n := 0
	for i := range c.Relays {
		relay := &c.Relays[i]
		if relay.Outcome != record.RelayCached {
			continue
		}
		q, origin := &c.Requests[relay.Seq], &c.Requests[relay.Origin]
		if q.Outcome != record.OK || origin.Outcome != record.OK {
			continue
		}
		n++
		require.Equal(t, origin.Body, q.Body)
		require.NotZero(t, q.Body)
		age := max(0, q.Done-origin.Done) // as the clients have it; a hop more or less
		require.InDelta(t, age.Seconds(), float64(q.Age), 1.01)
		ttl := c.Limits.CacheTTL[origin.Task]
		if d := age - ttl; d > time.Second || d < -time.Second {
			require.Equal(t, d > 0, q.Cache == record.CacheStale, "request %d is %s old", q.Seq, age)
		}
	}
	require.Greater(t, n, 1000)
}

// Cached runs are as deterministic as others, also where many wait for one answer
// that does not come.
func TestCacheIsDeterministic(t *testing.T) {
	var logs [2]string
	for i := range logs {
		var b strings.Builder
		run := runScenario(t, load(t, `
version: 1
name: rush
duration: 6m
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: {p50: 2s, p95: 5s}, itl: 5ms}}}
    b: {models: {m: {price: {input: 2, output: 8}, ttft: {p50: 3s, p95: 6s}, itl: 5ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: 20/s}
  tasks:
    - {name: s, model: r, stream: true, tenants: 2, prompts: {distinct: 30, zipf: 1}, prompt_tokens: 40, output_tokens: 60}
    - {name: w, model: r, tenants: 2, prompts: {distinct: 30, zipf: 1}, prompt_tokens: 40, output_tokens: 60, client: {timeout: 9s}}
timeline:
  - {id: trouble, at: 1m, for: 4m, fault: {kind: status, status: 503, rate: 0.8}}
policies: [{name: cached, from: priority, cache: {ttl: 5s, stale_if_error: 5s, entries: 40}}]
`), "")
		c := &run.Cells[0]
		requireInvariants(t, c)
		require.NoError(t, record.WriteLog(&b, run))
		logs[i] = b.String()
		waited := 0
		for k := range c.Relays {
			if r := &c.Relays[k]; r.Cache == record.CacheHit && r.End-r.Start > time.Second {
				waited++
			}
		}
		require.Greater(t, waited, 100, "who waits for another one's answer")
	}
	require.Equal(t, logs[0], logs[1])
}

// A warm-up before the maintenance is what carries the FAQ through it, and none of
// its requests is counted as one of the load.
func TestPlannedMaintenance(t *testing.T) {
	s, err := scenarios.Load("planned-maintenance", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	var cells [2]report.Cell
	for i := range cells {
		if i == 1 {
			s.Warm = scenarios.Warm{}
		}
		run := runScenario(t, s, "")
		c := &run.Cells[1]
		require.Equal(t, "cached", c.Policy)
		requireInvariants(t, c)
		requireOriginals(t, c)
		cells[i] = report.Compute(run, nil).Cells[1]
		plain := report.Compute(run, nil).Cells[0]
		require.Nil(t, plain.WarmUps, "there is nothing to warm up")
		require.Equal(t, plain.Requests, cells[i].Requests, "a warm-up is no load")
	}
	warm, cold := cells[0], cells[1]
	require.Equal(t, 800, warm.WarmUps.Sent)
	require.Equal(t, 800, warm.WarmUps.Answered)
	require.Positive(t, float64(warm.WarmUps.Cost))
	require.Nil(t, cold.WarmUps)
	of := func(c report.Cell) float64 { return float64(*c.Phases.Get("maintenance").Availability) }
	t.Logf("availability in the maintenance: %.2f %% with the warm-up for $%.2f, %.2f %% without", 100*of(warm), float64(warm.WarmUps.Cost), 100*of(cold))
	require.Greater(t, of(warm), 0.8)
	require.Less(t, of(cold), 0.5)
}
