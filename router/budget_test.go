package router_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// An answer of the rig costs 60 × 2000 + 40 × 500 + 50 × 8000 nano-USD: 540 µUSD.
// The most that a request of 67 bytes for 50 tokens may cost is 67 × 2000 + 50 ×
// 8000: 534 µUSD, and one for what is rounded.
const (
	budgeted = `{"model":"smart","max_tokens":50,"messages":[                    ]}`
	billed   = 540
	most     = 535
)

func TestBudgets(t *testing.T) {
	require.Len(t, budgeted, 67)
	prices := func(c *router.Config, input ...int64) { // of a, b, c: cached input is free
		for i, p := range input {
			c.Providers[i].Models[0].Price = router.Price{InputNano: p, OutputNano: 4 * p}
		}
	}
	for _, row := range []struct {
		name   string
		budget router.Budget
		price  []int64 // nano-USD of an input token at a, b, c
		spend  int     // requests before
		header string  // of the last request: key=value
		broken bool    // a fails the last request
		want   string  // how the last request went
		skips  string
		status int
	}{
		{"enough is left", router.Budget{LimitMicroUSD: billed + most}, nil, 1, "", false, "a:ok", "", 200},
		{"not enough is left", router.Budget{LimitMicroUSD: billed + most - 1}, nil, 1, "", false, "", "a:budget_spent b:budget_spent c:budget_spent", 429},
		{"of another task", router.Budget{LimitMicroUSD: 1, Task: "chat"}, nil, 1, "X-Routedrill-Task=mail", false, "a:ok", "", 200},
		{"of the task", router.Budget{LimitMicroUSD: 1, Task: "chat"}, nil, 1, "X-Routedrill-Task=chat", false, "", "a:budget_spent b:budget_spent c:budget_spent", 429},
		{"of another tenant", router.Budget{LimitMicroUSD: 1, Tenant: "acme"}, nil, 1, "", false, "a:ok", "", 200},
		{"of the tenant", router.Budget{LimitMicroUSD: 1, Tenant: "acme"}, nil, 1, "X-Routedrill-Tenant=acme", false, "", "a:budget_spent b:budget_spent c:budget_spent", 429},
		{"of another route", router.Budget{LimitMicroUSD: 1, Route: "only"}, nil, 1, "", false, "a:ok", "", 200},
		{"of one provider", router.Budget{LimitMicroUSD: 1, Provider: "a"}, nil, 1, "", false, "b:ok", "a:budget_spent", 200},
		{"of a model everywhere", router.Budget{LimitMicroUSD: 1, Model: "m"}, nil, 1, "", false, "", "a:budget_spent b:budget_spent c:budget_spent", 429},
		{"a fallback that does not fit", router.Budget{LimitMicroUSD: 1, Provider: "b"}, nil, 0, "", true, "a:server_error c:ok", "b:budget_spent", 200},
		{"below degrade", router.Budget{LimitMicroUSD: 1e6, Degrade: 0.0005}, []int64{2000, 3000, 1000}, 0, "", false, "a:ok", "", 200},
		{"from degrade on, the cheapest first", router.Budget{LimitMicroUSD: 1e6, Degrade: 0.0005}, []int64{2000, 3000, 1000}, 1, "", false, "c:ok", "b:budget_degraded", 200},
		{"degraded, and nothing is cheaper", router.Budget{LimitMicroUSD: 1e6, Degrade: 0.0005}, []int64{2000, 3000, 2000}, 1, "", false, "a:ok", "b:budget_degraded", 200},
		{"degraded, no dearer fallback", router.Budget{LimitMicroUSD: 1e6, Degrade: 0.0005}, []int64{2000, 3000, 3000}, 1, "", true, "a:server_error", "b:budget_degraded c:budget_degraded", 503},
		{"of one provider, degraded", router.Budget{LimitMicroUSD: 1e6, Degrade: 0.0005, Provider: "a"}, nil, 1, "", false, "b:ok", "a:budget_degraded", 200},
		{"of one provider, degraded, and its turn", router.Budget{LimitMicroUSD: 1e6, Degrade: 0.0005, Provider: "b"}, nil, 1, "", false, "a:ok", "", 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}}, func(c *router.Config) {
					row.budget.Name, row.budget.Per = "one", router.PerHour
					c.Budgets = []router.Budget{row.budget}
					c.Resilience.QuickRetry, c.Resilience.MaxWait, c.Resilience.LastResort = 0, 0, false
					prices(c, row.price...)
				})
				for range row.spend {
					g.do(post(t.Context(), "/v1/chat/completions", budgeted))
				}
				if row.broken {
					g.fakes.play("a", answer(503, "{}"))
				}
				q := post(t.Context(), "/v1/chat/completions", budgeted)
				if key, value, ok := strings.Cut(row.header, "="); ok {
					q.Header.Set(key, value)
				}
				w := g.do(q)
				r := g.log.last(t)
				require.Equal(t, row.want, reasons(r))
				var skips []string
				for _, s := range r.Skips {
					skips = append(skips, strings.TrimSuffix(s.Target, "/m")+":"+s.Reason)
				}
				require.Equal(t, row.skips, strings.Join(skips, " "))
				require.Equal(t, row.status, w.Code)
			})
		})
	}
}

