package router_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// A target whose quota does not hold a request comes last for it, until the reset
// that its headers named, and serves all the same where nothing else does.
func TestQuotaNear(t *testing.T) {
	const small, large = `{"model":"smart","max_tokens":10,"messages":[]}`, `{"model":"smart","max_tokens":1000,"messages":[]}`
	tokens := []string{"X-Ratelimit-Limit-Tokens", "9000", "X-Ratelimit-Remaining-Tokens", "500", "X-Ratelimit-Reset-Tokens", "30s"}
	none := []string{"Anthropic-Ratelimit-Requests-Remaining", "0", "Anthropic-Ratelimit-Requests-Reset", "2000-01-01T00:00:30Z"}
	for _, row := range []struct {
		name   string
		a, b   step
		body   string
		pause  time.Duration
		only   bool
		want   string
		spared []string
	}{
		{"tokens, a large request", answer(200, answerBody, tokens...), ok(), large, 0, false, "b:ok", []string{"a/m"}},
		{"tokens, a small request", answer(200, answerBody, tokens...), ok(), small, 0, false, "a:ok", nil},
		{"no request is left", answer(200, answerBody, none...), ok(), small, 0, false, "b:ok", []string{"a/m"}},
		{"up to the reset", answer(200, answerBody, none...), ok(), small, 29 * time.Second, false, "b:ok", []string{"a/m"}},
		{"from the reset on", answer(200, answerBody, none...), ok(), small, 30 * time.Second, false, "a:ok", nil},
		{"the other one fails", answer(200, answerBody, none...), answer(503, "{}"), small, 0, false, "b:server_error a:ok", []string{"a/m"}},
		{"without an alternative", answer(200, answerBody, none...), ok(), small, 0, true, "a:ok", nil},
		{"nothing is told", ok(), ok(), large, time.Second, false, "a:ok", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.a}, "b": {row.b}}, func(c *router.Config) {
					c.Routes[0].Targets = []string{"a/m", "b/m"}
					if row.only {
						c.Routes[0].Targets = []string{"a/m"}
					}
					c.Resilience.QuickRetry = 0
				})
				g.do(post(t.Context(), "/v1/chat/completions", small))
				require.Equal(t, "a:ok", reasons(g.log.last(t)), "nothing is known yet")
				time.Sleep(row.pause)
				g.do(post(t.Context(), "/v1/chat/completions", row.body))
				r := g.log.last(t)
				require.Equal(t, row.want, reasons(r))
				var spared []string
				for _, s := range r.Skips {
					require.Equal(t, audit.QuotaNear, s.Reason)
					spared = append(spared, s.Target)
				}
				require.Equal(t, row.spared, spared)
			})
		})
	}
}

// The health page shows what is left, and nothing once that is over.
func TestQuotaHealth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(200, answerBody,
			"X-Ratelimit-Limit-Requests", "100", "X-Ratelimit-Remaining-Requests", "60", "X-Ratelimit-Reset-Requests", "24s")}})
		quotas := func() any { return g.health(t)["targets"].([]any)[0].(map[string]any)["quotas"] }
		require.Nil(t, quotas())
		g.do(chat(t.Context(), "only", false))
		require.Equal(t, []any{map[string]any{"of": "requests", "left": 60.0, "limit": 100.0, "reset_at": "2000-01-01T00:00:24Z"}}, quotas())
		time.Sleep(24 * time.Second)
		require.Nil(t, quotas())
	})
}
