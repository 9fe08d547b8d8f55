package router_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// drive sends n requests, gap apart, and returns their records in the order of
// their ids. Requests are under way at once; gap must not be zero.
func (g *rig) drive(t *testing.T, n int, gap time.Duration, stream bool) []audit.Record {
	t.Helper()
	before := len(g.log.records)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			q := chat(t.Context(), "smart", stream)
			q.Header.Set("X-Client-Request-Id", fmt.Sprintf("req-%d-%06d", before, i))
			g.do(q)
		})
		time.Sleep(gap)
	}
	wg.Wait()
	byID := map[string]audit.Record{}
	for _, r := range g.log.records[before:] {
		byID[r.RequestID] = r
	}
	records := make([]audit.Record, n)
	for i := range records {
		records[i] = byID[fmt.Sprintf("req-%d-%06d", before, i)]
		require.Equal(t, audit.Served, records[i].Outcome, "request %d: %s", i, reasons(records[i]))
	}
	return records
}

// during plays bad in the spans in which it is to fail, and good otherwise.
func during(fails func(since time.Duration) bool, bad, good step) step {
	start := time.Now()
	return func(q *http.Request) (*http.Response, error) {
		if fails(time.Since(start)) {
			return bad(q)
		}
		return good(q)
	}
}

// events are the instants at which the breaker of a came into a state.
func (g *rig) events(to audit.State) (at []time.Time) {
	for _, e := range g.log.breakers {
		if e.Target == "a/m" && e.To == to {
			at = append(at, e.At)
		}
	}
	return at
}

// An outage is paid for once, by the requests that trip the breaker. From then
// on the dead primary gets its probes and nothing else.
func TestAnOutageCostsItsProbesOnly(t *testing.T) {
	for _, row := range []struct {
		name   string
		bad    step
		stream bool
	}{
		{"errors", after(50*time.Millisecond, answer(503, "{}")), false},
		{"hangs", hang(), true},
		{"streams that break", sse(role, 50*time.Millisecond, io.ErrUnexpectedEOF), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				good := after(100*time.Millisecond, ok())
				if row.stream {
					good = after(100*time.Millisecond, sse(role, token, finish, usage, done))
				}
				g := newRig(t, map[string][]step{"a": {row.bad}, "b": {good}})
				records := g.drive(t, 7200, 250*time.Millisecond, row.stream)
				opened := g.events(audit.Open)
				require.NotEmpty(t, opened)
				answered, attempts, probes := 0, 0, 0
				for _, r := range records {
					if r.Start.Before(opened[0]) {
						continue
					}
					answered++
					attempts += len(r.Attempts)
					for _, a := range r.Attempts {
						require.True(t, a.Provider == "b" || a.Probe, "%s at %v", r.RequestID, r.Start)
						if a.Probe {
							probes++
						}
					}
				}
				rounds := len(g.events(audit.HalfOpen))
				limit := router.DefaultResilience().Breaker.Probes
				require.LessOrEqual(t, probes, rounds*limit)
				require.Greater(t, rounds, 10)
				require.LessOrEqual(t, rounds, 33, "half an hour, with an open time that grows to two minutes, of which a half may be cut")
				require.Less(t, float64(attempts)/float64(answered), 1.05)
				require.Empty(t, g.events(audit.Closed))
			})
		})
	}
}

// A crowd that meets a half-open breaker is not let through.
func TestProbesAreBounded(t *testing.T) {
	for _, most := range []int{1, 2, 5} {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {during(func(d time.Duration) bool { return d < 5*time.Second }, answer(500, "{}"), after(30*time.Second-1, ok()))}, "b": {ok()}},
				func(c *router.Config) { c.Resilience.Breaker.Probes = most })
			g.drive(t, 10, time.Millisecond, false)
			time.Sleep(12 * time.Second)
			probes := 0
			for _, r := range g.drive(t, 1000, time.Millisecond, false) {
				for _, a := range r.Attempts {
					require.True(t, a.Provider == "b" || a.Probe)
					if a.Probe {
						probes++
					}
				}
			}
			require.Equal(t, most, probes)
		})
	}
}

