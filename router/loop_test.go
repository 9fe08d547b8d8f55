package router_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

func TestQuickRetry(t *testing.T) {
	four := func(c *router.Config) { c.Resilience.MaxAttempts = 4 }
	for _, row := range []struct {
		name   string
		a, b   []step
		change func(*router.Config)
		want   string
	}{
		{"after a 5xx", []step{answer(502, "{}"), ok()}, nil, four, "a:server_error a:ok"},
		{"after a lost connection", []step{failing(http.ErrServerClosed), ok()}, nil, four, "a:connection_lost a:ok"},
		{"once at a target", []step{answer(502, "{}")}, []step{ok()}, four, "a:server_error a:server_error b:ok"},
		{"once per relay", []step{answer(502, "{}")}, []step{answer(500, "{}")}, four, "a:server_error a:server_error b:server_error c:ok"},
		{"after a short wait that was asked for", []step{answer(429, "{}", "Retry-After", "1"), ok()}, nil, four, "a:rate_limited a:ok"},
		{"in milliseconds", []step{answer(503, "{}", "Retry-After-Ms", "700"), ok()}, nil, four, "a:server_error a:ok"},
		{"not after a longer one", []step{answer(429, "{}", "Retry-After", "2"), ok()}, []step{ok()}, four, "a:rate_limited b:ok"},
		{"not after a 5xx that asks for a longer one", []step{answer(503, "{}", "Retry-After", "2"), ok()}, []step{ok()}, four, "a:server_error b:ok"},
		{"not after a 429 that asks for none", []step{answer(429, "{}"), ok()}, []step{ok()}, four, "a:rate_limited b:ok"},
		{"not for want of credit", []step{answer(402, "{}", "Retry-After", "1"), ok()}, []step{ok()}, four, "a:payment_required b:ok"},
		{"not after a silence", []step{hang()}, []step{ok()}, four, "a:attempt_timeout b:ok"},
		{"not at the cost of a fallback", []step{answer(500, "{}"), ok()}, []step{answer(500, "{}")},
			func(c *router.Config) { c.Resilience.MaxAttempts = 3 }, "a:server_error b:server_error c:ok"},
		{"not when the breaker has opened", []step{answer(500, "{}"), ok()}, []step{ok()},
			func(c *router.Config) { c.Resilience.Breaker.MinSamples = 1 }, "a:server_error b:ok"},
		{"not as a probe", []step{answer(500, "{}", "Retry-After-Ms", "900"), ok()}, []step{ok()},
			func(c *router.Config) {
				c.Resilience.Breaker.MinSamples, c.Resilience.Breaker.OpenFor = 1, 100*time.Millisecond
			}, "a:server_error b:ok"},
		{"not without a budget", []step{answer(500, "{}"), ok()}, []step{ok()},
			func(c *router.Config) { c.Resilience.RetryBudget = router.RetryBudget{} }, "a:server_error b:ok"},
		{"not when turned off", []step{answer(500, "{}"), ok()}, []step{ok()},
			func(c *router.Config) { c.Resilience.QuickRetry = 0 }, "a:server_error b:ok"},
		{"not without time for a fallback", []step{answer(500, "{}", "Retry-After", "1"), ok()}, []step{ok()},
			func(c *router.Config) { c.Resilience.TotalTimeout = 1500 * time.Millisecond }, "a:server_error b:ok"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": row.a, "b": row.b, "c": {ok()}}, row.change)
				g.do(chat(t.Context(), "smart", false))
				rec := g.log.last(t)
				require.Equal(t, row.want, reasons(rec))
				if first := rec.Attempts[0]; rec.Attempts[1].Retry {
					gap := rec.Attempts[1].Start.Sub(first.End)
					require.GreaterOrEqual(t, gap, first.RetryAfter)
					require.Less(t, gap, first.RetryAfter+101*time.Millisecond)
				}
			})
		})
	}
}

func TestRetryWaitsForRetryAfter(t *testing.T) {
	for _, row := range []struct {
		name    string
		header  []string
		atLeast time.Duration
	}{
		{"seconds", []string{"Retry-After", "20"}, 20 * time.Second},
		{"a date", []string{"Retry-After", "Sat, 01 Jan 2000 00:00:30 GMT"}, 30 * time.Second},
		{"the headers of the limits", []string{"X-Ratelimit-Reset-Requests", "12s"}, 12 * time.Second},
		{"what is stated comes before those", []string{"Retry-After", "9", "X-Ratelimit-Reset-Tokens", "6m0s"}, 9 * time.Second},
		{"capped", []string{"Retry-After", "86400"}, 60 * time.Second},
		{"nonsense", []string{"Retry-After", "-7"}, 5 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {answer(429, "{}", row.header...), ok()}},
					func(c *router.Config) { c.Resilience.MaxWait = 100 * time.Second })
				require.Equal(t, 200, g.do(chat(t.Context(), "only", false)).Code)
				rec := g.log.last(t)
				gap := rec.Attempts[1].Start.Sub(rec.Attempts[0].End)
				require.GreaterOrEqual(t, gap, row.atLeast)
				require.LessOrEqual(t, gap, 2*row.atLeast+time.Millisecond, "the jitter is as long as the wait")
			})
		})
	}
}

