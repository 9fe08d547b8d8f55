package router_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// tokens is n events of one token each, by the estimate, with waits between.
func tokens(n int, gap time.Duration) []any {
	var parts []any
	for range n {
		parts = append(parts, gap, token)
	}
	return parts
}

func then(parts []any, more ...any) []any { return append(append([]any{role}, parts...), more...) }

func commitAt(n int) func(*router.Config) {
	return func(c *router.Config) { c.Resilience.Stream.Commit = n }
}

// Until the commit point a break is repaired by the next target, and the client
// sees that one's stream alone; after it the client is told.
func TestCommitPoint(t *testing.T) {
	const other = `{"model":"b-2025","choices":[{"index":0,"delta":{"content":"from b"}}]}`
	whole := event(other) + event(finish) + event(done)
	for _, row := range []struct {
		name    string
		commit  int
		first   []any
		reasons string
		outcome audit.Outcome
	}{
		{"first token, broken after it", router.CommitFirstToken, then(tokens(1, 0)), "a:stream_truncated", audit.Broken},
		{"zero is the first token", 0, then(tokens(1, 0)), "a:stream_truncated", audit.Broken},
		{"five tokens, broken after four", 5, then(tokens(4, time.Second)), "a:stream_truncated b:ok", audit.Served},
		{"five tokens, broken after five", 5, then(tokens(5, time.Second)), "a:stream_truncated", audit.Broken},
		{"complete: cut", router.CommitComplete, then(tokens(40, 100*time.Millisecond)), "a:stream_truncated b:ok", audit.Served},
		{"complete: reset", router.CommitComplete, then(tokens(9, 0), io.ErrUnexpectedEOF), "a:connection_lost b:ok", audit.Served},
		{"complete: error event", router.CommitComplete, then(tokens(9, 0), `{"error":{"message":"x"}}`), "a:stream_error b:ok", audit.Served},
		{"complete: malformed", router.CommitComplete, then(tokens(9, 0), `{`), "a:stream_malformed b:ok", audit.Served},
		{"complete: no terminator", router.CommitComplete, then(tokens(9, 0), finish), "a:stream_truncated b:ok", audit.Served},
		{"complete: done without a finish", router.CommitComplete, then(tokens(9, 0), done), "a:stream_truncated b:ok", audit.Served},
		{"complete: stall", router.CommitComplete, then(tokens(9, 0), hangFor), "a:idle_timeout b:ok", audit.Served},
		{"complete: stall before the first token", router.CommitComplete, then(nil, hangFor), "a:ttft_timeout b:ok", audit.Served},
		{"complete: longer than an attempt", router.CommitComplete, then(tokens(40, time.Second), finish, done), "a:attempt_timeout b:ok", audit.Served},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {sse(row.first...)}, "b": {sse(other, finish, usage, done)}},
					commitAt(row.commit), func(c *router.Config) { c.Resilience.QuickRetry = 0 })
				w := g.do(chat(t.Context(), "smart", true))
				rec := g.log.last(t)
				require.Equal(t, row.reasons, reasons(rec))
				require.Equal(t, row.outcome, rec.Outcome)
				if row.outcome == audit.Served {
					require.Equal(t, whole, w.Body.String())
					require.Equal(t, "b", w.Header().Get("X-Routedrill-Provider"))
					require.Equal(t, "2", w.Header().Get("X-Routedrill-Attempts"))
				} else {
					require.NotContains(t, w.Body.String(), "[DONE]")
					require.Contains(t, w.Body.String(), "routedrill_stream_broken")
				}
			})
		})
	}
}

// What is held goes out in one piece when the commit point comes, comments left out.
func TestHeldStreams(t *testing.T) {
	for _, row := range []struct {
		name   string
		commit int
		parts  []any
		want   []time.Duration // of the flushes
	}{
		{"two tokens", 2, then(tokens(3, time.Second), finish, done), []time.Duration{2 * time.Second, 3 * time.Second, 3 * time.Second, 3 * time.Second}},
		{"more tokens than there are", 50, then(tokens(3, time.Second), finish, time.Second, done), []time.Duration{4 * time.Second}},
		{"complete", router.CommitComplete, then(tokens(3, 9*time.Second), finish, done), []time.Duration{27 * time.Second}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				start := time.Now()
				g := newRig(t, map[string][]step{"a": {sse(row.parts...)}}, commitAt(row.commit),
					func(c *router.Config) { c.Resilience.TTFTTimeout = 10 * time.Second })
				w := &flushes{ResponseRecorder: httptest.NewRecorder()}
				g.ServeHTTP(w, chat(t.Context(), "smart", true))
				var got []time.Duration
				for _, at := range w.at {
					got = append(got, at.Sub(start))
				}
				require.Equal(t, row.want, got)
				require.Equal(t, event(role)+event(token)+event(token)+event(token)+event(finish)+event(done), w.Body.String())
				require.Equal(t, audit.Served, g.log.last(t).Outcome)
			})
		})
	}
}