// The refusal says which budget and until when, and the next period begins anew.
func TestOverBudget(t *testing.T) {
	bubble(t, func(t *testing.T) { // which begins at midnight of UTC
		g := newRig(t, map[string][]step{"a": {ok()}}, func(c *router.Config) {
			c.Budgets = []router.Budget{{Name: "daily", Per: router.PerDay, LimitMicroUSD: 1000}}
		})
		time.Sleep(22*time.Hour + 30*time.Second)
		require.Equal(t, 200, g.do(post(t.Context(), "/v1/chat/completions", budgeted)).Code)
		w := g.do(post(t.Context(), "/v1/chat/completions", budgeted))
		require.Equal(t, 429, w.Code)
		require.Equal(t, "7170", w.Header().Get("Retry-After"))
		require.Equal(t, "false", w.Header().Get("X-Should-Retry"))
		require.JSONEq(t, `{"error": {"type": "insufficient_quota", "code": "budget_exceeded", "param": null,
			"message": "the budget \"daily\" of 0.00 USD per day has not enough left for this request; the next day begins at 2000-01-02T00:00:00Z"}}`, w.Body.String())
		require.Equal(t, audit.Refused, g.log.last(t).Outcome)
		require.Equal(t, []any{map[string]any{
			"name": "daily", "per": "day", "state": "ok", "limit_usd": 0.001, "spent_usd": 0.00054, "held_usd": 0.0, "ends_at": "2000-01-02T00:00:00Z",
		}}, g.health(t)["budgets"])
		time.Sleep(2 * time.Hour)
		require.Equal(t, 200, g.do(post(t.Context(), "/v1/chat/completions", budgeted)).Code)
	})
}

// The operator is told once in a period of each state.
func TestBudgetIsToldOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var out bytes.Buffer
		c := config()
		c.Budgets = []router.Budget{{Name: "b", Per: router.PerHour, LimitMicroUSD: 4 * billed, Soft: 0.5, Degrade: 0.75}}
		r, err := router.New(c, router.WithTransport(&fakes{steps: map[string][]step{"a": {ok()}}}),
			router.WithLogger(slog.New(slog.NewJSONHandler(&out, nil))), router.WithSeed(1))
		require.NoError(t, err)
		states := func() (s []string) {
			for line := range strings.Lines(out.String()) {
				var told struct {
					Msg, Name, State string
				}
				require.NoError(t, json.Unmarshal([]byte(line), &told))
				if told.Msg == "budget" {
					s = append(s, told.State)
				}
			}
			out.Reset()
			return s
		}
		for i, want := range [][]string{nil, {"budget_soft"}, {"budget_degraded"}, {"budget_spent"}, nil} {
			r.ServeHTTP(httptest.NewRecorder(), post(t.Context(), "/v1/chat/completions", budgeted))
			require.Equal(t, want, states(), "request %d", i)
		}
		time.Sleep(time.Hour)
		for range 2 {
			r.ServeHTTP(httptest.NewRecorder(), post(t.Context(), "/v1/chat/completions", budgeted))
		}
		require.Equal(t, []string{"budget_soft"}, states(), "a new hour")
	})
}

