package router_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// hedged gives attempts two seconds before a hedge joins them.
func hedged(c *router.Config) { c.Resilience.Hedge.After = 2 * time.Second }

// story is what a relay's attempts came to: who, from second to second, why it
// ended; * marks the hedge, ! whose answer was served.
func story(r audit.Record) string {
	var s []string
	for _, a := range r.Attempts {
		mark := ""
		if a.Hedge {
			mark += "*"
		}
		if a.Served {
			mark += "!"
		}
		at := func(t time.Time) float64 { return t.Sub(r.Start).Truncate(100 * time.Millisecond).Seconds() }
		s = append(s, fmt.Sprintf("%s%s %v-%v %s", a.Provider, mark, at(a.Start), at(a.End), a.Reason))
	}
	return strings.Join(s, ", ")
}

func TestHedge(t *testing.T) {
	failing := answer(500, "{}")
	in := func(seconds int, s step) step { return after(time.Duration(seconds)*time.Second, s) }
	begins := func(seconds, gap int) step { // a stream: first content, then a gap, then the rest
		return in(seconds, sse(role, token, time.Duration(gap)*time.Second, token, finish, usage, done))
	}
	complete := func(c *router.Config) { c.Resilience.Stream.Commit = router.CommitComplete }
	for _, row := range []struct {
		name    string
		a, b, c step
		stream  bool
		change  func(*router.Config)
		code    int
		want    string
	}{
		{"the hedge wins", in(9, ok()), in(1, ok()), nil, false, nil, 200, "a 0-3 hedge_lost, b*! 2-3 ok"},
		{"the first wins", in(3, ok()), in(9, ok()), nil, false, nil, 200, "a! 0-3 ok, b* 2-3 hedge_lost"},
		{"no need of one", in(1, ok()), ok(), nil, false, nil, 200, "a! 0-1 ok"},
		{"at most one", in(9, ok()), in(9, ok()), ok(), false, nil, 200, "a! 0-9 ok, b* 2-9 hedge_lost"},
		{"the first fails, the hedge goes on", in(3, failing), in(5, ok()), ok(), false, nil, 200, "a 0-3 server_error, b*! 2-7 ok"},
		{"the hedge fails, the first goes on", in(9, ok()), in(1, failing), ok(), false, nil, 200, "a! 0-9 ok, b* 2-3 server_error"},
		{"both fail", in(4, failing), in(1, failing), ok(), false, nil, 200, "a 0-4 server_error, b* 2-3 server_error, c! 4-4 ok"},
		{"the first fails before its time", in(1, failing), in(1, ok()), nil, false, func(c *router.Config) { c.Resilience.QuickRetry = 0 }, 200, "a 0-1 server_error, b! 1-2 ok"},
		{
			"a fallback is hedged as well", failing, in(9, ok()), ok(), false, func(c *router.Config) { c.Resilience.QuickRetry = 0 }, 200,
			"a 0-0 server_error, b 0-2 hedge_lost, c*! 2-2 ok",
		},
		{"nothing is left", in(4, failing), in(1, failing), nil, false, func(c *router.Config) {
			c.Routes[0].Targets, c.Resilience.MaxWait, c.Resilience.LastResort = []string{"a/m", "b/m"}, 0, false
		}, 503, "a 0-4 server_error, b* 2-3 server_error"},
		{"the request itself is wrong", in(9, ok()), in(1, answer(400, `{"error":{}}`)), nil, false, nil, 400, "a 0-3 hedge_lost, b*! 2-3 bad_request"},
		{"the hedge finds it too long", in(9, ok()), in(1, answer(413, `{"error":{}}`)), ok(), false, nil, 200, "a! 0-9 ok, b* 2-3 context_length"},
		{"both find it too long", in(3, answer(413, `{"error":{}}`)), in(2, answer(413, `{"error":{}}`)), ok(), false, nil, 413, "a! 0-3 context_length, b* 2-4 context_length"},
		{"an answer that is none does not win", in(9, ok()), in(1, answer(200, "<html>")), ok(), false, nil, 200, "a! 0-9 ok, b* 2-3 invalid_answer"},

		{"no attempts left", in(9, ok()), ok(), nil, false, func(c *router.Config) { c.Resilience.MaxAttempts = 1 }, 200, "a! 0-9 ok"},
		{"no time left", in(9, ok()), ok(), nil, false, func(c *router.Config) { c.Resilience.TotalTimeout, c.Resilience.Reserve = 2005*time.Millisecond, 0 }, 504, "a 0-2 total_timeout"},
		{"time is over for both", hang(), hang(), hang(), false, func(c *router.Config) {
			c.Resilience.TotalTimeout, c.Resilience.Reserve = 5*time.Second, 0
		}, 504, "a 0-5 total_timeout, b* 2-5 total_timeout"},
		{"no other target", in(9, ok()), ok(), nil, false, func(c *router.Config) { c.Routes[0].Targets = []string{"a/m"} }, 200, "a! 0-9 ok"},
		{"a single provider", in(9, ok()), ok(), nil, false, func(c *router.Config) { c.Policy.Strategy = router.SingleProvider }, 200, "a! 0-9 ok"},
		{"off", in(9, ok()), ok(), nil, false, func(c *router.Config) { c.Resilience.Hedge = router.Hedge{} }, 200, "a! 0-9 ok"},
		{"of another route", in(9, ok()), ok(), nil, false, func(c *router.Config) {
			l := c.Resilience.Limits
			c.Resilience.Hedge.After, l.Hedge.After = 0, time.Second
			c.Routes[0].Limits = &l
		}, 200, "a 0-1 hedge_lost, b*! 1-1 ok"},

		{"a stream's hedge wins", begins(9, 1), begins(1, 1), nil, true, nil, 200, "a 0-3 hedge_lost, b*! 2-4 ok"},
		{"a stream's first wins", begins(3, 4), begins(9, 1), nil, true, nil, 200, "a! 0-7 ok, b* 2-3 hedge_lost"},
		{"a stream that has begun needs none", begins(1, 6), begins(0, 0), nil, true, nil, 200, "a! 0-7 ok"},
		{"nor one that is held", begins(1, 6), begins(0, 0), nil, true, complete, 200, "a! 0-7 ok"},
		{"held streams run to the end", begins(3, 7), begins(2, 3), nil, true, complete, 200, "a 0-7 hedge_lost, b*! 2-7 ok"},
		{"a held stream that breaks", in(3, sse(role, token, 2*time.Second)), begins(2, 3), nil, true, complete, 200, "a 0-5 stream_truncated, b*! 2-7 ok"},
		{"after the commit point nothing helps", in(3, sse(role, token, 2*time.Second)), begins(2, 3), nil, true, nil, 200, "a 0-5 stream_truncated, b* 2-3 hedge_lost"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.a}, "b": {row.b}, "c": {row.c}}, hedged, func(c *router.Config) {
					if row.change != nil {
						row.change(c)
					}
				})
				w := g.do(chat(t.Context(), "smart", row.stream))
				rec := g.log.last(t)
				require.Equal(t, row.want, story(rec))
				require.Equal(t, row.code, w.Code)
				for i, a := range rec.Attempts {
					require.Equal(t, i, a.N)
				}
				switch {
				case !row.stream && w.Code == 200:
					require.Equal(t, answerBody, w.Body.String(), "one answer, once")
				case row.stream && rec.Outcome == audit.Served:
					require.Equal(t, event(role)+event(token)+event(token)+event(finish)+event(done), w.Body.String())
				}
			})
		})
	}
}