// Above the bound a stream is committed as it is, so that memory stays bounded;
// one that has said nothing by then is no stream.
func TestHeldStreamsAreBounded(t *testing.T) {
	filler := strings.Repeat("x", 1<<19)
	text := fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":"%s"}}]}`, filler)
	silent := fmt.Sprintf(`{"choices":[{"index":0,"delta":{"role":"%s"}}]}`, filler)
	t.Run("content", func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {sse(nine(text)...)}}, commitAt(router.CommitComplete))
		w := g.do(chat(t.Context(), "smart", true))
		require.Equal(t, "a:stream_truncated", reasons(g.log.last(t)))
		require.Equal(t, audit.Broken, g.log.last(t).Outcome)
		require.Greater(t, w.Body.Len(), 4<<20)
	})
	t.Run("none", func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {sse(nine(silent)...)}, "b": {sse(token, finish, done)}})
		g.do(chat(t.Context(), "smart", true))
		require.Equal(t, "a:stream_malformed b:ok", reasons(g.log.last(t)))
	})
}

func nine(data string) []any {
	parts := make([]any, 9)
	for i := range parts {
		parts[i] = data
	}
	return parts
}

func TestCommitOfARoute(t *testing.T) {
	broken := sse(role, token)
	g := newRig(t, map[string][]step{"a": {broken}, "b": {sse(token, finish, done)}}, func(c *router.Config) {
		c.Resilience.QuickRetry = 0
		l := c.Resilience.Limits
		l.Stream.Commit = router.CommitComplete
		c.Routes = append(c.Routes, router.Route{Name: "patient", Targets: []string{"a/m", "b/m"}, Limits: &l})
	})
	g.do(chat(t.Context(), "patient", true))
	require.Equal(t, "a:stream_truncated b:ok", reasons(g.log.last(t)))
	g.do(chat(t.Context(), "smart", true))
	require.Equal(t, "a:stream_truncated", reasons(g.log.last(t)))
}

// A stream must bring 2 tokens per second, in windows of 4 s: 8 tokens each.
func TestMinimumRate(t *testing.T) {
	for _, row := range []struct {
		name   string
		commit int
		parts  []any
		reason string
		took   time.Duration // to the end of the first attempt; its offset left out
	}{
		{"fast enough", 1, then(tokens(60, 400*time.Millisecond), finish, done), audit.OK, 24 * time.Second},
		{"trickle", 1, then(tokens(60, time.Second), finish, done), audit.StreamSlow, 5 * time.Second},
		{"trickle while held", router.CommitComplete, then(tokens(60, time.Second), finish, done), audit.StreamSlow, 5 * time.Second},
		{"a burst is no credit", 1, then(append(tokens(100, 0), tokens(60, time.Second)...), finish, done), audit.StreamSlow, 4 * time.Second},
		{"a stall", 1, then(tokens(1, time.Second), hangFor), audit.StreamSlow, 5 * time.Second},
		{"before the first token it is the time to that", 1, then(tokens(1, 7*time.Second), finish, done), audit.OK, 7 * time.Second},
		{"the end may take its time", 1, then(tokens(1, time.Second), finish, 9*time.Second, done), audit.OK, 10 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {sse(row.parts...)}, "b": {sse(token, finish, done)}}, commitAt(row.commit), func(c *router.Config) {
					c.Resilience.Stream.MinTokensPerSecond, c.Resilience.Stream.Window = 2, 4*time.Second
					c.Resilience.Breaker.MinSamples = 1
				})
				g.do(chat(t.Context(), "smart", true))
				rec := g.log.last(t)
				require.Equal(t, row.reason, rec.Attempts[0].Reason)
				require.Equal(t, row.took, rec.Attempts[0].End.Sub(rec.Attempts[0].Start).Truncate(time.Millisecond))
				if row.reason == audit.OK {
					require.Empty(t, g.log.breakers)
					return
				}
				require.Equal(t, audit.StreamSlow, g.log.breakers[0].Reason, "it counts against the provider")
				require.Equal(t, row.commit == router.CommitComplete, len(rec.Attempts) == 2)
			})
		})
	}
}

// A slow client is not a slow provider.
func TestMinimumRateLeavesOutTheClientsTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {sse(then(tokens(30, 300*time.Millisecond), finish, done)...)}}, func(c *router.Config) {
			c.Resilience.Stream.MinTokensPerSecond, c.Resilience.Stream.Window = 2, 4*time.Second
			c.Resilience.TotalTimeout = time.Hour
		})
		w := slow{httptest.NewRecorder()}
		g.ServeHTTP(w, chat(t.Context(), "smart", true))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
	})
}
