package router_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// queued is a rig with a queue, which ends with the test.
func queued(t *testing.T, steps map[string][]step, change ...func(*router.Config)) *rig {
	t.Helper()
	g := newRig(t, steps, append(change, func(c *router.Config) { c.Queue.Workers = 4 })...)
	t.Cleanup(g.Close)
	return g
}

func later(t *testing.T, model string, headers ...string) *http.Request {
	q := chat(t.Context(), model, false)
	q.Header.Set("Prefer", "respond-async")
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	return q
}

// status asks for a job.
func (g *rig) status(t *testing.T, method, at string, headers ...string) (int, map[string]any) {
	t.Helper()
	q := post(t.Context(), at, "")
	q.Method = method
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	w := g.do(q)
	var v map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v))
	return w.Code, v
}

func TestDeferred(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {after(time.Second, ok())}})
		w := g.do(later(t, "only"))
		require.Equal(t, 202, w.Code)
		at := w.Header().Get("Location")
		require.True(t, strings.HasPrefix(at, "/v1/routedrill/jobs/job-"), at)
		r := g.log.last(t)
		require.Equal(t, audit.Deferred, r.Outcome)
		require.Equal(t, at, "/v1/routedrill/jobs/"+r.JobID)
		require.Empty(t, r.Attempts)
		pause(500 * time.Millisecond)
		code, v := g.status(t, http.MethodGet, at)
		require.Equal(t, 200, code)
		require.Equal(t, "running", v["status"])
		require.Nil(t, v["response"])
		pause(time.Second)
		_, v = g.status(t, http.MethodGet, at)
		require.Equal(t, "done", v["status"])
		require.Equal(t, 1.0, v["tries"])
		require.Equal(t, 200.0, v["response"].(map[string]any)["status_code"])
		answer, _ := json.Marshal(v["response"].(map[string]any)["body"])
		require.JSONEq(t, answerBody, string(answer))
		r = g.log.last(t)
		require.Equal(t, "a:ok", reasons(r))
		require.Equal(t, "req-000001-job", r.RequestID)
		require.Equal(t, "req-000001", r.JobOf)
	})
}

func TestWhatIsDeferred(t *testing.T) {
	for _, row := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"nothing is asked", nil, 200},
		{"preferred", []string{"Prefer", "respond-async"}, 202},
		{"among other preferences", []string{"Prefer", `foo=1; bar, Respond-Async ; wait=10`}, 202},
		{"another preference", []string{"Prefer", "return=minimal"}, 200},
		{"a batch", []string{"X-Routedrill-Class", "batch"}, 202},
		{"interactive", []string{"X-Routedrill-Class", "interactive"}, 200},
		{"of a priority", []string{"Prefer", "respond-async", "X-Routedrill-Priority", "low"}, 202},
		{"of no priority", []string{"Prefer", "respond-async", "X-Routedrill-Priority", "urgent"}, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := queued(t, map[string][]step{"a": {ok()}})
				q := chat(t.Context(), "only", false)
				for i := 0; i < len(row.headers); i += 2 {
					q.Header.Set(row.headers[i], row.headers[i+1])
				}
				require.Equal(t, row.want, g.do(q).Code)
			})
		})
	}
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {ok()}})
		stream := chat(t.Context(), "only", true)
		stream.Header.Set("Prefer", "respond-async")
		w := g.do(stream)
		require.Equal(t, 400, w.Code)
		require.Contains(t, w.Body.String(), "deferred_stream")
		require.Equal(t, 404, g.do(later(t, "nowhere")).Code, "what cannot work is not taken")
		plain := newRig(t, map[string][]step{"a": {ok()}})
		require.Equal(t, 200, plain.do(later(t, "only")).Code, "without a queue nothing is deferred")
		require.Equal(t, 404, plain.do(post(t.Context(), "/v1/routedrill/jobs/x", "")).Code)
	})
}