// The loser's cost is in the ledger: by its usage where that had come, else an
// estimate.
func TestTheLosersCost(t *testing.T) {
	body := len(`{"model":"smart","messages":[{"role":"user","content":"hello"}]}`)
	streamed := len(`{"model":"smart","stream":true,"messages":[{"role":"user","content":"hello"}]}`)
	for _, row := range []struct {
		name      string
		a         step
		stream    bool
		change    func(*router.Config)
		prompt    int64
		output    int64
		estimated bool
	}{
		{"silent", hang(), false, nil, int64(body+3) / 4, 0, true},
		{"with some content", sse(4*time.Second, role, token, token, hangFor), true, func(c *router.Config) {
			c.Resilience.Stream.Commit = router.CommitComplete
		}, int64(streamed+3) / 4, 2, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := after(5*time.Second, ok())
				if row.stream {
					b = after(5*time.Second, sse(role, token, finish, usage, done))
				}
				g := newRig(t, map[string][]step{"a": {row.a}, "b": {b}}, hedged, func(c *router.Config) {
					if row.change != nil {
						row.change(c)
					}
				})
				g.do(chat(t.Context(), "smart", row.stream))
				a := g.log.last(t).Attempts[0]
				require.Equal(t, audit.HedgeLost, a.Reason)
				require.Equal(t, row.prompt, a.PromptTokens)
				require.Equal(t, row.output, a.OutputTokens)
				require.Equal(t, row.estimated, a.Estimated)
				require.Equal(t, (row.prompt*2000+row.output*8000+500)/1000, a.CostMicroUSD)
				require.False(t, g.log.last(t).Attempts[1].Estimated)
			})
		})
	}
}