func TestWantOfCreditCoolsForLongWhateverWasAsked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, `{"error":{"code":"insufficient_quota"}}`, "Retry-After", "1"), ok()}, "b": {ok()}})
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a:payment_required b:ok", reasons(g.log.last(t)))
		time.Sleep(59 * time.Second)
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "b:ok", reasons(g.log.last(t)))
		time.Sleep(2 * time.Second)
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
	})
}

// The cooldown for want of credit has a length of its own, above or below that of
// what is asked for.
func TestCooldownForWantOfCredit(t *testing.T) {
	for _, row := range []struct {
		name         string
		payment, max time.Duration
		asked        string
		want         time.Duration
	}{
		{"as max", 0, time.Minute, "", time.Minute},
		{"longer than max", 10 * time.Minute, time.Minute, "", 10 * time.Minute},
		{"shorter than max", 5 * time.Second, time.Minute, "", 5 * time.Second},
		{"shorter than asked", 5 * time.Second, time.Minute, "20", 20 * time.Second},
		{"asked for more than max", 5 * time.Second, time.Minute, "3600", time.Minute},
		{"no waits are heeded", 5 * time.Second, 0, "3600", 5 * time.Second},
		{"no cooldowns", 0, 0, "3600", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				header := []string{"Retry-After", row.asked}
				if row.asked == "" {
					header = nil
				}
				g := newRig(t, map[string][]step{"a": {answer(402, "{}", header...), ok()}, "b": {ok()}}, func(c *router.Config) {
					c.Resilience.Cooldown = router.Cooldown{Payment: row.payment, Max: row.max}
				})
				g.do(chat(t.Context(), "smart", false))
				require.Equal(t, "a:payment_required b:ok", reasons(g.log.last(t)))
				if row.want > 0 {
					time.Sleep(row.want - time.Millisecond)
					g.do(chat(t.Context(), "smart", false))
					require.Equal(t, "b:ok", reasons(g.log.last(t)))
					time.Sleep(time.Millisecond)
				}
				g.do(chat(t.Context(), "smart", false))
				require.Equal(t, "a:ok", reasons(g.log.last(t)))
			})
		})
	}
}

func TestARelayWaitsForABreakerToRecover(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(500, "{}"), ok()}}, func(c *router.Config) {
			c.Resilience.Breaker.MinSamples, c.Resilience.MaxWait = 1, 30*time.Second
		})
		require.Equal(t, 200, g.do(chat(t.Context(), "only", false)).Code)
		rec := g.log.last(t)
		require.Equal(t, "a:server_error a:ok", reasons(rec))
		require.True(t, rec.Attempts[1].Probe)
		require.GreaterOrEqual(t, rec.Attempts[1].Start.Sub(rec.Start), 9*time.Second)
	})
}

// allOpen is a rig whose targets a and b have their breakers open for a minute.
func allOpen(t *testing.T, change ...func(*router.Config)) *rig {
	t.Helper()
	g := newRig(t, map[string][]step{"a": {answer(500, "{}")}, "b": {answer(500, "{}")}}, append(change, func(c *router.Config) {
		c.Routes[0].Targets = []string{"a/m", "b/m"}
		c.Resilience.Breaker.MinSamples = 1
		c.Resilience.Breaker.OpenFor = time.Minute
	})...)
	g.do(chat(t.Context(), "smart", false))
	require.Len(t, g.log.breakers, 2)
	g.fakes.mu.Lock()
	defer g.fakes.mu.Unlock()
	g.fakes.seen = nil
	g.fakes.steps = map[string][]step{"a": {ok()}, "b": {ok()}}
	return g
}