// A job is its owner's, and nobody else learns that it is there.
func TestJobsAreTheirOwners(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {ok()}})
		w := g.do(later(t, "only", "X-Routedrill-Tenant", "acme", "Authorization", "Bearer one"))
		at := w.Header().Get("Location")
		for _, row := range []struct {
			name    string
			headers []string
			want    int
		}{
			{"its owner", []string{"X-Routedrill-Tenant", "acme", "Authorization", "Bearer one"}, 200},
			{"another tenant", []string{"X-Routedrill-Tenant", "other", "Authorization", "Bearer one"}, 404},
			{"other credentials", []string{"X-Routedrill-Tenant", "acme", "Authorization", "Bearer two"}, 404},
			{"nobody", nil, 404},
			{"a tenant that is none", []string{"X-Routedrill-Tenant", "a b"}, 400},
		} {
			for _, method := range []string{http.MethodGet, http.MethodDelete} {
				if code, _ := g.status(t, method, at, row.headers...); code != row.want {
					t.Errorf("%s, %s: %d in place of %d", row.name, method, code, row.want)
				}
			}
		}
		code, _ := g.status(t, http.MethodPut, at)
		require.Equal(t, 405, code)
	})
}

// The same key is the same job; with another body it is refused.
func TestDeferredOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {ok()}, "b": {ok()}})
		first := g.do(later(t, "only", "Idempotency-Key", "k"))
		pause(time.Minute)
		again := g.do(later(t, "only", "Idempotency-Key", "k"))
		require.Equal(t, 202, again.Code)
		require.Equal(t, first.Header().Get("Location"), again.Header().Get("Location"))
		require.Contains(t, again.Body.String(), `"status":"done"`)
		require.Equal(t, 422, g.do(later(t, "smart", "Idempotency-Key", "k")).Code)
		pause(time.Minute)
		require.Len(t, g.fakes.seen, 1)
		require.NotEqual(t, first.Header().Get("Location"), g.do(later(t, "only")).Header().Get("Location"))
	})
}

// While there is no capacity nothing is sent; afterwards the backlog comes back one
// by one and never more at once than there are workers.
func TestDeferredThroughAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {answer(503, "{}")}}, func(c *router.Config) {
			c.Resilience.QuickRetry, c.Resilience.MaxWait, c.Resilience.LastResort = 0, 0, false
			c.Resilience.Breaker.MinSamples, c.Resilience.Failback.Ramp = 2, 0
		})
		for range 2 {
			require.Equal(t, 503, g.do(chat(t.Context(), "only", false)).Code)
		}
		for i := range 20 {
			q := later(t, "only")
			q.Header.Set("X-Client-Request-Id", fmt.Sprint("deferred-", i))
			require.Equal(t, 202, g.do(q).Code)
			pause(time.Millisecond)
		}
		pause(4 * time.Hour)
		probes := len(g.fakes.seen) - 2
		require.Greater(t, probes, 60)
		require.LessOrEqual(t, probes, 244, "one at a time, as often as the breaker admits probes: every one to two minutes")
		require.Equal(t, 20.0, g.health(t)["queue"].(map[string]any)["queued"], "none has died of them")
		g.fakes.play("a", after(time.Second, ok()))
		pause(3 * time.Minute)
		require.Len(t, g.fakes.seen, 2+probes+20)
		require.Equal(t, 20.0, g.health(t)["queue"].(map[string]any)["done"])
	})
}

// No job dies of an outage, though the other targets of its route were asked as a
// last resort when the probe that it was had failed.
func TestDeferredSurvivesLastResorts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		down := []step{answer(503, "{}")}
		g := queued(t, map[string][]step{"a": down, "b": down, "c": down}, func(c *router.Config) {
			c.Resilience.QuickRetry, c.Resilience.MaxWait, c.Resilience.RetryBudget.Floor = 0, 0, 1000
			c.Resilience.Breaker.MinSamples = 2
		})
		for range 3 {
			require.Equal(t, 503, g.do(chat(t.Context(), "smart", false)).Code)
		}
		require.Equal(t, 202, g.do(later(t, "smart")).Code)
		pause(4 * time.Hour)
		resorts := 0
		for _, r := range g.log.records {
			for i := range r.Attempts {
				if r.JobOf != "" && r.Attempts[i].LastResort {
					resorts++
				}
			}
		}
		require.Greater(t, resorts, router.DefaultMaxTries)
		require.Equal(t, 1.0, g.health(t)["queue"].(map[string]any)["queued"])
	})
}