// After a fault traffic comes back, no sooner than the ramp allows and no later
// than the open time, the probes and the ramp take.
func TestFailback(t *testing.T) {
	const fault, gap = 3 * time.Minute, 50 * time.Millisecond
	for _, ramp := range []time.Duration{0, 30 * time.Second, 2 * time.Minute} {
		t.Run(ramp.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				start := time.Now()
				g := newRig(t, map[string][]step{
					"a": {during(func(d time.Duration) bool { return d < fault }, answer(503, "{}"), after(81*time.Millisecond, ok()))},
					"b": {after(81*time.Millisecond, ok())},
				}, func(c *router.Config) { c.Resilience.Failback.Ramp = ramp })
				records := g.drive(t, int((fault+4*time.Minute+30*time.Second)/gap), gap, false)
				closed := g.events(audit.Closed)
				require.Len(t, closed, 1)
				back := closed[0].Sub(start) - fault
				require.Positive(t, back)
				require.LessOrEqual(t, back, router.DefaultResilience().Breaker.MaxOpenFor+time.Second)

				const steps = 5
				var at, all [steps + 1]int // per fifth of the ramp, and after it
				for _, r := range records {
					since := r.Start.Sub(closed[0])
					if since < 0 {
						continue
					}
					i := steps
					if since < ramp {
						i = int(since * steps / ramp)
					}
					all[i]++
					if r.Attempts[0].Provider == "a" {
						at[i]++
					}
				}
				require.Equal(t, all[steps], at[steps], "after the ramp the primary takes everything")
				require.Greater(t, all[steps], 100)
				for i := range steps {
					if ramp > 0 {
						share := 0.1 + 0.9*(float64(i)+0.5)/steps
						require.InDelta(t, share, float64(at[i])/float64(all[i]), 0.1, "fifth %d of the ramp", i)
					}
				}
			})
		})
	}
}

// A primary that comes and goes is left alone for longer each time it fails on
// its ramp, and costs a request nothing but a failover.
func TestAFlappingPrimaryFlapsOncePerOpenPeriod(t *testing.T) {
	for _, half := range []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute} {
		t.Run(half.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				const gap = 250 * time.Millisecond
				length := max(12*half, 10*time.Minute)
				g := newRig(t, map[string][]step{
					"a": {during(func(d time.Duration) bool { return d/half%2 == 0 }, answer(503, "{}"), ok())}, "b": {ok()},
				})
				records := g.drive(t, int(length/gap), gap, false)
				opened, closed := g.trips(t)
				require.NotEmpty(t, closed)
				require.LessOrEqual(t, len(opened), int(length/(2*half))+1, "a fault trips it once at most")
				failed := 0
				for _, r := range records {
					for _, a := range r.Attempts {
						if a.Provider == "a" && a.Reason != audit.OK && !a.Probe && !a.Retry {
							failed++
						}
					}
				}
				// On the ramp few requests meet the fault; off it, min_samples of them
				// do once and half a window's worth at most.
				require.LessOrEqual(t, failed, len(opened)*int(15*time.Second/gap+1))
			})
		})
	}
}

// trips are the instants at which a's breaker left the closed state and came
// back to it, one after the other.
func (g *rig) trips(t *testing.T) (opened, closed []time.Time) {
	t.Helper()
	for _, e := range g.log.breakers {
		switch {
		case e.From == audit.Closed:
			require.Len(t, closed, len(opened))
			opened = append(opened, e.At)
		case e.To == audit.Closed:
			closed = append(closed, e.At)
			require.GreaterOrEqual(t, e.At.Sub(opened[len(opened)-1]), 9*time.Second, "an open time, less its jitter, lies between")
		}
	}
	return opened, closed
}

// What is spared on its ramp is still there when nothing else is.
func TestARecoveringTargetServesWhatNothingElseCan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fails := func(d time.Duration) bool { return d < 5*time.Second }
		g := newRig(t, map[string][]step{"a": {during(fails, answer(503, "{}"), ok())}, "b": {during(fails, ok(), answer(503, "{}"))}, "c": {hang()}},
			func(c *router.Config) {
				c.Resilience.Breaker.Probes = 1
				c.Resilience.QuickRetry = 0
				c.Routes[0].Targets = []string{"a/m", "b/m"}
			})
		g.drive(t, 10, time.Millisecond, false)
		time.Sleep(11 * time.Second)
		g.drive(t, 1, time.Millisecond, false)
		require.Len(t, g.events(audit.Closed), 1)
		spared := 0
		for _, r := range g.drive(t, 100, time.Millisecond, false) {
			if len(r.Attempts) > 1 {
				require.Equal(t, "b:server_error a:ok", reasons(r))
				require.Equal(t, audit.Recovering, r.Skips[0].Reason)
				spared++
			}
		}
		require.Greater(t, spared, 5, "until the breaker of b opens")
		require.Less(t, spared, 40)
	})
}

// A target without an alternative is not spared.
func TestNoRampWithoutAnAlternative(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {during(func(d time.Duration) bool { return d < time.Second }, answer(503, "{}"), ok())}},
			func(c *router.Config) { c.Routes[0].Targets = []string{"a/m"}; c.Resilience.MaxAttempts = 1 })
		for range 10 {
			g.do(chat(t.Context(), "smart", false))
		}
		require.Len(t, g.events(audit.Open), 1)
		time.Sleep(11 * time.Second)
		for _, r := range g.drive(t, 100, time.Millisecond, false) {
			require.Equal(t, "a:ok", reasons(r))
			require.Empty(t, r.Skips)
		}
	})
}
