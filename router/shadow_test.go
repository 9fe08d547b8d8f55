package router_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// shadowed sends all requests of the route to c too, within a dollar an hour.
func shadowed(c *router.Config) {
	c.Routes[0].Targets = []string{"a/m", "b/m"}
	c.Routes[0].Shadow = &router.Shadow{Target: "c/m", Share: 1, BudgetMicroUSD: 1_000_000}
}

// split parts the audit into clients' records and shadows.
func (l *log) split() (clients, shadows []audit.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.ShadowOf == "" {
			clients = append(clients, r)
		} else {
			shadows = append(shadows, r)
		}
	}
	return clients, shadows
}

func TestShadowIsRecordedAndCostsTheClientNoTime(t *testing.T) {
	whole, stream := ok(), sse(role, token, finish, usage, done)
	for _, row := range []struct {
		name    string
		stream  bool
		a, c    step
		outcome audit.Outcome
		reason  string
		cost    int64
		tokens  int64
	}{
		{"whole", false, whole, after(20*time.Second, ok()), audit.Served, audit.OK, 540, 50},
		{"stream", true, stream, sse(role, 5*time.Second, token, finish, usage, done), audit.Served, audit.OK, 600, 50},
		{"no answer", false, whole, answer(200, `{"choices":[]}`), audit.Failed, audit.InvalidAnswer, 0, 0},
		{"broken", false, whole, answer(503, `{}`), audit.Failed, audit.ServerError, 0, 0},
		{"silent", true, stream, hang(), audit.Failed, audit.TTFTTimeout, 40, 0},
		{"cut", true, stream, sse(role, token), audit.Failed, audit.StreamTruncated, 48, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {after(time.Second, row.a)}, "c": {row.c}}, shadowed)
				defer g.Close()
				start := time.Now()
				w := g.do(chat(t.Context(), "smart", row.stream))
				require.Equal(t, time.Second, time.Since(start).Truncate(time.Second), "nobody waits for the shadow")
				require.Equal(t, 200, w.Code)
				require.Equal(t, "a", w.Header().Get("X-Routedrill-Provider"))
				time.Sleep(time.Minute)
				clients, shadows := g.log.split()
				require.Len(t, clients, 1)
				require.Equal(t, "a:ok", reasons(clients[0]))
				require.Len(t, shadows, 1)
				s := shadows[0]
				require.Equal(t, "req-000001", s.ShadowOf)
				require.Equal(t, "req-000001-shadow", s.RequestID)
				require.Equal(t, row.outcome, s.Outcome)
				require.Equal(t, "c:"+row.reason, reasons(s))
				require.Equal(t, row.cost, s.Attempts[0].CostMicroUSD)
				require.Equal(t, row.tokens, s.Attempts[0].OutputTokens)
				require.False(t, s.Attempts[0].Served)
				for _, q := range g.fakes.seen {
					require.Equal(t, q.URL.Host == "c.test", q.Header.Get("X-Client-Request-Id") == s.RequestID, "the provider can tell it apart")
				}
			})
		})
	}
}

// Whatever becomes of shadows, those who route by the target's state are not told.
func TestShadowsTeachNobody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "c": {answer(503, `{}`)}}, shadowed)
		defer g.Close()
		for range 100 {
			require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
			time.Sleep(100 * time.Millisecond)
		}
		_, shadows := g.log.split()
		require.Len(t, shadows, 100)
		require.Empty(t, g.log.breakers, "a hundred failures, and no breaker minds")
		g.fakes.play("c", ok())
		require.Equal(t, "c", g.do(chat(t.Context(), "c/m", false)).Header().Get("X-Routedrill-Provider"))
	})
}