func TestLastResort(t *testing.T) {
	t.Run("one attempt at the best target", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := allOpen(t)
			require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
			rec := g.log.last(t)
			require.Equal(t, "a:ok", reasons(rec))
			require.True(t, rec.Attempts[0].LastResort)
			require.False(t, rec.Attempts[0].Probe)
			require.Equal(t, rec.Start, rec.Attempts[0].Start, "no wait of a minute fits max_wait")
			require.Len(t, g.log.breakers, 2, "it teaches the breaker nothing")
		})
	})
	t.Run("and no more than one", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := allOpen(t)
			g.fakes.steps = map[string][]step{"a": {answer(500, "{}")}, "b": {ok()}}
			require.Equal(t, 503, g.do(chat(t.Context(), "smart", false)).Code)
			require.Equal(t, "a:server_error", reasons(g.log.last(t)))
		})
	})
	t.Run("turned off", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := allOpen(t, func(c *router.Config) { c.Resilience.LastResort = false })
			require.Equal(t, 503, g.do(chat(t.Context(), "smart", false)).Code)
			require.Empty(t, g.fakes.seen)
		})
	})
	t.Run("within the budget", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := allOpen(t, func(c *router.Config) { c.Resilience.RetryBudget = router.RetryBudget{Ratio: 0.1} })
			for range 50 {
				g.do(chat(t.Context(), "smart", false))
			}
			require.Len(t, g.fakes.seen, 5)
		})
	})
	t.Run("never at what asked to be left alone", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After", "50"), ok()}})
			g.do(chat(t.Context(), "only", false))
			w := g.do(chat(t.Context(), "only", false))
			require.Equal(t, 503, w.Code)
			require.Equal(t, "50", w.Header().Get("Retry-After"))
			require.Len(t, g.fakes.seen, 1)
		})
	})
}

func TestALongPromptGoesToALargerContext(t *testing.T) {
	const tooLong = `{"error":{"message":"too long","code":"context_length_exceeded"}}`
	contexts := func(a, b, c int) func(*router.Config) {
		return func(cfg *router.Config) {
			for i, n := range []int{a, b, c} {
				cfg.Providers[i].Models[0].Context = n
			}
		}
	}
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		b, c   step
		want   string
		status int
	}{
		{"the next larger one", contexts(8000, 16_000, 32_000), ok(), ok(), "a:context_length b:ok", 200},
		{"one that is no larger is passed over", contexts(8000, 8000, 32_000), ok(), ok(), "a:context_length c:ok", 200},
		{"one that is not known is passed over", contexts(8000, 0, 32_000), ok(), ok(), "a:context_length c:ok", 200},
		{"none is larger", contexts(8000, 8000, 4000), ok(), ok(), "a:context_length", 400},
		{"nothing is known", contexts(0, 0, 0), ok(), ok(), "a:context_length", 400},
		{"too long for all", contexts(8000, 16_000, 32_000), answer(400, tooLong), answer(400, tooLong),
			"a:context_length b:context_length c:context_length", 400},
		{"the larger one fails", contexts(8000, 16_000, 0), answer(529, "{}"), ok(), "a:context_length b:overloaded b:overloaded", 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {answer(400, tooLong)}, "b": {row.b}, "c": {row.c}}, row.change,
					func(c *router.Config) { c.Resilience.MaxAttempts = 3 })
				w := g.do(chat(t.Context(), "smart", false))
				require.Equal(t, row.want, reasons(g.log.last(t)))
				require.Equal(t, row.status, w.Code)
				if row.status == 400 {
					require.Equal(t, tooLong, w.Body.String())
					require.Equal(t, audit.Rejected, g.log.last(t).Outcome)
				}
			})
		})
	}
}

// A larger target that may not be tried now does not turn the request's own
// fault into an outage.
func TestALongPromptWhoseLargerTargetIsOutOfReach(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(400, `{"error":{"code":"context_length_exceeded"}}`)}, "b": {answer(429, "{}", "Retry-After", "50")}},
			func(c *router.Config) {
				c.Routes[0].Targets = []string{"a/m", "b/m"}
				c.Providers[0].Models[0].Context, c.Providers[1].Models[0].Context = 8000, 16_000
			})
		g.do(chat(t.Context(), "b/m", false))
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, 400, w.Code)
		require.Equal(t, "a:context_length", reasons(g.log.last(t)))
	})
}

