package router_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// Each test here is a way in which gateways are known to get failover wrong.

// one gives the request an id of its own.
func one(q *http.Request, id string) *http.Request {
	q.Header.Set("X-Client-Request-Id", id)
	return q
}

// A primary that hangs must not use up the time of a healthy fallback, however
// little the client gives and however much the route would.
func TestAHungPrimaryDoesNotExhaustTheDeadline(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			answer := after(2*time.Second, ok())
			if stream {
				answer = sse(role, 2*time.Second, token, finish, usage, done)
			}
			g := newRig(t, map[string][]step{"a": {hang()}, "b": {answer}}, func(c *router.Config) {
				c.Resilience.TotalTimeout = 20 * time.Second
				c.Resilience.AttemptTimeout, c.Resilience.TTFTTimeout = time.Minute, time.Minute
			})
			w := g.do(chat(t.Context(), "smart", stream))
			require.Equal(t, 200, w.Code)
			require.Equal(t, "a:attempt_timeout b:ok", reasons(g.log.last(t)))
			require.Less(t, g.log.last(t).End.Sub(g.log.last(t).Start), 13*time.Second)
		})
	}
}

// What was silent is not asked again by the same request, however much time,
// budget and attempts are left.
func TestASilentTargetIsNotAskedAgain(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {hang()}}, func(c *router.Config) { c.Resilience.MaxAttempts = 10 })
			w := g.do(chat(t.Context(), "only", stream))
			require.Equal(t, 504, w.Code)
			require.Len(t, g.log.last(t).Attempts, 1)
		})
	}
}

// However many targets fail in however many ways, a request ends: by its
// attempts, its time, and each target's verdict.
func TestNoEndlessFallbackLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After-Ms", "1")}, "b": {answer(503, "{}")}, "c": {answer(200, "")}},
			func(c *router.Config) {
				c.Resilience.MaxAttempts = 100
				c.Resilience.RetryBudget.Floor = 1000
				c.Resilience.Breaker.MinSamples = 1000
			})
		w := g.do(chat(t.Context(), "smart", false))
		rec := g.log.last(t)
		require.NotEqual(t, 200, w.Code)
		require.LessOrEqual(t, len(rec.Attempts), 100)
		require.LessOrEqual(t, rec.End.Sub(rec.Start), 11*time.Second, "max_wait bounds the pauses")
	})
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(401, "{}")}, "b": {answer(404, "{}")}, "c": {answer(402, "{}")}},
			func(c *router.Config) { c.Resilience.MaxAttempts, c.Resilience.MaxWait = 100, 2*time.Minute })
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, 502, w.Code)
		require.Equal(t, "a:unauthorized b:model_missing c:payment_required", reasons(g.log.last(t)))
		require.Equal(t, g.log.last(t).Start, g.log.last(t).End, "nothing of this heals by waiting")
	})
}

// A cooldown that stands is never made shorter by one that comes later.
func TestALaterShorterCooldownDoesNotOverwriteALongerOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		long := answer(429, "{}", "Retry-After", "40")
		short := after(time.Second, answer(429, "{}", "Retry-After", "2"))
		g := newRig(t, map[string][]step{"a": {short, long, ok()}, "b": {ok()}})
		first, second := one(chat(t.Context(), "smart", false), "first"), one(chat(t.Context(), "smart", false), "second")
		go g.do(first)
		time.Sleep(500 * time.Millisecond)
		g.do(second) // is told 40 s before the first is told 2 s
		time.Sleep(10 * time.Second)
		g.do(one(chat(t.Context(), "smart", false), "third"))
		require.Equal(t, "b:ok", reasons(g.log.last(t)), "40 s still stand")
		time.Sleep(31 * time.Second)
		g.do(one(chat(t.Context(), "smart", false), "fourth"))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
	})
}

