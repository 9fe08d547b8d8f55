package router_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/policy"
)

// Every test that the README's table of known failures names is there, and every
// failure has one.
func TestTheTableOfKnownFailuresIsTrue(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(readme), "\n## Known failures elsewhere\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var sources strings.Builder
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		sources.Write(source)
	}
	row := regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \|$`)
	name := regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	rows := 0
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		if m[1] == "known failure" {
			continue
		}
		rows++
		tests := name.FindAllStringSubmatch(m[2], -1)
		require.NotEmpty(t, tests, m[1])
		for _, test := range tests {
			require.Contains(t, sources.String(), "\nfunc "+test[1]+"(t *testing.T) {", m[1])
		}
	}
	require.Equal(t, 15, rows)
}

// A breaker closes once its target is well, whatever became of the probes before:
// a probe that ends without a verdict gives its place back.
func TestABreakerDoesNotForgetToClose(t *testing.T) {
	for _, row := range []struct {
		name  string
		probe step // how the first probes end
		leave bool // their clients leave after a second
	}{
		{"probes whose clients leave", hang(), true},
		{"probes that are rate limited", answer(429, "{}", "Retry-After-Ms", "10"), false},
		{"probes that are refused for what they ask", answer(400, "{}"), false},
		{"probes that fail again", answer(500, "{}"), false},
		{"probes that hang", hang(), false},
		{"probes that panic", func(*http.Request) (*http.Response, error) { panic("transport") }, false},
		{"probes whose stream breaks", sse(role, token, io.ErrUnexpectedEOF), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {answer(500, "{}")}}, func(c *router.Config) {
					c.Resilience.MaxAttempts, c.Resilience.MaxWait, c.Resilience.LastResort = 1, 0, false
				})
				ask := func(ctx context.Context) { g.do(chat(ctx, "only", strings.Contains(row.name, "stream"))) }
				for len(g.events(audit.Open)) == 0 {
					ask(t.Context())
				}
				g.fakes.play("a", row.probe)
				for range 5 {
					time.Sleep(11 * time.Second)
					ctx, cancel := context.WithCancel(t.Context())
					if row.leave {
						ctx, cancel = context.WithTimeout(t.Context(), time.Second)
					}
					ask(ctx)
					cancel()
				}
				require.NotEmpty(t, g.events(audit.HalfOpen), "it was probed")
				g.fakes.play("a", ok())
				if strings.Contains(row.name, "stream") {
					g.fakes.play("a", sse(role, token, finish, done))
				}
				for range 3 {
					time.Sleep(2 * time.Minute)
					ask(t.Context())
				}
				last := g.log.breakers[len(g.log.breakers)-1]
				require.Equal(t, audit.Closed, last.To)
				require.Equal(t, audit.Served, g.log.last(t).Outcome)
			})
		})
	}
}

// However a stream breaks after its first content, the client has had a 200 and
// the breaker a failure.
func TestErrorsOfStreamsAreCounted(t *testing.T) {
	for _, row := range []struct {
		name   string
		broken step
		reason string
	}{
		{"an error event", sse(role, token, `{"error":{"message":"x"}}`), audit.StreamError},
		{"no terminal event", sse(role, token, finish), audit.StreamTruncated},
		{"an event nobody can read", sse(role, token, `{"choices":`), audit.StreamMalformed},
		{"a lost connection", sse(role, token, io.ErrUnexpectedEOF), audit.ConnectionLost},
		{"a stall", sse(role, token, hangFor), audit.IdleTimeout},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.broken}}, func(c *router.Config) { c.Resilience.Breaker.Window = 10 * time.Minute })
				for n := 1; n <= 10; n++ {
					require.Empty(t, g.log.breakers)
					require.Equal(t, 200, g.do(chat(t.Context(), "only", true)).Code)
					require.Equal(t, audit.Broken, g.log.last(t).Outcome)
				}
				require.Len(t, g.log.breakers, 1, "min_samples")
				require.Equal(t, row.reason, g.log.breakers[0].Reason)
			})
		})
	}
}

// A target that fails at once is not the quickest: failures are no samples of
// latency, so they neither count as quick calls nor hide slow ones.
func TestFastFailuresDoNotImproveTheLatency(t *testing.T) {
	for _, row := range []struct {
		name string
		fast step
	}{
		{"errors", answer(500, "{}")},
		{"rate limits", answer(429, "{}", "Retry-After-Ms", "1")},
		{"refusals", answer(400, "{}")},
		{"answers that are none", answer(200, "<html>")},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.fast}}, func(c *router.Config) {
					c.Resilience.MaxAttempts = 1
					c.Resilience.Breaker.Window = 10 * time.Minute
					c.Resilience.Breaker.FailureRate = 1
					c.Resilience.Breaker.SlowCall, c.Resilience.Breaker.SlowRate = time.Second, 1
				})
				window := func() map[string]any {
					return g.health(t)["targets"].([]any)[0].(map[string]any)["window"].(map[string]any)
				}
				ask := func(s step, times int) {
					g.fakes.play("a", s)
					for range times {
						g.do(chat(t.Context(), "only", false))
						time.Sleep(10 * time.Millisecond)
					}
				}
				ask(ok(), 1) // one quick answer, or failures alone would trip it
				ask(row.fast, 30)
				require.Equal(t, 1.0, window()["timed"], "only the answer has a latency")
				require.Empty(t, g.log.breakers)
				time.Sleep(10 * time.Minute) // it leaves the window
				ask(row.fast, 5)
				ask(after(2*time.Second, ok()), 10)
				require.Len(t, g.log.breakers, 1, "every answer was slow")
				require.Equal(t, audit.SlowCalls, g.log.breakers[0].Reason)
			})
		})
	}
}

// Nor does it come first where the fastest does: one that fails at once loses to a
// slow one that answers.
func TestFastFailuresWinNoRanking(t *testing.T) {
	for _, fast := range []step{answer(500, "{}"), answer(429, "{}"), answer(200, "<html>")} {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {fast}, "b": {after(800*time.Millisecond, ok())}}, with(router.Policy{Strategy: policy.LatencyFirst}),
				func(c *router.Config) {
					c.Routes[0].Targets = []string{"a/m", "b/m"}
					c.Resilience.Breaker.MinSamples, c.Resilience.Cooldown, c.Resilience.QuickRetry = 100_000, router.Cooldown{}, 0
				})
			g.drive(t, 100, 100*time.Millisecond, false) // whatever is learnt first
			first := 0
			for _, r := range g.drive(t, 300, 100*time.Millisecond, false) {
				if r.Attempts[0].Provider == "a" {
					first++
				}
			}
			require.Less(t, first, 60, "exploration aside, the one that answers comes first")
		})
	}
}

// Where nothing has been timed, nothing is known to be slow: a route serves before
// its first answer, and after a pause in which every sample has grown old.
func TestNoLatencySamplesFailNoRoute(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			good := ok()
			if stream {
				good = sse(role, token, finish, done)
			}
			limited := answer(429, "{}", "Retry-After-Ms", "1")
			g := newRig(t, map[string][]step{"a": {good}, "b": {good}, "c": {good}}, func(c *router.Config) {
				c.Resilience.Breaker.SlowCall, c.Resilience.Breaker.SlowRate = time.Nanosecond, 0.001
				c.Resilience.Breaker.MinSamples, c.Resilience.QuickRetry = 1000, 0
			})
			ask := func(want string) {
				t.Helper()
				require.Equal(t, 200, g.do(chat(t.Context(), "smart", stream)).Code)
				require.Equal(t, want, reasons(g.log.last(t)))
			}
			ask("a:ok")
			time.Sleep(time.Hour)
			ask("a:ok")
			g.fakes.play("a", limited)
			g.fakes.play("b", limited)
			ask("a:rate_limited b:rate_limited c:ok") // two targets without a single sample of their own
			require.Empty(t, g.log.breakers)
		})
	}
	for _, strategy := range policy.Names() {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}}, with(router.Policy{Strategy: strategy}))
			for i := range 3 {
				require.Equal(t, 200, g.do(one(chat(t.Context(), "smart", false), "cold-"+strconv.Itoa(i))).Code, strategy)
				time.Sleep(24 * time.Hour)
			}
		})
	}
}
