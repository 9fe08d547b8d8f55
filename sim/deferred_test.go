package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// drain is how the jobs that had come up by the end of an outage got done.
type drain struct {
	jobs     int           // that were done after it
	from, to time.Duration // the end of the outage, and of the last of them
}

func drainOf(t *testing.T, c *record.Cell, end time.Duration) drain {
	t.Helper()
	d := drain{from: end}
	for i := range c.Relays {
		r := &c.Relays[i]
		q := &c.Requests[r.Seq]
		if r.Job && r.Outcome == record.RelayServed && r.End > end && q.Accepted > 0 && q.Accepted < end {
			d.jobs++
			d.to = max(d.to, r.End)
		}
	}
	require.Positive(t, d.jobs)
	return d
}

// allowed is how long they would have taken at exactly what the quotas together, in
// requests per minute, leave beside the other attempts of that time. A share of the quotas
// that jobs leave to others counts as not theirs.
func (d *drain) allowed(c *record.Cell, rpm, kept float64) time.Duration {
	other := 0
	for i := range c.Attempts {
		if at := c.Attempts[i].Start; at >= d.from && at < d.to {
			other++
		}
	}
	minutes := (d.to - d.from).Minutes()
	spare := rpm*(1-kept) - float64(other-d.jobs)/minutes
	return time.Duration(float64(d.jobs) / spare * float64(time.Minute))
}

// p95 is the 95th percentile of the latency of a task's answers to what came within
// a span, and how many there are.
func p95(c *record.Cell, task int16, from, to time.Duration) (at time.Duration, n int) {
	var took []float64
	for i := range c.Requests {
		if q := &c.Requests[i]; q.Task == task && q.Outcome == record.OK && q.Scheduled >= from && q.Scheduled < to {
			took = append(took, float64(q.Done-q.Scheduled))
		}
	}
	slices.Sort(took)
	return time.Duration(stats.Quantile(0.95, took)), len(took)
}

// overQuota counts what providers refused for want of quota.
func overQuota(c *record.Cell) (n int) {
	for i := range c.Journal {
		if c.Journal[i].Status == 429 {
			n++
		}
	}
	return n
}

// TestNightlyDeferred holds the drain against what the quotas have to spare, and
// the chat in that time against the very same requests on a night without outage.
func TestNightlyDeferred(t *testing.T) {
	s, err := scenarios.Load("nightly-deferred", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	run := runScenario(t, s, "")
	s.Timeline, s.Policies = nil, s.Policies[1:]
	calm := runScenario(t, s, "")
	const chat, deferring, rpm = 0, 1, 2 * 40
	c, none := &run.Cells[deferring], &calm.Cells[0]
	requireInvariants(t, c)
	requireInvariants(t, none)

	d := drainOf(t, c, run.Faults[0].End)
	took, beside, kept := d.to-d.from, d.allowed(c, rpm, 0), d.allowed(c, rpm, 0.2)
	at, n := p95(c, chat, d.from, d.to)
	without, m := p95(none, chat, d.from, d.to)
	t.Logf("%d jobs drained in %s; what the quotas leave beside the other traffic would do them in %s, and with the fifth left to others in %s",
		d.jobs, took.Round(time.Second), beside.Round(time.Second), kept.Round(time.Second))
	t.Logf("p95 of the chat meanwhile: %s of %d answers; without an outage: %s of %d", at.Round(time.Millisecond), n, without.Round(time.Millisecond), m)
	require.Greater(t, d.jobs, 1200)
	require.Less(t, took, kept)
	require.Greater(t, n, 100)
	require.Less(t, float64(at), 1.1*float64(without))
	require.Zero(t, overQuota(c), "no quota is exceeded")
}
