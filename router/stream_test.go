package router_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

func event(data string) string { return "data: " + data + "\n\n" }

func TestStreamAfterTheCommitPoint(t *testing.T) {
	for _, row := range []struct {
		name   string
		parts  []any
		reason string
	}{
		{"eof", []any{role, token}, audit.StreamTruncated},
		{"eof after finish", []any{role, token, finish}, audit.StreamTruncated},
		{"done without finish", []any{role, token, done}, audit.StreamTruncated},
		{"reset", []any{role, token, io.ErrUnexpectedEOF}, audit.ConnectionLost},
		{"error event", []any{role, token, `{"error":{"message":"` + theKey + `"}}`}, audit.StreamError},
		{"malformed", []any{role, token, `{`}, audit.StreamMalformed},
		{"stall", []any{role, token, hangFor}, audit.IdleTimeout},
		{"trickle past the total", []any{role, token, 9 * time.Second, token, 9 * time.Second, token, 9 * time.Second, token},
			audit.TotalTimeout},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {sse(row.parts...)}, "b": {ok()}},
					func(c *router.Config) { c.Resilience.TotalTimeout = 20 * time.Second })
				w := g.do(chat(t.Context(), "smart", true))
				body := w.Body.String()
				require.True(t, strings.HasPrefix(body, event(role)+event(token)), body)
				require.NotContains(t, body, "[DONE]")
				require.NotContains(t, body, theKey)
				require.True(t, strings.HasSuffix(body, `"type":"routedrill_stream_broken","param":null,"code":"`+row.reason+"\"}}\n\n"), body)
				rec := g.log.last(t)
				require.Equal(t, "a:"+row.reason, reasons(rec))
				require.Equal(t, audit.Broken, rec.Outcome)
				require.Equal(t, 200, rec.Status)
				require.False(t, rec.Attempts[0].Served)
				require.True(t, rec.Attempts[0].Estimated)
				require.Positive(t, rec.Attempts[0].CostMicroUSD)
			})
		})
	}
}

func TestWholeStream(t *testing.T) {
	for _, row := range []struct {
		name, options, want string
	}{
		{"usage not asked for", ``, event(role) + event(token) + event(finish) + event(done)},
		{"usage declined", `,"stream_options":{"include_usage":false}`, event(role) + event(token) + event(finish) + event(done)},
		{"usage asked for", `,"stream_options":{"include_usage":true}`, event(role) + event(token) + event(finish) + event(usage) + event(done)},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {sse(role, token, finish, usage, done)}})
			w := g.do(post(t.Context(), "/v1/chat/completions", `{"model":"smart","stream":true`+row.options+`}`))
			require.Equal(t, row.want, w.Body.String())
			require.Equal(t, "text/event-stream", w.Header().Get("Content-Type"))
			require.Contains(t, g.fakes.body[0], `"include_usage":true`)
			rec := g.log.last(t)
			require.Equal(t, audit.Served, rec.Outcome)
			require.True(t, rec.Stream)
			require.False(t, rec.Attempts[0].Estimated)
			require.EqualValues(t, 600, rec.Attempts[0].CostMicroUSD)
			require.False(t, rec.Attempts[0].FirstToken.IsZero())
		})
	}
}

func TestToolCallCommits(t *testing.T) {
	const call = `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}}]}`
	g := newRig(t, map[string][]step{"a": {sse(role, call)}, "b": {sse(token, finish, done)}})
	w := g.do(chat(t.Context(), "smart", true))
	require.True(t, strings.HasPrefix(w.Body.String(), event(role)+event(call)))
	require.Equal(t, audit.Broken, g.log.last(t).Outcome)
}

func TestEveryChoiceMustFinish(t *testing.T) {
	const second = `{"choices":[{"index":1,"delta":{"content":"x"}}]}`
	g := newRig(t, map[string][]step{"a": {sse(token, second, finish, done)}})
	g.do(chat(t.Context(), "smart", true))
	require.Equal(t, "a:stream_truncated", reasons(g.log.last(t)))
}