// Who may not be asked is not asked by a hedge: the next one is, or nobody.
func TestWhoAHedgeMayAsk(t *testing.T) {
	for _, row := range []struct {
		name    string
		prepare func(t *testing.T, g *rig)
		change  func(*router.Config)
		want    string
		skips   string
	}{
		{"whoever is next", func(*testing.T, *rig) {}, nil, "a 0-2 hedge_lost, b*! 2-2 ok", ""},
		{
			"not who cools down", func(t *testing.T, g *rig) {
				g.fakes.play("b", answer(429, "{}", "Retry-After", "30"), ok())
				g.do(chat(t.Context(), "b/m", false))
			}, nil,
			"a 0-2 hedge_lost, c*! 2-2 ok", "b/m:cooling_down",
		},
		{
			"not who is full", func(t *testing.T, g *rig) {
				g.fakes.play("b", after(20*time.Second, ok()))
				go g.do(chat(t.Context(), "b/m", false))
				synctest.Wait()
			},
			func(c *router.Config) { c.Providers[1].Bulkhead.MaxConcurrent = 1 }, "a 0-2 hedge_lost, c*! 2-2 ok", "b/m:bulkhead_full",
		},
		{
			"not who is down", func(t *testing.T, g *rig) {
				g.fakes.play("b", answer(503, "{}"))
				for range 20 {
					g.do(chat(t.Context(), "b/m", false))
				}
				g.fakes.play("b", ok())
			},
			func(c *router.Config) { c.Resilience.RetryBudget.Floor = 100 },
			"a 0-2 hedge_lost, c*! 2-2 ok", "b/m:breaker_open",
		},
		{
			"nor who is probed", func(t *testing.T, g *rig) {
				g.fakes.play("b", answer(503, "{}"))
				for range 20 {
					g.do(chat(t.Context(), "b/m", false))
				}
				g.fakes.play("b", ok())
				time.Sleep(15 * time.Second)
			},
			func(c *router.Config) { c.Resilience.MaxWait, c.Resilience.LastResort = 0, false },
			"a 0-2 hedge_lost, c*! 2-2 ok", "b/m:breaker_open",
		},
		{
			"nobody, without a token", func(*testing.T, *rig) {},
			func(c *router.Config) { c.Resilience.RetryBudget = router.RetryBudget{} }, "a! 0-9 ok", "b/m:retry_budget",
		},
		{
			"nobody, with all of them busy", func(t *testing.T, g *rig) {
				for _, name := range []string{"b", "c"} {
					g.fakes.play(name, after(20*time.Second, ok()))
					go g.do(chat(t.Context(), name+"/m", false))
				}
				synctest.Wait()
			},
			func(c *router.Config) { c.Resilience.Bulkhead.MaxConcurrent = 1 }, "a! 0-9 ok", "b/m:bulkhead_full c/m:bulkhead_full",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {after(9*time.Second, ok())}, "b": {ok()}, "c": {ok()}}, hedged, func(c *router.Config) {
					if row.change != nil {
						row.change(c)
					}
				})
				row.prepare(t, g)
				g.do(chat(t.Context(), "smart", false))
				rec := g.log.last(t)
				require.Equal(t, row.want, story(rec))
				var skips []string
				for _, s := range rec.Skips {
					skips = append(skips, s.Target+":"+s.Reason)
				}
				require.Equal(t, row.skips, strings.Join(skips, " "))
				time.Sleep(30 * time.Second) // those under way end
				require.NotContains(t, fmt.Sprint(g.health(t)["bulkheads"]), "in_flight:1", "every place was given back")
				require.NotContains(t, fmt.Sprint(g.health(t)["targets"]), "probing", "and every probe")
			})
		})
	}
}