func TestAnErrorSaysWhatWasTriedAndWhenToComeBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{
			"a": {answer(429, `{"error":{"message":"`+theKey+`"}}`, "Retry-After", "50")}, "b": {answer(401, "{}")}, "c": {ok()},
		}, func(c *router.Config) {
			c.Routes[0].Targets = []string{"a/m", "b/m"}
		})
		g.do(chat(t.Context(), "a/m", false))
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, 502, w.Code)
		require.JSONEq(t, `{"error":{"message":"no target could serve the request; tried b/m (unauthorized, status 401)",
			"type":"routedrill_unavailable","param":null,"code":"unauthorized",
			"tried":[{"target":"b/m","reason":"unauthorized","status":401}],
			"skipped":[{"target":"a/m","reason":"cooling_down","retry_after":50}]}}`, w.Body.String())

		w = g.do(chat(t.Context(), "a/m", false))
		require.Equal(t, 503, w.Code)
		require.Equal(t, "50", w.Header().Get("Retry-After"))
		require.JSONEq(t, `{"error":{"message":"no target of a/m may be tried now","type":"routedrill_unavailable","param":null,
			"code":"no_target_available","tried":[],"skipped":[{"target":"a/m","reason":"cooling_down","retry_after":50}],"retry_after":50}}`, w.Body.String())
		require.Empty(t, w.Header().Get("X-Should-Retry"), "nothing was tried")
	})
}

func TestClientsOfAnOpenBreakerAreToldDifferentTimes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := allOpen(t, func(c *router.Config) { c.Resilience.LastResort = false })
		times := map[string]bool{}
		for _, id := range []string{"r1", "r2", "r3", "r4", "r5", "r6"} {
			w := g.do(one(chat(t.Context(), "smart", false), id))
			times[w.Header().Get("Retry-After")] = true
		}
		require.Greater(t, len(times), 3)
	})
}

// stale answers every request that it knows.
type stale struct {
	answer router.Answer
	knows  bool
	asked  []router.Unserved
}

func (s *stale) Substitute(ctx context.Context, u *router.Unserved) (router.Answer, bool) {
	c := *u
	c.Body = bytes.Clone(u.Body)
	s.asked = append(s.asked, c)
	return s.answer, s.knows && ctx.Err() == nil
}

func TestSubstitutes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cache := &stale{}
		queue := &stale{answer: router.Answer{Status: 202, Header: http.Header{"X-Job": {"7"}}, Body: []byte(`{"job":7}`)}}
		l := &log{}
		f := &fakes{steps: map[string][]step{"a": {answer(429, "{}", "Retry-After", "50")}}}
		r, err := router.New(config(), router.WithTransport(f), router.WithAudit(l), router.WithSeed(1), router.WithSubstitutes(nil, cache, queue))
		require.NoError(t, err)
		g := &rig{Router: r, fakes: f, log: l}

		require.Equal(t, 429, g.do(chat(t.Context(), "only", false)).Code, "neither has an answer")
		queue.knows = true
		w := g.do(chat(t.Context(), "only", false))
		require.Equal(t, 202, w.Code)
		require.Equal(t, `{"job":7}`, w.Body.String())
		require.Equal(t, "7", w.Header().Get("X-Job"))
		require.Empty(t, w.Header().Get("Retry-After"))
		require.Equal(t, audit.Substituted, l.last(t).Outcome)
		require.Equal(t, 202, l.last(t).Status)
		require.Len(t, cache.asked, 2, "the first in the list is asked first")
		u := queue.asked[1]
		require.Equal(t, "req-000001 only chat", u.RequestID+" "+u.Route+" "+u.Endpoint)
		require.Equal(t, 50*time.Second, u.Wait)
		require.True(t, json.Valid(u.Body))

		queue.answer.Status = 500
		require.Equal(t, 503, g.do(chat(t.Context(), "only", false)).Code, "an error is no substitute")
	})
}

func TestStopSequencesMayEndAnAnswerBeforeItBegins(t *testing.T) {
	for _, stream := range []string{"false", "true"} {
		first := answer(200, `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`)
		if stream == "true" {
			first = sse(role, finish, done)
		}
		g := newRig(t, map[string][]step{"a": {first}})
		w := g.do(post(t.Context(), "/v1/chat/completions", `{"model":"smart","stop":["\n"],"stream":`+stream+`}`))
		require.Equal(t, 200, w.Code)
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
	}
}

// Before the quick retry the attempts of those are kept, too, that will be free
// by the time it is made: they fail as likely as the target that is asked twice,
// and behind them stands one that serves.
func TestTheQuickRetryLeavesAttemptsToWhoeverWillBeFree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		limited := func(ms string) step { return answer(429, "{}", "Retry-After-Ms", ms) }
		g := newRig(t, map[string][]step{"a": {limited("350")}, "b": {limited("300")}, "c": {ok()}},
			func(c *router.Config) { c.Resilience.MaxAttempts = 3 })
		g.do(chat(t.Context(), "b/m", false)) // b is left alone for 300 ms from now on
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "a:rate_limited c:ok", reasons(g.log.last(t)))
	})
}