// A job goes to the target that has more than that fifth, where the one before has
// less, and other requests do not.
func TestDeferredGoesWhereQuotaIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		left := func(n string) step {
			return answer(200, answerBody, "X-Ratelimit-Limit-Requests", "100", "X-Ratelimit-Remaining-Requests", n, "X-Ratelimit-Reset-Requests", "60s")
		}
		g := queued(t, map[string][]step{"a": {left("15")}, "b": {left("90")}})
		g.do(chat(t.Context(), "smart", false))
		g.do(later(t, "smart"))
		pause(time.Second)
		r := g.log.last(t)
		require.NotEmpty(t, r.JobOf)
		require.Equal(t, "b/m", r.Attempts[0].Target)
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a/m", g.log.last(t).Attempts[0].Target)
	})
}

// Interactive requests keep a fifth of what is known of a quota to themselves.
func TestDeferredLeavesQuota(t *testing.T) {
	bubble(t, func(t *testing.T) {
		left := func(n string) step {
			return answer(200, answerBody, "X-Ratelimit-Limit-Requests", "100", "X-Ratelimit-Remaining-Requests", n, "X-Ratelimit-Reset-Requests", "60s")
		}
		g := queued(t, map[string][]step{"a": {left("20"), left("19"), left("100")}})
		g.do(chat(t.Context(), "only", false))
		for range 2 {
			g.do(later(t, "only"))
		}
		pause(50 * time.Second)
		require.Equal(t, 2, g.fakes.asked(), "the first leaves less than a fifth")
		pause(30 * time.Second)
		require.Len(t, g.fakes.seen, 3)
	})
}

func TestDeadJobs(t *testing.T) {
	for _, row := range []struct {
		name    string
		step    step
		headers []string
		tries   float64
		reason  string
	}{
		{"wrong in itself", answer(400, `{"error":{"message":"no","type":"invalid_request_error"}}`), nil, 1, "bad_request"},
		{"fails for ever", answer(200, "{}"), nil, 5, "invalid_answer"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := queued(t, map[string][]step{"a": {row.step}}, func(c *router.Config) {
					c.Resilience.Breaker.MinSamples = 1000
				})
				at := g.do(later(t, "only", row.headers...)).Header().Get("Location")
				pause(2 * time.Hour)
				_, v := g.status(t, http.MethodGet, at)
				require.Equal(t, "dead", v["status"])
				require.Equal(t, row.reason, v["reason"])
				require.Equal(t, row.tries, v["tries"])
			})
		})
	}
}

// ends keeps what it is told of jobs.
type ends struct {
	mu   sync.Mutex
	jobs []audit.JobOver
}

func (e *ends) Job(j audit.JobOver) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.jobs = append(e.jobs, j)
}

func TestJobsAreToldWhenOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sink := &ends{}
		g := newRigWith(t, map[string][]step{"a": {after(time.Second, ok()), answer(400, `{"error":{"message":"no"}}`)}},
			[]router.Option{router.WithJobs(sink, nil)}, func(c *router.Config) { c.Queue.Workers = 1 })
		defer g.Close()
		start := time.Now()
		for _, key := range []string{"one", "two"} {
			require.Equal(t, 202, g.do(later(t, "only", "Idempotency-Key", key, "X-Routedrill-Tenant", "acme", "X-Routedrill-Task", "nightly")).Code)
		}
		pause(time.Minute)
		require.Len(t, sink.jobs, 2)
		for i, want := range []audit.JobOver{{Done: true}, {Reason: "bad_request"}} {
			j := sink.jobs[i]
			require.Equal(t, want.Done, j.Done)
			require.Equal(t, want.Reason, j.Reason)
			require.Equal(t, []any{"req-000001", "acme", "nightly", "only", 1}, []any{j.RequestID, j.Tenant, j.Task, j.Route, j.Tries})
			require.Greater(t, j.Finished.Sub(start), time.Second)
			_, v := g.status(t, http.MethodGet, "/v1/routedrill/jobs/"+j.ID, "X-Routedrill-Tenant", "acme")
			require.Contains(t, []any{"done", "dead"}, v["status"])
		}
	})
}

