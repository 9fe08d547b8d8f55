package router_test

import (
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// follow puts a router with another config in the place of the rig's.
func (g *rig) follow(t *testing.T, change ...func(*router.Config)) {
	t.Helper()
	c := config()
	for _, f := range change {
		f(&c)
	}
	r, err := router.New(c, router.WithTransport(g.fakes), router.WithAudit(g.log), router.WithPredecessor(g.Router))
	require.NoError(t, err)
	g.Router = r
}

// state is what the health page says of target a/m.
func (g *rig) state(t *testing.T) (row struct{ State, Health string }) {
	t.Helper()
	var page struct {
		Targets []struct{ Target, State, Health string }
	}
	q := post(t.Context(), "/v1/routedrill/health", "")
	q.Method = http.MethodGet
	require.NoError(t, json.Unmarshal(g.do(q).Body.Bytes(), &page))
	for _, h := range page.Targets {
		if h.Target == "a/m" {
			row.State, row.Health = h.State, h.Health
		}
	}
	return row
}

func same(*router.Config) {}

// What is known of a target stays known, as far as it is the same target.
func TestSuccessorKnowsTargets(t *testing.T) {
	breaks := answer(503, `{"error":{}}`)
	tests := []struct {
		name   string
		a      step
		change func(*router.Config)
		reason string // of a's skip at the next request; "" is that it is asked
		told   bool   // that its breaker is closed now
	}{
		{"an open breaker stays open", breaks, same, audit.BreakerOpen, false},
		{"and with another key", breaks, func(c *router.Config) { c.Providers[0].APIKey = "sk-other" }, audit.BreakerOpen, false},
		{"and beside other routes and timeouts", breaks, func(c *router.Config) {
			c.Routes[0].Targets, c.Resilience.AttemptTimeout = []string{"a/m", "c/m"}, 7*time.Second
		}, audit.BreakerOpen, false},
		{"a breaker of other settings is another one", breaks, func(c *router.Config) { c.Resilience.Breaker.OpenFor = 20 * time.Second }, "", true},
		{"another base URL is another target", breaks, func(c *router.Config) { c.Providers[0].BaseURL = "http://a.test/v2" }, "", true},
		{"a target that is gone", breaks, func(c *router.Config) {
			c.Providers, c.Routes = c.Providers[1:], []router.Route{{Name: "smart", Targets: []string{"b/m"}}}
		}, "", true},
		{"a cooldown stays", answer(429, `{"error":{}}`, "Retry-After", "50"), same, audit.CoolingDown, false},
		{"that of another key is over", answer(429, `{"error":{}}`, "Retry-After", "50"), func(c *router.Config) { c.Providers[0].APIKey = "sk-other" }, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {tt.a}, "b": {ok()}, "c": {ok()}})
				for range 12 {
					require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
					time.Sleep(100 * time.Millisecond)
				}
				g.follow(t, tt.change)
				require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
				r := g.log.last(t)
				if tt.reason != "" {
					require.NotEmpty(t, r.Skips)
					require.Equal(t, "a/m "+tt.reason, r.Skips[0].Target+" "+r.Skips[0].Reason)
				} else {
					require.Empty(t, r.Skips)
				}
				events := slices.ContainsFunc(g.log.breakers, func(e audit.BreakerEvent) bool {
					return e.Target == "a/m" && e.From == audit.Open && e.To == audit.Closed && e.Reason == audit.Replaced
				})
				require.Equal(t, tt.told, events)
			})
		})
	}
}

// A request that began before counts with what works after, and ends as it would have.
func TestSuccessorLetsRequestsEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {after(time.Second, answer(503, `{"error":{}}`))}, "b": {ok()}}, func(c *router.Config) {
			c.Resilience.Breaker.MinSamples = 5
		})
		codes := make(chan int, 5)
		old := *g
		for range 5 {
			go func() { codes <- old.do(chat(t.Context(), "smart", false)).Code }()
		}
		time.Sleep(500 * time.Millisecond)
		g.follow(t, func(c *router.Config) { c.Resilience.Breaker.MinSamples = 5 })
		for range 5 {
			require.Equal(t, 200, <-codes)
		}
		require.Equal(t, "open", g.state(t).State)
		require.NotEmpty(t, g.log.breakers)

		_, err := router.New(config(), router.WithPredecessor(old.Router))
		require.ErrorContains(t, err, "has a successor already")
	})
}