func TestWhenThereIsNoShadow(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		ask    func(*http.Request)
		want   int // of ten requests, a second apart
	}{
		{"each has one", func(*router.Config) {}, nil, 10},
		{"its target serves", func(c *router.Config) { c.Routes[0].Shadow.Target = "a/m" }, nil, 0},
		{"a share", func(c *router.Config) { c.Routes[0].Shadow.Share = 0.4 }, nil, 4}, // by these ids and this seed
		{"the SDK asks again", func(*router.Config) {}, func(q *http.Request) { q.Header.Set("X-Stainless-Retry-Count", "1") }, 0},
		{"the tenant may not", func(c *router.Config) {
			c.Tenants = []router.Tenant{{Name: "acme", Providers: []string{"a", "b"}}}
		}, func(q *http.Request) { q.Header.Set("X-Routedrill-Tenant", "acme") }, 0},
		{"it cannot serve", func(c *router.Config) { c.Providers[2].Models[0].MaxOutput = 10 }, func(q *http.Request) {
			q.Body = io.NopCloser(strings.NewReader(`{"model":"smart","max_tokens":20,"messages":[]}`))
		}, 0},
		{"too dear for the budget", func(c *router.Config) { c.Routes[0].Shadow.BudgetMicroUSD = 1000 }, nil, 0},
		// 80 bytes at 2 and 32,768 tokens of output at 8 milli-micro-USD may be needed, 540 micro-USD are.
		{"as far as the budget goes", func(c *router.Config) { c.Routes[0].Shadow.BudgetMicroUSD = 262_400 + 540*3 }, nil, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}, "c": {ok()}}, shadowed, row.change)
				defer g.Close()
				for i := range 10 {
					q := chat(t.Context(), "smart", false)
					q.Header.Set("X-Client-Request-Id", fmt.Sprintf("req-%06d", i))
					if row.ask != nil {
						row.ask(q)
					}
					require.Equal(t, 200, g.do(q).Code)
					time.Sleep(time.Second)
				}
				_, shadows := g.log.split()
				require.Len(t, shadows, row.want)
			})
		})
	}
}

// What a target asks of a shadow is for shadows only; what it asks of clients is
// for both.
func TestShadowsHeedWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "c": {answer(429, `{}`, "Retry-After", "10"), ok()}}, shadowed)
		defer g.Close()
		for range 30 {
			g.do(chat(t.Context(), "smart", false))
			time.Sleep(time.Second + time.Millisecond)
		}
		_, shadows := g.log.split()
		require.Len(t, shadows, 1+20)
		require.Equal(t, "c:rate_limited", reasons(shadows[0]))
		g.fakes.play("c", answer(429, `{}`, "Retry-After", "20"), ok())
		g.do(chat(t.Context(), "c/m", false))
		for range 10 {
			g.do(chat(t.Context(), "smart", false))
			time.Sleep(time.Millisecond)
		}
		_, after := g.log.split()
		require.Len(t, after, len(shadows))
	})
}

func TestShadowsAtOnceAndClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "c": {hang()}}, shadowed, func(c *router.Config) {
			c.Routes[0].Shadow.BudgetMicroUSD = router.MaxShadowBudget
		})
		for range 3 * router.MaxShadows {
			require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		}
		synctest.Wait()
		n := 0
		for _, q := range g.fakes.seen {
			n += strings.Count(q.URL.Host, "c.")
		}
		require.Equal(t, router.MaxShadows, n)
		start := time.Now()
		g.Close()
		require.Equal(t, start, time.Now(), "it waits for none to be answered")
		_, shadows := g.log.split()
		require.Len(t, shadows, router.MaxShadows)
		for _, s := range shadows {
			require.Equal(t, audit.Cancelled, s.Outcome)
		}
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code, "it still serves")
		g.Close()
		_, after := g.log.split()
		require.Len(t, after, len(shadows))
	})
}

func TestShadowSettings(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		want   string
	}{
		{"no target", func(c *router.Config) { c.Routes[0].Shadow.Target = "" }, `routes.smart.shadow: target "" is no`},
		{"unknown target", func(c *router.Config) { c.Routes[0].Shadow.Target = "d/m" }, `routes.smart.shadow: target "d/m" is no`},
		{"no share", func(c *router.Config) { c.Routes[0].Shadow.Share = 0 }, "routes.smart.shadow.share: 0 is not above 0 and up to 1"},
		{"above all", func(c *router.Config) { c.Routes[0].Shadow.Share = 1.1 }, "routes.smart.shadow.share: 1.1"},
		{"no budget", func(c *router.Config) { c.Routes[0].Shadow.BudgetMicroUSD = 0 }, "routes.smart.shadow.budget: 0 micro-USD"},
		{"no bound", func(c *router.Config) { c.Routes[0].Shadow.BudgetMicroUSD = router.MaxShadowBudget + 1 }, "routes.smart.shadow.budget: "},
		{"outside the residency", func(c *router.Config) {
			c.Providers[0].Region, c.Routes[0].Residency = "eu-west", []string{"eu-*"}
		}, "routes.smart.residency: it leaves out the shadow target c/m"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config()
			shadowed(&c)
			row.change(&c)
			_, err := router.New(c)
			require.ErrorContains(t, err, row.want)
		})
	}
}
