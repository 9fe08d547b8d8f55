package router_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

func TestFailover(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	for _, row := range []struct {
		name   string
		first  step
		stream bool
		reason string
	}{
		{"500", answer(500, "{}"), false, audit.ServerError},
		{"503", answer(503, "{}"), false, audit.ServerError},
		{"502 of an edge", answer(502, "<html>bad gateway</html>", "Content-Type", "text/html"), false, audit.ServerError},
		{"529", answer(529, "{}"), false, audit.Overloaded},
		{"504", answer(504, "{}"), false, audit.RequestTimeout},
		{"524", answer(524, "<html></html>", "Content-Type", "text/html"), false, audit.RequestTimeout},
		{"400 of an edge", answer(400, "<html>bad request</html>", "Content-Type", "text/html"), false, audit.UnexpectedState},
		{"413 of an edge", answer(413, "<html>too large</html>", "Content-Type", "text/html; charset=utf-8"), false, audit.UnexpectedState},
		{"404", answer(404, `{"error":{"code":"model_not_found"}}`), false, audit.ModelMissing},
		{"404 of a path", answer(404, "404 page not found", "Content-Type", "text/plain"), false, audit.ModelMissing},
		{"400 for a missing model", answer(400, `{"error":{"code":"model_not_found"}}`), false, audit.ModelMissing},
		{"409", answer(409, "{}"), false, audit.Conflict},
		{"401", answer(401, "{}"), false, audit.Unauthorized},
		{"403", answer(403, "{}"), false, audit.Unauthorized},
		{"402", answer(402, "{}"), false, audit.PaymentRequired},
		{"408", answer(408, "{}"), false, audit.RequestTimeout},
		{"429", answer(429, "{}"), false, audit.RateLimited},
		{"429 for want of credit", answer(429, `{"error":{"code":"insufficient_quota"}}`), false, audit.PaymentRequired},
		{"403 for want of credit", answer(403, `{"error":{"type":"insufficient_quota"}}`), false, audit.PaymentRequired},
		{"302", answer(302, ""), false, audit.UnexpectedState},
		{"418", answer(418, ""), false, audit.UnexpectedState},
		{"refused", failing(refused), false, audit.ConnectRefused},
		{"reset", failing(reset), false, audit.ConnectionLost},
		{"eof", failing(io.ErrUnexpectedEOF), false, audit.ConnectionLost},
		{"dns", failing(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}), false, audit.DNSFailure},
		{"tls", failing(&tls.CertificateVerificationError{Err: errors.New("expired")}), false, audit.TLSFailure},
		{"connect timeout", failing(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), false, audit.ConnectTimeout},
		{"hang", hang(), false, audit.AttemptTimeout},
		{"hang of a stream", hang(), true, audit.TTFTTimeout},
		{"empty choices", answer(200, `{"choices":[]}`), false, audit.InvalidAnswer},
		{"nothing said", answer(200, `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`), false, audit.InvalidAnswer},
		{"nothing at all", answer(200, ""), false, audit.InvalidAnswer},
		{"html", answer(200, `<html>oops</html>`), false, audit.InvalidAnswer},
		{"cut json", answer(200, answerBody[:80]), false, audit.InvalidAnswer},
		{"error under 200", answer(200, `{"error":{"message":"x"},"choices":[{}]}`), false, audit.InvalidAnswer},
		{"json for a stream", ok(), true, audit.InvalidAnswer},
		{"empty stream", sse(), true, audit.StreamTruncated},
		{"role only", sse(role, done), true, audit.StreamTruncated},
		{"nothing said in a stream", sse(role, finish, done), true, audit.InvalidAnswer},
		{"stream reset before content", sse(role, error(reset)), true, audit.ConnectionLost},
		{"stream error before content", sse(role, `{"error":{"message":"overloaded"}}`), true, audit.StreamError},
		{"stream garbled before content", sse(role, `{"choices":[`), true, audit.StreamMalformed},
		{"stream stalls before content", sse(role, hangFor), true, audit.TTFTTimeout},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				second := ok()
				if row.stream {
					second = sse(role, token, finish, usage, done)
				}
				g := newRig(t, map[string][]step{"a": {row.first}, "b": {second}}, func(c *router.Config) { c.Resilience.QuickRetry = 0 })
				w := g.do(chat(t.Context(), "smart", row.stream))
				require.Equal(t, 200, w.Code, w.Body)
				rec := g.log.last(t)
				require.Equal(t, "a:"+row.reason+" b:ok", reasons(rec))
				require.Equal(t, audit.Served, rec.Outcome)
				require.True(t, rec.Attempts[1].Served)
				require.False(t, rec.Attempts[0].Served)
				require.False(t, rec.Attempts[1].Retry)
				stopped := row.reason == audit.TTFTTimeout || row.reason == audit.AttemptTimeout // at work: it has read the prompt
				require.Equal(t, stopped, rec.Attempts[0].CostMicroUSD > 0)
				require.Equal(t, stopped, rec.Attempts[0].PromptTokens > 0)
				require.True(t, rec.Attempts[0].Estimated)
				require.Equal(t, "b", w.Header().Get("X-Routedrill-Provider"))
				require.Equal(t, "2", w.Header().Get("X-Routedrill-Attempts"))
				if row.stream {
					require.NotContains(t, w.Body.String(), "usage")
					require.Equal(t, 1, strings.Count(w.Body.String(), `"role"`))
				} else {
					require.Equal(t, answerBody, w.Body.String())
				}
			})
		})
	}
}

