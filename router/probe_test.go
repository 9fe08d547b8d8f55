package router_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// probing turns probes on: one a minute and target.
func probing(c *router.Config) {
	c.Routes[0].Targets = []string{"a/m", "b/m"}
	c.Health.Probes = router.Probes{Every: time.Minute, BudgetMicroUSD: 1_000_000}
}

// probes are the records of active probes, by target.
func (l *log) probes() map[string][]audit.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string][]audit.Record{}
	for _, r := range l.records {
		if r.Probe {
			all[r.Route] = append(all[r.Route], r)
		}
	}
	return all
}

func TestProbesOfARoute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {after(300*time.Millisecond, ok())}, "c": {ok()}}, probing)
		defer g.Close()
		pause(10 * time.Minute)
		require.Empty(t, g.log.probes(), "nothing is known to serve anything")
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		pause(10 * time.Minute)
		all := g.log.probes()
		require.Len(t, all, 2, "not c, which is in no route")
		ids := map[string]bool{}
		for _, target := range []string{"a/m", "b/m"} {
			require.InDelta(t, 10, len(all[target]), 2, target)
			for _, r := range all[target] {
				require.True(t, strings.HasPrefix(r.RequestID, audit.ProbePrefix))
				require.Equal(t, audit.Served, r.Outcome)
				require.Equal(t, "chat", r.Endpoint)
				require.Len(t, r.Attempts, 1)
				require.False(t, r.Attempts[0].Served, "nobody received it")
				require.EqualValues(t, 540, r.Attempts[0].CostMicroUSD)
				ids[r.RequestID] = true
			}
		}
		require.Len(t, ids, len(all["a/m"])+len(all["b/m"]))
		for i, q := range g.fakes.seen[1:] {
			require.True(t, ids[q.Header.Get("X-Client-Request-Id")], "the provider can tell it apart")
			require.JSONEq(t, `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}`, g.fakes.body[i+1])
		}
	})
}

// A target nobody asks fails: three probes find out, it is left alone by clients,
// probed more often, and taken back by a probe.
func TestProbesFindOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {answer(503, `{}`)}}, probing)
		defer g.Close()
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		pause(3 * time.Minute)
		require.NotEmpty(t, g.log.breakers)
		require.Equal(t, []any{"b/m", "chat", audit.Open, audit.ServerError},
			[]any{g.log.breakers[0].Target, g.log.breakers[0].Endpoint, g.log.breakers[0].To, g.log.breakers[0].Reason})
		g.fakes.play("b", ok())
		pause(5 * time.Minute)
		last := g.log.breakers[len(g.log.breakers)-1]
		require.Equal(t, audit.Closed, last.To, "no client has asked it")
		admitted := 0
		for _, r := range g.log.probes()["b/m"] {
			if r.Attempts[0].Probe {
				admitted++
			}
		}
		require.Positive(t, admitted)
	})
}

func TestProbesHeedWhatGuardsTheTarget(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		b      step
		least  int
		most   int // probes of b in 50 minutes
	}{
		{"a healthy target", func(*router.Config) {}, ok(), 42, 58},
		{"a wait of its own", func(c *router.Config) { c.Resilience.Cooldown.Max = time.Hour }, answer(429, `{}`, "Retry-After", "3600"), 1, 1},
		{"an open breaker", func(c *router.Config) {
			c.Resilience.Breaker.OpenFor, c.Resilience.Breaker.MaxOpenFor = time.Hour, time.Hour
		}, answer(503, `{}`), 3, 3},
		{"a budget", func(c *router.Config) { c.Health.Probes.BudgetMicroUSD = 2*540 + 3*200 }, ok(), 1, 3},
		{"no budget", func(c *router.Config) { c.Health.Probes.BudgetMicroUSD = 10 }, ok(), 0, 0},
		{"none", func(c *router.Config) { c.Health.Probes = router.Probes{} }, ok(), 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}, "b": {row.b}}, probing, row.change)
				defer g.Close()
				require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
				pause(50 * time.Minute)
				n := len(g.log.probes()["b/m"])
				require.True(t, n >= row.least && n <= row.most, "%d probes", n)
			})
		})
	}
}

// A short answer does not show that long ones are quick again: with slow_call set
// only clients close a breaker.
func TestProbesDoNotCloseABreakerForSlowCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(503, `{}`)}, "b": {ok()}}, probing, func(c *router.Config) {
			c.Resilience.Breaker.SlowCall = 5 * time.Second
		})
		defer g.Close()
		for range 15 {
			g.do(chat(t.Context(), "smart", false))
		}
		require.NotZero(t, g.log.changes())
		g.fakes.play("a", ok())
		pause(10 * time.Minute)
		require.NotEqual(t, audit.Closed, g.log.breakers[len(g.log.breakers)-1].To)
		for range 2 {
			require.Equal(t, "a", g.do(chat(t.Context(), "smart", false)).Header().Get("X-Routedrill-Provider"))
		}
		require.Equal(t, audit.Closed, g.log.breakers[len(g.log.breakers)-1].To)
	})
}

func TestProbesEndWithTheRouter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok(), hang()}, "b": {hang()}}, probing, func(c *router.Config) {
			c.Resilience.AttemptTimeout, c.Resilience.TotalTimeout = time.Hour, time.Hour
		})
		defer g.Close()
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		pause(5 * time.Minute)
		require.Empty(t, g.log.probes(), "both hang")
		start := time.Now()
		g.Close()
		require.Equal(t, start, time.Now())
		all := g.log.probes()
		for _, target := range []string{"a/m", "b/m"} {
			require.Len(t, all[target], 1, "one at a time")
			require.Equal(t, audit.Cancelled, all[target][0].Outcome)
		}
		require.Empty(t, g.log.breakers)
	})
}

func TestProbeSettings(t *testing.T) {
	for _, row := range []struct {
		probes router.Probes
		want   string
	}{
		{router.Probes{Every: time.Millisecond, BudgetMicroUSD: 1}, "health.probes.every: 1ms is not within 1s and 24h"},
		{router.Probes{Every: 25 * time.Hour, BudgetMicroUSD: 1}, "health.probes.every: 25h0m0s"},
		{router.Probes{Every: time.Minute}, "health.probes.budget: 0 micro-USD per hour is not within 1 and"},
	} {
		c := config()
		c.Health.Probes = row.probes
		_, err := router.New(c)
		require.ErrorContains(t, err, row.want)
	}
	c := config()
	c.Health.Probes = router.DefaultProbes()
	r, err := router.New(c)
	require.NoError(t, err)
	r.Close()
}

// A budget that has not enough left for a probe has none of its target until its next
// period.
func TestProbesCountForBudgets(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}}, probing, func(c *router.Config) {
			c.Budgets = []router.Budget{{Name: "b", Provider: "b", Per: router.PerHour, LimitMicroUSD: 2*billed + 100}}
		})
		defer g.Close()
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		pause(55 * time.Minute)
		require.Len(t, g.log.probes()["b/m"], 2)
		require.Greater(t, len(g.log.probes()["a/m"]), 40)
		pause(55 * time.Minute)
		require.Len(t, g.log.probes()["b/m"], 4, "another hour")
	})
}