// Nobody gets past the limit, however many come at once: what is under way is
// reserved.
func TestBudgetHoldsForACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const requests, limit = 300, 100 * billed
		g := newRig(t, map[string][]step{"a": {after(time.Second, ok())}, "b": {after(time.Second, ok())}, "c": {after(time.Second, ok())}}, func(c *router.Config) {
			c.Budgets = []router.Budget{{Name: "b", Per: router.PerHour, LimitMicroUSD: limit}}
		})
		var wg sync.WaitGroup
		for i := range requests {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Microsecond)
				q := post(t.Context(), "/v1/chat/completions", budgeted)
				q.Header.Set("X-Client-Request-Id", "req-"+strconv.Itoa(i))
				g.do(q)
			})
		}
		wg.Wait()
		spent, served := int64(0), 0
		for _, r := range g.log.records {
			if r.Outcome == audit.Served {
				served++
			}
			for _, a := range r.Attempts {
				spent += a.CostMicroUSD
			}
		}
		require.LessOrEqual(t, spent, int64(limit)+int64(served)*(billed-most), "beyond what was reserved: what the answers cost more")
		require.Equal(t, limit/most, served, "all at once")
		require.InDelta(t, float64(spent)/1e6, g.health(t)["budgets"].([]any)[0].(map[string]any)["spent_usd"], 1e-9)
	})
}

func TestBudgetsOfNothing(t *testing.T) {
	for _, row := range []struct {
		name, want string
		change     func(b *router.Budget)
	}{
		{"a name", `budgets.: a budget's name must be unique`, func(b *router.Budget) { b.Name = "" }},
		{"a period", `budgets.b.per: "week" is not one of [minute hour day month]`, func(b *router.Budget) { b.Per = "week" }},
		{"a limit", "budgets.b.limit: 0 micro-USD is not within", func(b *router.Budget) { b.LimitMicroUSD = 0 }},
		{"a share", "budgets.b.soft: 1.5 is not within 0 and 1", func(b *router.Budget) { b.Soft = 1.5 }},
		{"a provider", `budgets.b.provider: there is no provider "z"`, func(b *router.Budget) { b.Provider = "z" }},
		{"a model", `budgets.b.model: there is no model "z"`, func(b *router.Budget) { b.Model = "z" }},
		{"a route", `budgets.b.route: there is no route "z"`, func(b *router.Budget) { b.Route = "z" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config()
			b := router.Budget{Name: "b", Per: router.PerDay, LimitMicroUSD: 1}
			row.change(&b)
			c.Budgets = []router.Budget{b}
			_, err := router.New(c)
			require.ErrorContains(t, err, row.want)
		})
	}
}

// What an answer would have cost at the first target of its route stands beside what
// it has cost, to the micro-dollar, whoever gave it and in what order they were tried.
func TestWhatItWouldHaveCostAtTheFirst(t *testing.T) {
	for _, row := range []struct {
		name, model string
		broken      bool
		cost, first int64 // of 60 × input + 40 × cached + 50 × output
	}{
		{"at the first", "smart", false, 540, 540},
		{"a dearer fallback", "smart", true, 1621, 540}, // 1620.5 rounded half up
		{"asked for by its name", "b/m", false, 1621, 1621},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}}, func(c *router.Config) {
					c.Providers[1].Models[0].Price = router.Price{InputNano: 6000, CachedInputNano: 1500, OutputNano: 24010}
				})
				if row.broken {
					g.fakes.play("a", answer(503, "{}"))
				}
				g.do(post(t.Context(), "/v1/chat/completions", strings.Replace(budgeted, "smart", row.model, 1)))
				attempts := g.log.last(t).Attempts
				last := attempts[len(attempts)-1]
				require.Equal(t, [2]int64{row.cost, row.first}, [2]int64{last.CostMicroUSD, last.FirstMicroUSD})
			})
		})
	}
}
