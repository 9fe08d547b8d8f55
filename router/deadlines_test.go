package router_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

func TestThreeTenSecondAttemptsUnderThirtySeconds(t *testing.T) {
	for range 20 {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {hang()}, "b": {hang()}, "c": {hang()}}, func(c *router.Config) {
				c.Resilience.TotalTimeout = 30 * time.Second
				c.Resilience.AttemptTimeout = 10 * time.Second
			})
			w := g.do(chat(t.Context(), "smart", false))
			rec := g.log.last(t)
			require.Equal(t, 504, w.Code)
			require.Len(t, rec.Attempts, 3)
			require.WithinDuration(t, rec.Start.Add(30*time.Second), rec.Deadline, time.Millisecond)
			require.False(t, rec.End.After(rec.Deadline))
		})
	}
}

func TestTotalBoundsTheLastAttempt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {hang()}, "b": {hang()}}, func(c *router.Config) {
			c.Resilience.TotalTimeout = 15 * time.Second
			c.Resilience.AttemptTimeout = 10 * time.Second
			c.Resilience.Reserve = 0
		})
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, 504, w.Code)
		rec := g.log.last(t)
		require.Equal(t, "a:attempt_timeout b:total_timeout", reasons(rec))
		require.Equal(t, rec.Deadline, rec.Attempts[1].End)
	})
}

func TestTimeIsKeptForTheFallback(t *testing.T) {
	for _, row := range []struct {
		name           string
		total, reserve time.Duration
		header         string
		stream         bool
		want           []time.Duration // until a gives up, until b does, until c does
	}{
		{"all of it", 60 * time.Second, 10 * time.Second, "", false, []time.Duration{30, 50, 60}},
		{"a hung primary cannot have it all", 30 * time.Second, 10 * time.Second, "", false, []time.Duration{20, 25, 30}},
		{"at most half of what is left", 12 * time.Second, 10 * time.Second, "", false, []time.Duration{6, 9, 12}},
		{"none is kept", 40 * time.Second, 0, "", false, []time.Duration{30, 40}},
		{"under the client's own deadline", 120 * time.Second, 10 * time.Second, "8", false, []time.Duration{4, 6, 8}},
		{"a stream's first token has its own limit", 30 * time.Second, 10 * time.Second, "", true, []time.Duration{8, 16, 24}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {hang()}, "b": {hang()}, "c": {hang()}}, func(c *router.Config) {
					c.Resilience.TotalTimeout, c.Resilience.Reserve = row.total, row.reserve
				})
				q := chat(t.Context(), "smart", row.stream)
				q.Header.Set("X-Request-Timeout", row.header)
				w := g.do(q)
				require.Equal(t, 504, w.Code)
				rec := g.log.last(t)
				require.Len(t, rec.Attempts, len(row.want))
				for i, want := range row.want {
					require.WithinDuration(t, rec.Start.Add(want*time.Second), rec.Attempts[i].End, 5*time.Millisecond, "attempt %d", i)
				}
			})
		})
	}
}

func TestTheClientsOwnDeadline(t *testing.T) {
	for _, row := range []struct {
		header string
		want   time.Duration
	}{
		{"5", 5 * time.Second},
		{"2.5", 2500 * time.Millisecond},
		{"1500ms", 1500 * time.Millisecond},
		{"1m", time.Minute},
		{"1h", 2 * time.Minute},
		{"0", 2 * time.Minute}, {"-5", 2 * time.Minute}, {"soon", 2 * time.Minute}, {"5 s", 2 * time.Minute}, {"", 2 * time.Minute},
		{"1e9999", 2 * time.Minute}, {"99999999999999999999", 2 * time.Minute},
	} {
		t.Run(row.header, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}})
				q := chat(t.Context(), "smart", false)
				q.Header.Set("X-Request-Timeout", row.header)
				g.do(q)
				rec := g.log.last(t)
				require.WithinDuration(t, rec.Start.Add(row.want), rec.Deadline, time.Millisecond)
				require.Empty(t, g.fakes.seen[0].Header.Get("X-Request-Timeout"))
			})
		})
	}
}

func TestNoTimeAtAllIsATimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}})
		q := chat(t.Context(), "smart", false)
		q.Header.Set("X-Request-Timeout", "2ms")
		w := g.do(q)
		require.Equal(t, 504, w.Code)
		require.Contains(t, w.Body.String(), `"code":"total_timeout"`)
		require.Empty(t, g.fakes.seen)
	})
}

func TestAHurriedClientOpensNoBreaker(t *testing.T) {
	for _, row := range []struct {
		name, header string
		opens        bool
	}{
		{"in a hurry", "3", false},
		{"as long as a first token may take", "20", true},
		{"no deadline of its own", "", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {hang()}, "b": {hang()}, "c": {hang()}},
					func(c *router.Config) { c.Resilience.Breaker.MinSamples = 1 })
				q := chat(t.Context(), "smart", false)
				q.Header.Set("X-Request-Timeout", row.header)
				g.do(q)
				require.Equal(t, row.opens, len(g.log.breakers) > 0)
			})
		})
	}
}

func TestPrecedenceWhenDeadlinesCoincide(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {hang()}, "b": {sse(token, finish, done)}}, func(c *router.Config) {
			c.Resilience.AttemptTimeout = 8 * time.Second
			c.Resilience.TTFTTimeout = 8 * time.Second
		})
		g.do(chat(t.Context(), "smart", true))
		require.Equal(t, "a:attempt_timeout b:ok", reasons(g.log.last(t)))
	})
}

func TestNoAttemptIsStartedWithoutTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		late := after(5*time.Second-router.MinAttemptTime/2, answer(500, "{}"))
		g := newRig(t, map[string][]step{"a": {late}, "b": {ok()}}, func(c *router.Config) {
			c.Resilience.TotalTimeout, c.Resilience.Reserve = 5*time.Second, 0
		})
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, 504, w.Code)
		require.Equal(t, "a:server_error", reasons(g.log.last(t)))
	})
}

func TestAWaitThatDoesNotFitIsNotBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After", "30")}},
			func(c *router.Config) { c.Resilience.TotalTimeout = 20 * time.Second })
		w := g.do(chat(t.Context(), "only", false))
		require.Equal(t, 429, w.Code)
		require.Equal(t, "30", w.Header().Get("Retry-After"))
		rec := g.log.last(t)
		require.Equal(t, rec.Start, rec.End, "fails at once")
	})
}

func TestRouteLimits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {hang()}, "b": {ok()}}, func(c *router.Config) {
			l := c.Resilience.Limits
			l.AttemptTimeout = time.Second
			c.Routes[0].Limits = &l
		})
		g.do(chat(t.Context(), "smart", false))
		first := g.log.last(t).Attempts[0]
		require.Equal(t, audit.AttemptTimeout, first.Reason)
		require.WithinDuration(t, first.Start.Add(time.Second), first.End, time.Millisecond)
	})
}

func TestTimeoutsFallOnDifferentInstants(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ends := map[time.Duration]bool{}
		for _, id := range []string{"req-000001", "req-000002", "req-000003"} {
			g := newRig(t, map[string][]step{"a": {hang()}, "b": {ok()}})
			q := chat(t.Context(), "smart", false)
			q.Header.Set("X-Client-Request-Id", id)
			g.do(q)
			a := g.log.last(t).Attempts[0]
			ends[a.End.Sub(a.Start)] = true
		}
		require.Len(t, ends, 3)
	})
}

func TestTheSameSeedGivesTheSameRelay(t *testing.T) {
	run := func(t *testing.T) (rec audit.Record) {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {answer(500, "{}")}, "b": {hang()}, "c": {answer(429, "{}"), ok()}})
			g.do(chat(t.Context(), "smart", false))
			rec = g.log.last(t)
		})
		return rec
	}
	first := run(t)
	for range 5 {
		require.Equal(t, first, run(t))
	}
}
