package router_test

import (
	"encoding/json"
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

// What trips the breaker and what does not, end to end.
func TestWhatTripsTheBreaker(t *testing.T) {
	quick, slow := after(900*time.Millisecond, ok()), after(1100*time.Millisecond, ok())
	stream := func(ttft time.Duration) step {
		return after(ttft, sse(role, token, 3*time.Second, finish, usage, done))
	}
	for _, row := range []struct {
		name   string
		steps  []step
		stream bool
		want   string // state and reason
	}{
		{"broken after the first content", []step{sse(role, token, io.ErrUnexpectedEOF)}, true, "open connection_lost"},
		{"error events after the first content", []step{sse(token, `{"error":{"message":"x"}}`)}, true, "open stream_error"},
		{"streams cut short", []step{sse(token)}, true, "open stream_truncated"},
		{"stalls after the first content", []step{sse(token, hangFor)}, true, "open idle_timeout"},
		{"whole streams", []step{stream(900 * time.Millisecond)}, true, "closed "},
		{"streams slow to begin", []step{stream(1100 * time.Millisecond)}, true, "open slow_calls"},
		{"answers below slow_call", []step{quick}, false, "closed "},
		{"answers above it", []step{slow}, false, "open slow_calls"},
		{"quick failures between slow answers", []step{answer(500, "{}"), slow, slow}, false, "open slow_calls"},
		{"quick refusals between slow answers", []step{answer(400, "{}"), answer(404, "{}"), slow}, false, "open slow_calls"},
		{"limits are no failures", []step{answer(429, "{}", "Retry-After", "1")}, false, "closed "},
		{"a few quick answers do not hide slow ones", []step{quick, slow, slow}, false, "open slow_calls"},
		{"a few slow ones are borne", []step{quick, quick, slow}, false, "closed "},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {ok()}}, func(c *router.Config) {
					c.Resilience.Breaker.SlowCall = time.Second
					c.Resilience.Breaker.Window = 10 * time.Minute
					c.Resilience.MaxAttempts = 1
				})
				for i := range 30 {
					g.fakes.play("a", row.steps[i%len(row.steps)])
					g.do(chat(t.Context(), "only", row.stream))
					time.Sleep(1500 * time.Millisecond)
					if len(g.log.breakers) > 0 {
						break
					}
				}
				got := "closed "
				if len(g.log.breakers) > 0 {
					got = g.log.breakers[0].To.String() + " " + g.log.breakers[0].Reason
				}
				require.Equal(t, row.want, got)
			})
		})
	}
}

// A stream's outcome counts when it ends, and not at all if the breaker has
// changed its state since the stream began.
func TestALateStreamDoesNotReopenTheBreaker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {sse(role, token, 9*time.Second, token, 9*time.Second, io.ErrUnexpectedEOF)}},
			func(c *router.Config) {
				c.Resilience.Breaker.MinSamples, c.Resilience.Breaker.Probes = 1, 1
				c.Resilience.QuickRetry, c.Resilience.MaxWait = 0, 0
			})
		late := chat(t.Context(), "only", true)
		go g.do(late)
		time.Sleep(time.Second)
		g.fakes.play("a", answer(500, "{}"))
		g.do(chat(t.Context(), "only", false))
		time.Sleep(11 * time.Second)
		g.fakes.play("a", ok())
		g.do(chat(t.Context(), "only", false))
		require.Len(t, g.log.breakers, 3)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, audit.Broken, g.log.last(t).Outcome)
		require.Len(t, g.log.breakers, 3, "what began before it opened says nothing of now")
	})
}

// health is the health page, decoded.
func (g *rig) health(t *testing.T) map[string]any {
	t.Helper()
	w := g.do(get("/v1/routedrill/health"))
	require.Equal(t, 200, w.Code)
	require.NotContains(t, w.Body.String(), theKey)
	require.NotContains(t, w.Body.String(), "http")
	var page map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
	return page
}