// flushes notes when each flush came.
type flushes struct {
	*httptest.ResponseRecorder
	at []time.Time
}

func (f *flushes) Flush() { f.at = append(f.at, time.Now()) }

func TestEveryEventIsFlushedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		start := time.Now()
		g := newRig(t, map[string][]step{"a": {sse(role, time.Second, token, time.Second, token, time.Second, finish, done)}})
		w := &flushes{ResponseRecorder: httptest.NewRecorder()}
		g.ServeHTTP(w, chat(t.Context(), "smart", true))
		var got []time.Duration
		for _, at := range w.at {
			got = append(got, at.Sub(start))
		}
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second}, got)
		require.Equal(t, start.Add(time.Second), g.log.last(t).Attempts[0].FirstToken)
	})
}

func TestClientLeaves(t *testing.T) {
	for _, row := range []struct {
		name   string
		first  step
		stream bool
		status int
	}{
		{"during a whole answer", hang(), false, 0},
		{"before the first token", sse(role, hangFor), true, 0},
		{"in the middle of a stream", sse(token, hangFor), true, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.first}, "b": {ok()}},
					func(c *router.Config) { c.Resilience.Breaker.MinSamples = 1 })
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				g.do(chat(ctx, "smart", row.stream))
				rec := g.log.last(t)
				require.Equal(t, "a:client_cancelled", reasons(rec))
				require.Equal(t, audit.Cancelled, rec.Outcome)
				require.Equal(t, row.status, rec.Status)
				require.Empty(t, g.log.breakers, "a client's leaving is no failure of the target")
			})
		})
	}
}

func TestClientLeavesDuringBackoff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After", "5")}})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		g.do(chat(ctx, "only", false))
		require.Equal(t, audit.Cancelled, g.log.last(t).Outcome)
		require.Len(t, g.log.last(t).Attempts, 1)
	})
}

func TestClientLeavingWinsOverATimeoutAtTheSameInstant(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		// Past every deadline, the client gone as well: two causes at once.
		late := func(q *http.Request) (*http.Response, error) {
			<-q.Context().Done()
			cancel()
			return nil, q.Context().Err()
		}
		g := newRig(t, map[string][]step{"a": {late}})
		g.do(chat(ctx, "smart", false))
		require.Equal(t, "a:client_cancelled", reasons(g.log.last(t)))
	})
}

// mute is a client connection that cannot flush.
type mute struct{ http.ResponseWriter }

func TestAWriterThatCannotFlushStillGetsItsStream(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {sse(token, finish, done)}})
	w := httptest.NewRecorder()
	g.ServeHTTP(mute{w}, chat(t.Context(), "smart", true))
	require.Equal(t, event(token)+event(finish)+event(done), w.Body.String())
}

func TestCommentsPassButAreNoSignOfLife(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ping := func(q *http.Request) (*http.Response, error) {
			res, err := sse(token)(q)
			if err == nil {
				res.Body = io.NopCloser(io.MultiReader(res.Body, &pings{ctx: q.Context()}))
			}
			return res, err
		}
		g := newRig(t, map[string][]step{"a": {ping}}, func(c *router.Config) {
			c.Resilience.TotalTimeout, c.Resilience.IdleTimeout = 60*time.Second, 5*time.Second
		})
		w := g.do(chat(t.Context(), "smart", true))
		require.Equal(t, "a:idle_timeout", reasons(g.log.last(t)))
		require.Contains(t, w.Body.String(), ": ping\n\n")
	})
}

// pings sends a comment every two seconds.
type pings struct{ ctx context.Context }

func (p *pings) Read(b []byte) (int, error) {
	if err := wait(p.ctx, 2*time.Second); err != nil {
		return 0, err
	}
	return copy(b, ": ping\n\n"), nil
}
