package router_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// Who waits for a breaker whose probes are all under way asks it a few times, each
// time after longer, and not in a loop: whatever the backoff, however long it may
// wait. Each round asks once whether the client is still there, which is how
// they are counted.
func TestAHalfOpenBreakerIsAskedAFewTimes(t *testing.T) {
	for _, row := range []struct {
		name    string
		backoff router.Backoff
		maxWait time.Duration
		most    int // rounds
	}{
		{"as by default", router.DefaultResilience().Backoff, 6 * time.Second, 30},
		{"a long wait", router.DefaultResilience().Backoff, 50 * time.Second, 40},
		{"hardly a backoff", router.Backoff{Base: time.Microsecond, Max: time.Microsecond}, 6 * time.Second, 60},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {answer(500, "{}")}}, func(c *router.Config) {
					c.Resilience.LastResort, c.Resilience.MaxAttempts = false, 1
					c.Resilience.AttemptTimeout = time.Minute
					c.Resilience.Breaker.Probes = 1
					c.Resilience.Backoff, c.Resilience.MaxWait = row.backoff, row.maxWait
				})
				for len(g.events(audit.Open)) == 0 {
					g.do(chat(t.Context(), "only", false))
				}
				time.Sleep(11 * time.Second)
				g.fakes.play("a", hang())
				var wg sync.WaitGroup
				wg.Go(func() { g.do(one(chat(t.Context(), "only", false), "probe")) })
				time.Sleep(time.Millisecond)
				var rounds [50]atomic.Int64
				for i := range rounds {
					q := one(chat(asked{t.Context(), &rounds[i]}, "only", false), fmt.Sprint("waits-", i))
					wg.Go(func() { g.do(q) })
					time.Sleep(time.Millisecond)
				}
				wg.Wait()
				waiting := 0
				for _, r := range g.log.records {
					if len(r.Skips) == 0 {
						continue
					}
					waiting++
					require.Equal(t, audit.Refused, r.Outcome)
					require.LessOrEqual(t, r.End.Sub(r.Start), row.maxWait+time.Millisecond)
				}
				require.Equal(t, len(rounds), waiting)
				most := int64(0)
				for i := range rounds {
					require.GreaterOrEqual(t, rounds[i].Load(), int64(2))
					most = max(most, rounds[i].Load())
				}
				require.LessOrEqual(t, most, int64(row.most))
			})
		})
	}
}

// asked is a context that counts how often it is asked for its error.
type asked struct {
	context.Context
	times *atomic.Int64
}

func (a asked) Err() error {
	a.times.Add(1)
	return a.Context.Err()
}