// One whose config is refused changes nothing.
func TestSuccessorThatIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}}, func(c *router.Config) { c.Queue.Workers = 1 })
		defer func() { g.Close() }() // of the last
		bad := config()
		bad.Routes[0].Targets = []string{"nobody/m"}
		_, err := router.New(bad, router.WithPredecessor(g.Router))
		require.Error(t, err)
		require.Equal(t, 202, g.do(later(t, "only")).Code)
		time.Sleep(time.Second)
		require.Equal(t, audit.Served, g.log.last(t).Outcome, "jobs go on")
		g.follow(t)
	})
}

// Money that is spent stays spent, also where the limit is another one.
func TestSuccessorKeepsBudgets(t *testing.T) {
	for _, row := range []struct {
		name   string
		second router.Budget
		code   int
	}{
		{"the same", router.Budget{Name: "all", Per: router.PerDay, LimitMicroUSD: billed + most - 1}, 429},
		{"room for one more", router.Budget{Name: "all", Per: router.PerDay, LimitMicroUSD: billed + most}, 200},
		{"less than is spent", router.Budget{Name: "all", Per: router.PerDay, LimitMicroUSD: 1}, 429},
		{"another name is another budget", router.Budget{Name: "other", Per: router.PerDay, LimitMicroUSD: billed + most - 1}, 200},
		{"another period is another budget", router.Budget{Name: "all", Per: router.PerHour, LimitMicroUSD: billed + most - 1}, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				with := func(b router.Budget) func(*router.Config) {
					return func(c *router.Config) { c.Budgets = []router.Budget{b} }
				}
				g := newRig(t, map[string][]step{"a": {ok()}}, with(router.Budget{Name: "all", Per: router.PerDay, LimitMicroUSD: billed + most - 1}))
				require.Equal(t, 200, g.do(post(t.Context(), "/v1/chat/completions", budgeted)).Code)
				g.follow(t, with(row.second))
				require.Equal(t, row.code, g.do(post(t.Context(), "/v1/chat/completions", budgeted)).Code)
				require.InDelta(t, float64(len(g.fakes.seen))*billed/1e6, g.Spending().Providers[0].TotalUSD, 1e-12, "the ledger goes on")
			})
		})
	}
}

// Answers stay: those in the cache and those by idempotency key.
func TestSuccessorKeepsAnswers(t *testing.T) {
	cached := func(c *router.Config) { c.Cache.TTL = map[string]time.Duration{router.AnyTask: time.Hour} }
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		asked  int // requests to the provider for one to the cache and one with a key
	}{
		{"the same", same, 2},
		{"other bounds", func(c *router.Config) {
			c.Cache.Entries, c.Cache.MaxBytes, c.Idempotency.Entries = 5, 1<<20, 5
		}, 2},
		{"another version", func(c *router.Config) { c.Cache.Version = "2" }, 3},
		{"neither", func(c *router.Config) { c.Cache = router.Cache{}; c.Idempotency.TTL = 0; c.Idempotency.Entries = 1 }, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}}, cached)
				ask := func() {
					require.Equal(t, 200, g.do(chat(t.Context(), "only", false)).Code)
					q := chat(t.Context(), "only", false)
					q.Header.Set("Idempotency-Key", "k")
					q.Header.Set("Cache-Control", "no-store")
					require.Equal(t, 200, g.do(q).Code)
				}
				ask()
				g.follow(t, cached, func(c *router.Config) { c.Idempotency = router.DefaultIdempotency() }, row.change)
				ask()
				require.Len(t, g.fakes.seen, row.asked)
			})
		})
	}
}