func TestHealth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(503, "{}")}, "b": {answer(429, "{}", "Retry-After", "30")}}, func(c *router.Config) {
			c.Providers = c.Providers[:2]
			c.Providers[0].Region = "eu"
			c.Providers[0].Bulkhead.MaxConcurrent = 7
			c.Routes[0].Targets = []string{"a/m", "b/m"}
			c.Resilience.Breaker.MinSamples, c.Resilience.Breaker.Probes = 1, 1
			c.Resilience.Breaker.OpenFor = 20 * time.Second
			c.Resilience.MaxAttempts = 2
		})
		none := map[string]any{"samples": 0.0, "failures": 0.0, "timed": 0.0, "slow": 0.0}
		closed := func(target, endpoint string) map[string]any {
			row := map[string]any{"target": target, "state": "closed", "share": 1.0, "window": none, "health": "healthy"}
			if endpoint != "" {
				row["endpoint"] = endpoint
			}
			if target == "a/m" {
				row["region"] = "eu"
			}
			return row
		}
		failed := func(seconds ...float64) (spans []any) { // one attempt, and it failed with a status
			for _, s := range seconds {
				spans = append(spans, map[string]any{"seconds": s, "samples": 1.0, "failure_rate": 1.0, "timeout_rate": 0.0, "not_200_rate": 1.0})
			}
			return spans
		}
		rows := []any{closed("a/m", ""), closed("b/m", "")}
		loads := []any{
			map[string]any{"provider": "a", "in_flight": 0.0, "max_concurrent": 7.0}, map[string]any{"provider": "a", "target": "a/m", "in_flight": 0.0},
			map[string]any{"provider": "b", "in_flight": 0.0}, map[string]any{"provider": "b", "target": "b/m", "in_flight": 0.0},
		}
		require.Equal(t, map[string]any{"targets": rows, "regions": []any{}, "bulkheads": loads}, g.health(t), "nothing has happened yet")

		at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339Nano) }
		since, cooling := at(0), at(30*time.Second)
		g.do(chat(t.Context(), "smart", false))
		next := g.health(t)["targets"].([]any)[0].(map[string]any)["next_probe_at"].(string)
		until, err := time.Parse(time.RFC3339Nano, next)
		require.NoError(t, err)
		require.InDelta(t, 15*time.Second, time.Until(until), float64(5*time.Second), "less a jitter of up to a half")
		counts := map[string]any{"samples": 1.0, "failures": 1.0, "timed": 0.0, "slow": 0.0}
		opened := map[string]any{
			"target": "a/m", "endpoint": "chat", "region": "eu", "state": "open", "reason": "server_error",
			"since": since, "next_probe_at": next, "window": counts,
			"health": "down", "health_reason": "breaker_open", "spans": failed(10, 60, 300),
		}
		limited := closed("b/m", "chat")
		limited["cooling_until"], limited["health"], limited["health_reason"] = cooling, "degraded", "cooling_down"
		limited["spans"] = failed(10, 60, 300)
		require.Equal(t, []any{opened, limited}, g.health(t)["targets"], "only what was asked for")
		region := map[string]any{
			"region": "eu", "endpoint": "chat", "health": "down", "targets": 1.0, "down": 1.0, "degraded": 0.0, "samples": 1.0, "failure_rate": 1.0,
		}
		require.Equal(t, []any{region}, g.health(t)["regions"], "and a region that is known")

		time.Sleep(21 * time.Second)
		opened["next_probe_at"], opened["spans"] = at(0), failed(60, 300)
		require.Equal(t, opened, g.health(t)["targets"].([]any)[0], "it may be probed and has not been asked")
		g.fakes.play("a", after(time.Second, ok()))
		probed := at(0)
		q := chat(t.Context(), "smart", false)
		go g.do(q)
		time.Sleep(time.Millisecond)
		page := g.health(t)
		require.Equal(t, map[string]any{
			"target": "a/m", "endpoint": "chat", "region": "eu", "state": "half-open", "reason": "open_time_over",
			"since": probed, "probing": 1.0, "window": counts,
			"health": "down", "health_reason": "breaker_open", "spans": failed(60, 300),
		}, page["targets"].([]any)[0])
		require.Equal(t, map[string]any{"provider": "a", "in_flight": 1.0, "max_concurrent": 7.0}, page["bulkheads"].([]any)[0])
		require.Equal(t, map[string]any{"provider": "a", "target": "a/m", "in_flight": 1.0}, page["bulkheads"].([]any)[1])
		time.Sleep(time.Second + 15*time.Second - time.Millisecond)
		require.Equal(t, map[string]any{
			"target": "a/m", "endpoint": "chat", "region": "eu", "state": "closed", "reason": "ok",
			"since": at(-15 * time.Second), "share": 0.55, "window": none, "health": "healthy",
			"spans": []any{spanOfTwo(60), spanOfTwo(300)},
		}, g.health(t)["targets"].([]any)[0])
	})
}

