package router_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// served counts which provider answered.
func served(records []audit.Record) map[string]int {
	n := map[string]int{}
	for _, r := range records {
		n[r.Attempts[len(r.Attempts)-1].Provider]++
	}
	return n
}

func TestBulkheadShedsToTheNextTarget(t *testing.T) {
	slow := after(5*time.Second, ok())
	slowStream := sse(role, token, 5*time.Second, finish, usage, done)
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		want   map[string]int
	}{
		{"no cap", func(*router.Config) {}, map[string]int{"a": 12}},
		{"of every target", func(c *router.Config) { c.Resilience.Bulkhead.MaxConcurrent = 5 }, map[string]int{"a": 5, "b": 5, "c": 2}},
		{"of a model", func(c *router.Config) { c.Providers[0].Models[0].Bulkhead.MaxConcurrent = 3 }, map[string]int{"a": 3, "b": 9}},
		{"a model before the rest", func(c *router.Config) {
			c.Resilience.Bulkhead.MaxConcurrent = 2
			c.Providers[0].Models[0].Bulkhead.MaxConcurrent = 8
		}, map[string]int{"a": 8, "b": 2, "c": 2}},
		{"of a provider", func(c *router.Config) { c.Providers[0].Bulkhead.MaxConcurrent = 4 }, map[string]int{"a": 4, "b": 8}},
		{"the smaller of both", func(c *router.Config) {
			c.Providers[0].Bulkhead.MaxConcurrent = 4
			c.Providers[0].Models[0].Bulkhead.MaxConcurrent = 6
		}, map[string]int{"a": 4, "b": 8}},
		{"of a provider over its models", func(c *router.Config) {
			c.Providers[0].Models = append(c.Providers[0].Models, router.Model{Name: "n"})
			c.Providers[0].Bulkhead.MaxConcurrent = 4
			c.Providers[0].Models[0].Bulkhead.MaxConcurrent = 3
			c.Routes[0].Targets = []string{"a/m", "a/n", "b/m"}
		}, map[string]int{"a": 4, "b": 8}},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(row.name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					steps := []step{slow}
					if stream {
						steps[0] = slowStream
					}
					g := newRig(t, map[string][]step{"a": steps, "b": steps, "c": steps}, row.change)
					for range 2 { // the places are given back
						records := g.drive(t, 12, time.Millisecond, stream)
						require.Equal(t, row.want, served(records))
						for _, r := range records {
							require.Len(t, r.Attempts, 1, "what is shed costs no attempt")
							for _, s := range r.Skips {
								require.Equal(t, audit.BulkheadFull, s.Reason)
							}
							require.Equal(t, r.Attempts[0].Target == "a/m", len(r.Skips) == 0)
						}
						time.Sleep(10 * time.Second)
					}
				})
			})
		}
	}
}

// With every target full a request waits a moment, within the bounds of a
// relay, and is then refused.
func TestEveryBulkheadFull(t *testing.T) {
	for _, row := range []struct {
		name    string
		busy    time.Duration
		outcome audit.Outcome
		status  int
	}{
		{"a place comes free in time", 20 * time.Millisecond, audit.Served, 200},
		{"none does", time.Minute, audit.Refused, 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {after(row.busy, ok())}}, func(c *router.Config) {
					c.Routes[0].Targets = []string{"a/m"}
					c.Resilience.Bulkhead.MaxConcurrent = 1
					c.Resilience.AttemptTimeout = 2 * time.Minute
					c.Resilience.MaxWait = 2 * time.Second
				})
				first := chat(t.Context(), "smart", false)
				go g.do(first)
				time.Sleep(time.Millisecond)
				q := chat(t.Context(), "smart", false)
				q.Header.Set("X-Client-Request-Id", "the-second")
				w := g.do(q)
				require.Equal(t, row.status, w.Code)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				for _, r := range g.log.records {
					if r.RequestID == "the-second" {
						require.Equal(t, row.outcome, r.Outcome)
						require.Equal(t, audit.BulkheadFull, r.Skips[0].Reason)
						require.Less(t, r.End.Sub(r.Start), 3*time.Second)
						require.LessOrEqual(t, len(r.Skips), 10, "a look per round")
					}
				}
			})
		})
	}
}

// A failover does not take the fallback down: it carries what it may, and the
// rest goes further.
func TestABulkheadProtectsTheFallback(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(503, "{}")}, "b": {after(2*time.Second, ok())}, "c": {after(2*time.Second, ok())}},
			func(c *router.Config) { c.Providers[1].Bulkhead.MaxConcurrent = 10 })
		records := g.drive(t, 600, 50*time.Millisecond, false)
		require.Equal(t, 10, concurrency(records, "b"))
		require.Greater(t, served(records)["b"], 100)
		require.Greater(t, served(records)["c"], 100)
	})
}

// concurrency is how many attempts at a provider were under way at once.
func concurrency(records []audit.Record, provider string) (peak int) {
	var all []audit.Attempt
	for _, r := range records {
		for _, a := range r.Attempts {
			if a.Provider == provider {
				all = append(all, a)
			}
		}
	}
	for _, a := range all {
		n := 0
		for _, b := range all {
			if !b.Start.After(a.Start) && b.End.After(a.Start) {
				n++
			}
		}
		peak = max(peak, n)
	}
	return peak
}

func TestAPanicGivesThePlaceBack(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {func(*http.Request) (*http.Response, error) { panic("boom") }, ok()}},
		func(c *router.Config) { c.Resilience.Bulkhead.MaxConcurrent = 1 })
	require.Equal(t, 500, g.do(chat(t.Context(), "only", false)).Code)
	require.Equal(t, 200, g.do(chat(t.Context(), "only", false)).Code)
}