// The queue goes on with its jobs, which the successor does.
func TestSuccessorKeepsJobs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {after(10*time.Second, ok())}, "b": {ok()}}, func(c *router.Config) { c.Queue.Workers = 1 })
		first := g.do(later(t, "only")).Header().Get("Location")
		second := g.do(later(t, "only")).Header().Get("Location")
		time.Sleep(time.Second)
		g.follow(t, func(c *router.Config) { c.Routes[1].Targets = []string{"b/m"} })
		require.Equal(t, 202, g.do(later(t, "only")).Code, "by the old settings")
		time.Sleep(15 * time.Second)
		for _, at := range []string{first, second} {
			_, v := g.status(t, http.MethodGet, at)
			require.Equal(t, "done", v["status"])
		}
		require.Equal(t, "b:ok", reasons(g.log.last(t)))
		g.follow(t)
		g.Close()
		time.Sleep(time.Hour) // nothing is left to run
	})
}

// An alert that stands goes on standing, and clears when nobody would clear it.
func TestSuccessorKeepsAlerts(t *testing.T) {
	for _, row := range []struct {
		name    string
		change  func(*router.Config)
		cleared bool
	}{
		{"the same", same, false},
		{"another objective", func(c *router.Config) { c.Health.Alerts.Objective = 0.99 }, true},
		{"no alerts", func(c *router.Config) { c.Health.Alerts = router.Alerts{} }, true},
		{"the target is gone", func(c *router.Config) {
			c.Providers, c.Routes = c.Providers[1:], []router.Route{{Name: "smart", Targets: []string{"b/m"}}}
		}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g, h, _ := alarmed(t, map[string][]step{"a": {answer(503, "{}")}, "b": {ok()}})
				start := time.Now()
				for range 600 {
					g.do(chat(t.Context(), "smart", false))
					time.Sleep(time.Second)
				}
				require.NotEmpty(t, h.words(start))
				c := config()
				c.Health.Alerts = router.DefaultAlerts()
				c.Health.Alerts.P95 = 5 * time.Second
				row.change(&c)
				r, err := router.New(c, router.WithTransport(g.fakes), router.WithAudit(g.log), router.WithAlerts(h), router.WithPredecessor(g.Router))
				require.NoError(t, err)
				defer r.Close()
				require.Equal(t, row.cleared, strings.Contains(strings.Join(h.words(start), "; "), "cleared after 10m"), h.words(start))
				if !row.cleared {
					time.Sleep(8 * time.Hour) // of no traffic at all: the successor watches without any
					require.Contains(t, strings.Join(h.words(start), "; "), "fast errors cleared")
				}
			})
		})
	}
}

// Requests under way count for the caps of the successor.
func TestSuccessorKeepsBulkheads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		capped := func(n int) func(*router.Config) {
			return func(c *router.Config) { c.Providers[0].Bulkhead.MaxConcurrent = n }
		}
		g := newRig(t, map[string][]step{"a": {after(time.Second, ok())}, "b": {ok()}}, capped(1))
		old := *g
		ended := make(chan int)
		go func() { ended <- old.do(chat(t.Context(), "smart", false)).Code }()
		time.Sleep(time.Millisecond)
		g.follow(t, capped(1))
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "b:ok", reasons(g.log.last(t)))
		g.follow(t, capped(2))
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
		require.Equal(t, 200, <-ended)
	})
}

// No request id is invented twice.
func TestSuccessorInventsOtherIDs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}})
		seen := map[string]bool{}
		for range 3 {
			q := chat(t.Context(), "only", false)
			q.Header.Del("X-Client-Request-Id")
			seen[g.do(q).Header().Get("X-Routedrill-Request-Id")] = true
			g.follow(t)
		}
		require.Len(t, seen, 3)
	})
}

// Nothing of what goes on holds the routers that were: a config may change for years.
func TestPredecessorsAreLetGo(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {answer(503, `{"error":{}}`)}, "b": {ok()}, "c": {ok()}}, func(c *router.Config) {
		c.Queue.Workers = 1
		c.Health.Alerts = router.DefaultAlerts()
	})
	var gone atomic.Int32
	for range 3 {
		for range 12 {
			require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		}
		g.fakes.seen = nil // a request's context leads to its router
		runtime.AddCleanup(g.Router, func(struct{}) { gone.Add(1) }, struct{}{})
		g.follow(t, func(c *router.Config) { c.Health.Alerts = router.DefaultAlerts() })
	}
	require.Equal(t, "open", g.state(t).State)
	require.Eventually(t, func() bool { runtime.GC(); return gone.Load() == 3 }, 10*time.Second, time.Millisecond)
	g.Close()
}