// A 429 that does not say for how long is a reason to go elsewhere, and to come
// back after a while.
func TestA429WithoutRetryAfterIsNotTerminal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}")}, "b": {ok()}})
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
		require.Equal(t, "a:rate_limited b:ok", reasons(g.log.last(t)))
	})
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}"), ok()}})
		require.Equal(t, 200, g.do(chat(t.Context(), "only", false)).Code)
		rec := g.log.last(t)
		require.Equal(t, "a:rate_limited a:ok", reasons(rec))
		require.GreaterOrEqual(t, rec.Attempts[1].Start.Sub(rec.Attempts[0].End), 5*time.Second, "cooldown.default")
	})
}

// A target is left alone also where it is the only one.
func TestASingleTargetIsCooledAndBroken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After", "30")}})
		for range 5 {
			w := g.do(chat(t.Context(), "only", false))
			require.NotEqual(t, 200, w.Code)
			time.Sleep(time.Second)
		}
		require.Len(t, g.fakes.seen, 1, "one 429, and no other attempt while it counts")
	})
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(500, "{}")}}, func(c *router.Config) {
			c.Resilience.LastResort, c.Resilience.MaxWait = false, 0
		})
		for range 100 {
			g.do(chat(t.Context(), "only", false))
			time.Sleep(10 * time.Millisecond)
		}
		require.LessOrEqual(t, len(g.fakes.seen), 20, "its breaker opens as any other's")
	})
}

// An error after the first content cannot be hidden: it is told as an error, no
// other target goes on in the middle of the answer, and it counts.
func TestAnErrorAfterTheFirstEventIsToldAndCounted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {sse(role, token, `{"error":{"message":"overloaded"}}`)}, "b": {sse(token, finish, done)}},
			func(c *router.Config) { c.Resilience.Breaker.MinSamples = 1 })
		w := g.do(chat(t.Context(), "smart", true))
		require.Contains(t, w.Body.String(), `"type":"routedrill_stream_broken"`)
		require.NotContains(t, w.Body.String(), done)
		require.Equal(t, "a:stream_error", reasons(g.log.last(t)))
		require.Equal(t, audit.Open, g.log.breakers[0].To)
	})
}

// A stream that breaks off is no answer, even if the connection ends politely.
func TestATruncatedStreamIsNotAClean200(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {sse(role, token)}})
	w := g.do(chat(t.Context(), "smart", true))
	require.Contains(t, w.Body.String(), `"code":"stream_truncated"`)
	require.NotContains(t, w.Body.String(), done)
	require.Equal(t, audit.Broken, g.log.last(t).Outcome)
}

// The answer is the fallback's in every respect.
func TestNothingOfTheFailedTargetIsInTheAnswer(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			theirs := strings.NewReplacer("m-2025", "fallback-2025", "abcd", "wxyz", "hi there", "hello")
			steps := map[string][]step{"a": {answer(200, `{"model":"primary-2025","choices":[]}`)}, "b": {answer(200, theirs.Replace(answerBody))}}
			if stream {
				steps = map[string][]step{
					"a": {sse(`{"model":"primary-2025","choices":[{"index":0,"delta":{"role":"assistant"}}]}`, `{"error":{}}`)},
					"b": {sse(theirs.Replace(role), theirs.Replace(token), theirs.Replace(finish), done)},
				}
			}
			g := newRig(t, steps)
			w := g.do(chat(t.Context(), "smart", stream))
			require.Equal(t, 200, w.Code)
			require.Contains(t, w.Body.String(), "fallback-2025")
			require.NotContains(t, w.Body.String(), "primary")
			require.Equal(t, []string{"b"}, w.Header()["X-Routedrill-Provider"])
		})
	}
}