// Chat that may call tools is well or ill apart from other chat, and a region's
// health is that of its targets.
func TestHealthOfToolsAndRegions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		noTools := func(q *http.Request) (*http.Response, error) {
			body, _ := q.GetBody()
			if text, _ := io.ReadAll(body); strings.Contains(string(text), `"tools"`) {
				return answer(503, `{}`)(q)
			}
			return ok()(q)
		}
		g := newRig(t, map[string][]step{"a": {noTools}, "b": {ok()}}, func(c *router.Config) {
			c.Providers[0].Region, c.Providers[1].Region = "eu", "eu"
		})
		for range 40 {
			require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
			require.Equal(t, 200, g.do(post(t.Context(), "/v1/chat/completions",
				`{"model":"smart","messages":[],"tools":[{"type":"function","function":{"name":"f"}}]}`)).Code)
			require.Equal(t, "tools", g.log.last(t).Endpoint)
			time.Sleep(200 * time.Millisecond)
		}
		var states []string
		for _, row := range g.health(t)["targets"].([]any) {
			r := row.(map[string]any)
			states = append(states, fmt.Sprint(r["target"], " ", r["endpoint"], " ", r["state"]))
		}
		require.Equal(t, []string{"a/m chat closed", "a/m tools open", "b/m tools closed", "c/m <nil> closed"}, states)
		require.Equal(t, []any{
			map[string]any{"region": "eu", "endpoint": "chat", "health": "healthy", "targets": 1.0, "down": 0.0, "degraded": 0.0, "samples": 40.0, "failure_rate": 0.0},
			map[string]any{"region": "eu", "endpoint": "tools", "health": "degraded", "targets": 2.0, "down": 1.0, "degraded": 0.0, "samples": 50.0, "failure_rate": 0.2},
		}, g.health(t)["regions"])
		require.Equal(t, "a", g.do(chat(t.Context(), "smart", false)).Header().Get("X-Routedrill-Provider"))
	})
}

// spanOfTwo is a span with a failure, and an answer after a second.
func spanOfTwo(seconds float64) map[string]any {
	second := map[string]any{"samples": 1.0, "p50": 989.856, "p95": 989.856} // the middle of its bin
	return map[string]any{
		"seconds": seconds, "samples": 2.0, "failure_rate": 0.5, "timeout_rate": 0.0, "not_200_rate": 0.5,
		"latency_ms": second, "tokens_per_s": 50.0,
	}
}

// Whoever was passed over stands in the record, and the record is bounded.
func TestSkipsAreAudited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(503, "{}")}, "b": {answer(429, "{}", "Retry-After", "50")}, "c": {ok()}},
			func(c *router.Config) { c.Resilience.Breaker.MinSamples = 1 })
		g.do(chat(t.Context(), "smart", false))
		g.do(chat(t.Context(), "smart", false))
		now := time.Now()
		r := g.log.last(t)
		require.Equal(t, "c:ok", reasons(r))
		require.Equal(t, []audit.Skip{{Target: "a/m", Reason: audit.BreakerOpen, At: now}, {Target: "b/m", Reason: audit.CoolingDown, At: now}}, r.Skips)

		g = newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After", "0")}}, func(c *router.Config) {
			c.Resilience.RetryBudget = router.RetryBudget{}
			c.Resilience.Cooldown.Default = 0
		})
		g.do(chat(t.Context(), "only", false))
		require.Len(t, g.log.last(t).Attempts, 1)
	})
}