func TestOwnFaultStops(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		code   string
		reason string
	}{
		{"400", 400, "invalid_value", audit.BadRequest},
		{"422", 422, "", audit.BadRequest},
		{"413", 413, "", audit.ContextLength},
		{"context length", 400, "context_length_exceeded", audit.ContextLength},
		{"content filter", 400, "content_filter", audit.ContentFiltered},
	} {
		t.Run(row.name, func(t *testing.T) {
			body := `{"error":{"message":"bad tools, key ` + theKey + `","code":"` + row.code + `"}}`
			g := newRig(t, map[string][]step{"a": {answer(row.status, body, "Retry-After", "30"), ok()}, "b": {ok()}})
			w := g.do(chat(t.Context(), "smart", false))
			require.Equal(t, row.status, w.Code)
			require.Equal(t, strings.ReplaceAll(body, theKey, "[redacted]"), w.Body.String())
			require.Equal(t, "a", w.Header().Get("X-Routedrill-Provider"))
			rec := g.log.last(t)
			require.Equal(t, audit.Rejected, rec.Outcome)
			require.Equal(t, "a:"+row.reason, reasons(rec))
			require.True(t, rec.Attempts[0].Served)
			require.Zero(t, rec.Attempts[0].RetryAfter, "it says nothing about when to come again")
			g.do(chat(t.Context(), "smart", false))
			require.Equal(t, "a:ok", reasons(g.log.last(t)), "nor is the target left alone")
		})
	}
}

func TestStatusWhenNothingIsLeft(t *testing.T) {
	limited := answer(429, "{}", "Retry-After", "7")
	for _, row := range []struct {
		name    string
		a, b, c step
		status  int
		retry   string
		code    string
	}{
		{"all limited", limited, answer(429, "{}", "Retry-After", "3"), limited, 429, "3", audit.RateLimited},
		{"limited last", answer(500, "{}"), answer(500, "{}"), limited, 503, "1", audit.RateLimited},
		{"errors", limited, limited, answer(500, "{}"), 503, "1", audit.ServerError},
		{"reset last", limited, limited, failing(io.EOF), 502, "", audit.ConnectionLost},
		{"invalid last", limited, limited, answer(200, ""), 502, "", audit.InvalidAnswer},
		{"timeout last", limited, limited, hang(), 504, "", audit.AttemptTimeout},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.a}, "b": {row.b}, "c": {row.c}}, func(c *router.Config) { c.Resilience.MaxAttempts = 3 })
				w := g.do(chat(t.Context(), "smart", false))
				require.Equal(t, row.status, w.Code)
				require.Equal(t, row.retry, w.Header().Get("Retry-After"))
				require.Contains(t, w.Body.String(), `"type":"routedrill_unavailable"`)
				require.Contains(t, w.Body.String(), `"code":"`+row.code+`"`)
				require.Contains(t, w.Body.String(), "a/m")
				require.Equal(t, audit.Failed, g.log.last(t).Outcome)
				require.Len(t, g.log.last(t).Attempts, 3)
			})
		})
	}
}

func TestSingleProviderTriesItsFirstTargetOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(500, "{}")}, "b": {ok()}},
			func(c *router.Config) { c.Policy.Strategy = router.SingleProvider })
		w := g.do(chat(t.Context(), "smart", false))
		require.Equal(t, 503, w.Code)
		rec := g.log.last(t)
		require.Equal(t, "a:server_error a:server_error a:server_error a:server_error", reasons(rec))
		require.False(t, rec.Attempts[0].Retry)
		require.True(t, rec.Attempts[3].Retry)
		require.Equal(t, 3, rec.Attempts[3].Nth)
	})
}

func TestCoolingTargetIsSkippedAndThenUsedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(429, "{}", "Retry-After", "3600"), ok()}, "b": {ok()}})
		g.do(chat(t.Context(), "smart", false))
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "b:ok", reasons(g.log.last(t)))
		w := g.do(chat(t.Context(), "only", false))
		require.Equal(t, 503, w.Code)
		require.Equal(t, "60", w.Header().Get("Retry-After"), "capped by cooldown.max")
		require.Equal(t, audit.Refused, g.log.last(t).Outcome)
		time.Sleep(60 * time.Second)
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
	})
}

func TestRetryBudget(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(500, "{}")}}, func(c *router.Config) {
			c.Resilience.RetryBudget = router.RetryBudget{Ratio: 0.1, Floor: 2}
			c.Resilience.Breaker.MinSamples = 1000
		})
		const relays = 50
		retries := 0
		for range relays {
			g.do(chat(t.Context(), "only", false))
			for _, a := range g.log.last(t).Attempts {
				if a.Retry {
					retries++
				}
			}
		}
		require.Equal(t, 7, retries, "floor 2 + 0.1 × 50")
	})
}

func TestBreakerOpensProbesAndCloses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(500, "{}")}, "b": {ok()}}, func(c *router.Config) {
			c.Resilience.Breaker.MinSamples = 3
			c.Resilience.Breaker.Probes = 1
		})
		for range 3 {
			g.do(chat(t.Context(), "smart", false))
			time.Sleep(time.Second)
		}
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "b:ok", reasons(g.log.last(t)))
		health := g.do(get("/v1/routedrill/health")).Body.String()
		require.Contains(t, health, `"target":"a/m","endpoint":"chat","state":"open","reason":"server_error"`)
		time.Sleep(10 * time.Second)
		g.fakes.steps["a"] = []step{ok()}
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a:ok", reasons(g.log.last(t)))
		require.True(t, g.log.last(t).Attempts[0].Probe)
		var words []string
		for _, e := range g.log.breakers {
			words = append(words, e.From.String()+">"+e.To.String()+" "+e.Reason)
		}
		require.Equal(t, []string{"closed>open server_error", "open>half-open open_time_over", "half-open>closed ok"}, words)
	})
}

func TestPanicIsRecovered(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {func(*http.Request) (*http.Response, error) { panic(errors.New("boom")) }}})
	w := g.do(chat(t.Context(), "smart", false))
	require.Equal(t, 500, w.Code)
	rec := g.log.last(t)
	require.Equal(t, "a:panic", reasons(rec))
	require.Equal(t, audit.Failed, rec.Outcome)
	require.Equal(t, 500, rec.Status)
}

func TestALeavingClientDoesNotVoidARetryAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		limited := func(q *http.Request) (*http.Response, error) {
			res, err := answer(429, "{}", "Retry-After", "20")(q)
			res.Body = &script{ctx: ctx, parts: []any{hangFor}}
			time.AfterFunc(time.Millisecond, cancel)
			return res, err
		}
		g := newRig(t, map[string][]step{"a": {limited, ok()}, "b": {ok()}})
		g.do(chat(ctx, "smart", false))
		require.Equal(t, "a:client_cancelled", reasons(g.log.last(t)))
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "b:ok", reasons(g.log.last(t)))
	})
}

// touchy is a sink that panics on the first change of a breaker.
type touchy struct{ *log }

func (touchy) Breaker(audit.BreakerEvent) { panic("touchy") }

func TestPanicAfterTheCommitPointBreaksTheStream(t *testing.T) {
	c := config()
	c.Resilience.Breaker.MinSamples = 1
	l := &log{}
	r, err := router.New(c, router.WithTransport(&fakes{steps: map[string][]step{"a": {sse(token)}}}), router.WithAudit(touchy{l}))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, chat(t.Context(), "smart", true))
	require.Contains(t, w.Body.String(), `"type":"routedrill_stream_broken"`)
	require.NotContains(t, w.Body.String(), "[DONE]")
	require.Equal(t, audit.Broken, l.last(t).Outcome)
}