// The budget holds whatever the way to a second try: the quick retry, a later
// round, a wait for Retry-After, the last resort.
func TestTheBudgetIsNotBypassed(t *testing.T) {
	for _, row := range []struct {
		name string
		a, b step
	}{
		{"errors", answer(500, "{}"), answer(500, "{}")},
		{"short waits", answer(429, "{}", "Retry-After-Ms", "20"), answer(503, "{}", "Retry-After-Ms", "20")},
		{"lost connections", failing(http.ErrServerClosed), answer(200, "")},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.a}, "b": {row.b}}, func(c *router.Config) {
					c.Routes[0].Targets = []string{"a/m", "b/m"}
					c.Resilience.RetryBudget = router.RetryBudget{Ratio: 0.1, Floor: 3}
					c.Resilience.MaxAttempts = 10
					c.Resilience.Breaker.OpenFor, c.Resilience.Breaker.MaxOpenFor = time.Minute, time.Minute
				})
				const relays = 200
				paid := 0
				for range relays {
					g.do(chat(t.Context(), "smart", false))
					tried := map[string]bool{}
					for _, a := range g.log.last(t).Attempts {
						require.Equal(t, tried[a.Target], a.Retry)
						tried[a.Target] = true
						if a.Retry || a.LastResort {
							paid++
						}
					}
				}
				require.Positive(t, paid)
				require.LessOrEqual(t, paid, 3+relays/10)
			})
		})
	}
}

// Retries of the client's SDK come on top of the router's, and are paid for out
// of the same budget: once that is empty the SDK is told not to.
func TestSDKRetriesDoNotMultiply(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const requests, tries = 300, 3
		down := func(d time.Duration) bool { return (d/(100*time.Millisecond))%5 != 0 }
		g := newRig(t, map[string][]step{"a": {during(down, answer(500, "{}"), ok())}}, func(c *router.Config) {
			c.Resilience.RetryBudget.Floor = 0
			c.Resilience.Breaker.MinSamples = 10_000 // the breaker would hide what is measured
		})
		for range requests {
			for try := range tries {
				q := chat(t.Context(), "only", false)
				q.Header.Set("X-Stainless-Retry-Count", strconv.Itoa(try))
				w := g.do(q)
				if w.Code == 200 || w.Header().Get("X-Should-Retry") == "false" {
					break
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		require.LessOrEqual(t, len(g.fakes.seen), requests+requests/5, "1 + retry_budget")
		require.Greater(t, len(g.fakes.seen), requests+requests/6, "and most of the budget is made use of")
	})
	bubble(t, func(t *testing.T) { // who knows nothing of the header retries anyway, and must not use up the budget
		g := newRig(t, map[string][]step{"a": {answer(500, "{}")}})
		w := g.do(chat(t.Context(), "only", false))
		require.Equal(t, "false", w.Header().Get("X-Should-Retry"))
	})
}

// Alerts are raised once, and again only after an answer.
func TestAWrongKeyAlertsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var lines bytes.Buffer
		f := &fakes{steps: map[string][]step{"a": {answer(401, "{}"), answer(403, "{}"), ok(), answer(402, "{}")}, "b": {ok()}}}
		c := config()
		c.Resilience.Cooldown = router.Cooldown{}
		r, err := router.New(c, router.WithTransport(f), router.WithSeed(1),
			router.WithLogger(slog.New(slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelInfo}))))
		require.NoError(t, err)
		for range 5 {
			(&rig{Router: r}).do(chat(t.Context(), "smart", false))
		}
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(lines.String()), "\n") {
			var e struct{ Level, Msg, Target, Reason string }
			require.NoError(t, json.Unmarshal([]byte(line), &e))
			got = append(got, e.Level+" "+e.Target+" "+e.Reason)
		}
		require.Equal(t, []string{"ERROR a/m unauthorized", "INFO a/m ", "ERROR a/m payment_required"}, got)
		require.NotContains(t, lines.String(), theKey)
	})
}

// A client that leaves is never held against a provider, whatever came before.
func TestALeavingClientIsNotCountedAgainstTheProvider(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {hang()}}, func(c *router.Config) { c.Resilience.Breaker.MinSamples = 1 })
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			g.do(chat(ctx, "smart", false))
			cancel()
		}
		require.Empty(t, g.log.breakers)
		require.Len(t, g.fakes.seen, 20)
	})
}