// Hedges and retries take from one budget, over all relays.
func TestHedgesAreBudgeted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {after(5*time.Second, ok())}, "b": {ok()}}, hedged, func(c *router.Config) {
			c.Resilience.RetryBudget = router.RetryBudget{Ratio: 0.25, Floor: 3}
		})
		hedges := 0
		for range 40 {
			g.do(chat(t.Context(), "smart", false))
			hedges += len(g.log.last(t).Attempts) - 1
		}
		require.Equal(t, 13, hedges)
	})
}

func TestTheClientLeavesARace(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {hang()}, "b": {hang()}}, hedged)
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			defer cancel()
			w := g.do(chat(ctx, "smart", stream))
			rec := g.log.last(t)
			require.Equal(t, "a 0-4 client_cancelled, b* 2-4 client_cancelled", story(rec))
			require.Equal(t, audit.Cancelled, rec.Outcome)
			require.Zero(t, w.Body.Len())
			require.Contains(t, fmt.Sprint(g.health(t)["targets"]), "samples:0", "nobody's fault")
		})
	}
}

// A loser says nothing about its target's health, unless it was slow.
func TestALoserAtItsBreaker(t *testing.T) {
	for slowCall, want := range map[time.Duration]string{0: "closed", 2500 * time.Millisecond: "open slow_calls", 5 * time.Second: "closed"} {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {hang()}, "b": {after(time.Second, ok())}}, hedged, func(c *router.Config) {
				c.Resilience.Breaker.SlowCall, c.Resilience.Breaker.Window = slowCall, time.Hour
				c.Resilience.RetryBudget.Floor = 100
			})
			for range 20 {
				g.do(chat(t.Context(), "smart", false))
			}
			got := "closed"
			if len(g.log.breakers) > 0 {
				got = g.log.breakers[0].To.String() + " " + g.log.breakers[0].Reason
			}
			require.Equal(t, want, got, "slow_call %v", slowCall)
		})
	}
}

// A hedge after a quantile comes as late as the target's own answers say, and
// not while there are too few of them.
func TestHedgeAfterAQuantile(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			answers := func(d time.Duration) step {
				if stream {
					return after(d, sse(role, token, 700*time.Millisecond, finish, usage, done))
				}
				return after(d, ok())
			}
			g := newRig(t, map[string][]step{"a": {answers(9 * time.Second)}, "b": {answers(time.Second)}}, func(c *router.Config) {
				c.Resilience.Hedge.Quantile = 0.9
				c.Resilience.TTFTTimeout = 20 * time.Second
			})
			g.do(chat(t.Context(), "smart", stream))
			require.Len(t, g.log.last(t).Attempts, 1, "nothing is known of it")
			g.fakes.play("a", answers(400*time.Millisecond))
			for range 18 {
				g.do(chat(t.Context(), "smart", stream))
			}
			g.fakes.play("a", answers(9*time.Second))
			g.do(chat(t.Context(), "smart", stream))
			require.Len(t, g.log.last(t).Attempts, 1, "nineteen are too few")

			g.do(chat(t.Context(), "smart", stream))
			rec := g.log.last(t)
			require.Len(t, rec.Attempts, 2)
			require.InEpsilon(t, 400*time.Millisecond, rec.Attempts[1].Start.Sub(rec.Attempts[0].Start), 0.04, "eighteen of twenty took 400 ms")
			require.True(t, rec.Attempts[1].Served)

			// Two in twenty-one are above it, the one that lost among them. With a
			// third, nine in ten are no longer below.
			g.do(chat(t.Context(), "smart", stream))
			rec = g.log.last(t)
			require.Len(t, rec.Attempts, 2)
			require.Greater(t, rec.Attempts[1].Start.Sub(rec.Attempts[0].Start), time.Second)

			time.Sleep(6 * time.Minute)
			g.do(chat(t.Context(), "smart", stream))
			require.Len(t, g.log.last(t).Attempts, 1, "forgotten")
		})
	}
}