func TestDeadlineOfAJob(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {answer(503, "{}")}}, func(c *router.Config) {
			c.Resilience.Breaker.MinSamples, c.Queue.Deadline = 2, time.Hour
		})
		at := g.do(later(t, "only", "X-Request-Timeout", "600")).Header().Get("Location")
		_, v := g.status(t, http.MethodGet, at)
		require.Equal(t, "2000-01-01T00:10:00Z", v["deadline_at"])
		long := g.do(later(t, "only", "X-Request-Timeout", "10h")).Header().Get("Location")
		_, v = g.status(t, http.MethodGet, long)
		require.Equal(t, "2000-01-01T01:00:00Z", v["deadline_at"], "no longer than the queue's own")
		for range 12 {
			g.do(chat(t.Context(), "only", false))
			pause(time.Minute)
		}
		_, v = g.status(t, http.MethodGet, at)
		require.Equal(t, "dead", v["status"])
		require.Equal(t, "deadline", v["reason"])
	})
}

func TestJobIsCancelled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {after(time.Second, ok())}})
		runs, waits := g.do(later(t, "only")).Header().Get("Location"), g.do(later(t, "only")).Header().Get("Location")
		pause(500 * time.Millisecond)
		_, v := g.status(t, http.MethodDelete, waits)
		require.Equal(t, "dead", v["status"])
		require.Equal(t, "cancelled", v["reason"])
		_, v = g.status(t, http.MethodDelete, runs)
		require.Equal(t, "running", v["status"])
		pause(time.Minute)
		require.Len(t, g.fakes.seen, 1)
		_, v = g.status(t, http.MethodDelete, runs)
		require.Equal(t, "done", v["status"])
	})
}

func TestQueueIsFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {after(time.Minute, ok())}}, func(c *router.Config) { c.Queue.MaxJobs = 1 })
		require.Equal(t, 202, g.do(later(t, "only")).Code)
		w := g.do(later(t, "only"))
		require.Equal(t, 503, w.Code)
		require.Contains(t, w.Body.String(), "queue_full")
		require.NotEmpty(t, w.Header().Get("Retry-After"))
	})
}

// A job may be answered out of the cache, like any request of its owner, and of
// nobody else.
func TestJobsAndTheCache(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := queued(t, map[string][]step{"a": {ok()}}, func(c *router.Config) {
			c.Cache.TTL = map[string]time.Duration{router.AnyTask: time.Hour}
		})
		for _, row := range []struct {
			name, key, control string
			want               audit.Outcome
		}{
			{"not to be kept", "Bearer one", "no-store", audit.Served},
			{"the first", "Bearer one", "", audit.Served},
			{"the same once more", "Bearer one", "", audit.Cached},
			{"the same anew", "Bearer one", "no-cache", audit.Served},
			{"of somebody else", "Bearer two", "", audit.Served},
			{"of nobody", "", "", audit.Served},
		} {
			at := g.do(later(t, "only", "Authorization", row.key, "Cache-Control", row.control, "X-Routedrill-Cache-Tags", "nightly")).Header().Get("Location")
			pause(time.Minute)
			_, v := g.status(t, http.MethodGet, at, "Authorization", row.key)
			require.Equal(t, "done", v["status"], "%s: %v", row.name, v["reason"])
			answer, _ := json.Marshal(v["response"].(map[string]any)["body"])
			require.JSONEq(t, answerBody, string(answer), row.name)
			require.Equal(t, row.want, g.log.last(t).Outcome, row.name)
		}
		q := chat(t.Context(), "only", false)
		q.Header.Set("Authorization", "Bearer one")
		require.Equal(t, "hit", g.do(q).Header().Get("X-Routedrill-Cache"), "what a job has got is there for its owner's other requests")
		require.Equal(t, 3, g.ForgetCached("nightly"), "it has the request's tags")
	})
}