// A request that joins one by its Idempotency-Key gets the hedge's answer too.
func TestIdempotencyKeyJoinsARace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {hang()}, "b": {after(time.Second, ok())}}, hedged)
		var joined *httptest.ResponseRecorder
		go func() {
			time.Sleep(time.Second)
			joined = g.keyed(t.Context(), "k", "one", "smart", false)
		}()
		first := g.keyed(t.Context(), "k", "one", "smart", false)
		synctest.Wait()
		require.Equal(t, answerBody, first.Body.String())
		require.Equal(t, answerBody, joined.Body.String())
		require.Len(t, g.fakes.seen, 2, "the attempt and its hedge, once")
	})
}

// A panic in one attempt ends that attempt; the client gets the other's answer,
// or a 500 where there is none.
func TestAPanicInARace(t *testing.T) {
	bang := after(time.Second, func(*http.Request) (*http.Response, error) { panic("bang") })
	late := after(3*time.Second, func(*http.Request) (*http.Response, error) { panic("bang") })
	for _, row := range []struct {
		name string
		a, b step
		code int
		want string
	}{
		{"in the hedge", after(9*time.Second, ok()), bang, 200, "a! 0-9 ok, b* 2-3 panic"},
		{"in the first", late, after(5*time.Second, ok()), 200, "a 0-3 panic, b*! 2-7 ok"},
		{"in both", late, late, 500, "a 0-3 panic, b* 2-5 panic"},
		{"in the first, and a failure", late, after(4*time.Second, answer(503, "{}")), 500, "a 0-3 panic, b* 2-6 server_error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.a}, "b": {row.b}, "c": {ok()}}, hedged)
				w := g.do(chat(t.Context(), "smart", false))
				require.Equal(t, row.want, story(g.log.last(t)))
				require.Equal(t, row.code, w.Code)
				require.NotContains(t, fmt.Sprint(g.health(t)["bulkheads"]), "in_flight:1")
			})
		})
	}
}

// TestHedgesOverSockets lets two attempts race in real time, close enough for
// either to win: whatever comes of it, each client gets one answer, whole, and
// everything is given back.
func TestHedgesOverSockets(t *testing.T) {
	provider := func(delay time.Duration) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body := make([]byte, q.ContentLength)
			_, _ = q.Body.Read(body)
			select {
			case <-time.After(delay):
			case <-q.Context().Done():
				return
			}
			if !strings.Contains(string(body), `"stream":true`) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprint(w, answerBody)
				return
			}
			w.Header().Set("Content-Type", "text/event-stream")
			for _, data := range []string{role, token, token, finish, usage, done} {
				_, _ = fmt.Fprint(w, event(data))
				w.(http.Flusher).Flush()
			}
		}))
	}
	a, b := provider(6*time.Millisecond), provider(4*time.Millisecond)
	defer a.Close()
	defer b.Close()
	c := config()
	c.Providers[0].BaseURL, c.Providers[1].BaseURL, c.Providers[2].BaseURL = a.URL+"/v1", b.URL+"/v1", b.URL+"/v1"
	c.Resilience.Hedge.After = time.Millisecond
	c.Resilience.RetryBudget.Floor = 1000
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	l := &log{}
	r, err := router.New(c, router.WithTransport(transport), router.WithAudit(l))
	require.NoError(t, err)
	g := &rig{Router: r, log: l}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			stream := i%2 == 0
			w := g.do(one(chat(t.Context(), "smart", stream), fmt.Sprintf("r-%d", i)))
			want := answerBody
			if stream {
				want = event(role) + event(token) + event(token) + event(finish) + event(done)
			}
			if w.Code != 200 || w.Body.String() != want {
				t.Errorf("%d: %d %s", i, w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	hedges := 0
	for _, rec := range l.records {
		served := 0
		for _, attempt := range rec.Attempts {
			if attempt.Hedge {
				hedges++
			}
			if attempt.Served {
				served++
				require.Equal(t, audit.OK, attempt.Reason)
			}
			require.False(t, attempt.End.IsZero())
		}
		require.Equal(t, 1, served, story(rec))
	}
	require.Positive(t, hedges)
	require.NotContains(t, fmt.Sprint(g.health(t)["bulkheads"]), "in_flight:1")
}
