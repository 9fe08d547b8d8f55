package router

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/headroom"
	"github.com/routedrill/routedrill/router/internal/health"
	"github.com/routedrill/routedrill/router/internal/idempotency"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/queue"
)

// MaxDeferredBytes is the largest body of a request that is deferred.
const MaxDeferredBytes = 16 << 20

const (
	classHeader    = "X-Routedrill-Class"    // of a request: "batch" can wait
	priorityHeader = "X-Routedrill-Priority" // of one that can: high, normal or low
	// maxResult is the longest answer to a job that is kept.
	maxResult = 8 << 20
	// sparedQuota is the part of a quota, one in so many, that jobs leave to others.
	sparedQuota = 5
	// The wait after a job's first failure; it doubles up to the other.
	firstJobWait, longestJobWait = 10 * time.Second, 10 * time.Minute
	// capacityEvery is how often capacity is looked for where there was none.
	capacityEvery = 5 * time.Second
)

// openQueue makes the queue and has it served. Its jobs are done by whichever router
// works then.
func (r *Router) openQueue(c Queue) error {
	if c.Workers == 0 {
		return nil
	}
	r.queue = Queue{
		Workers: c.Workers, MaxJobs: cmp.Or(c.MaxJobs, DefaultMaxJobs), MaxBytes: cmp.Or(c.MaxBytes, DefaultMaxJobBytes),
		MaxTries: cmp.Or(c.MaxTries, DefaultMaxTries), Deadline: cmp.Or(c.Deadline, DefaultJobDeadline), Keep: cmp.Or(c.Keep, DefaultJobKeep),
	}
	if r.jobStore == nil {
		r.jobStore = &queue.Memory{}
	}
	var err error
	now := r.current.Load
	r.jobs, err = queue.New(r.executing.ctx, queue.Settings{
		Workers: r.queue.Workers, MaxJobs: r.queue.MaxJobs, MaxBytes: int64(r.queue.MaxBytes), MaxTries: r.queue.MaxTries, Keep: r.queue.Keep,
		Run:   func(ctx context.Context, j *queue.Job) queue.Outcome { return now().execute(ctx, j) },
		Ready: func(w queue.Way, at time.Time) (bool, time.Time) { return now().capacity(w, at) },
		Wait:  func(j *queue.Job, nth int) time.Duration { return now().jobWait(j, nth) },
		Over:  func(j queue.Job) { now().jobOver(j) },
	}, r.jobStore)
	if err != nil {
		return fmt.Errorf("router: %w", err)
	}
	r.executing.start(r.log, "the queue", r.jobs.Serve)
	return nil
}

// defers reports whether the request is to be taken for later.
func (y *relay) defers() bool {
	if y.r.jobs == nil || y.jobID != "" {
		return false
	}
	if v := y.q.Header[classHeader]; len(v) > 0 && v[0] == "batch" {
		return true
	}
	return slices.ContainsFunc(y.q.Header["Prefer"], func(line string) bool {
		for preference := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(preference, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") { // RFC 7240, section 4.1
				return true
			}
		}
		return false
	})
}

// deferJob takes the request for later, and answers with where to ask for it.
func (y *relay) deferJob(body []byte) {
	priority, ok := queue.PriorityNamed(y.q.Header.Get(priorityHeader))
	switch {
	case !ok:
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "invalid_priority", priorityHeader + " must be high, normal or low"})
		return
	case y.req.Stream:
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "deferred_stream", "what is deferred cannot be streamed; leave out `stream`"})
		return
	case len(body) > MaxDeferredBytes:
		y.reject(apiError{http.StatusRequestEntityTooLarge, "invalid_request_error", "request_too_large", "the body of what is deferred is above 16 MiB"})
		return
	case !y.routable():
		return
	}
	wait := y.r.queue.Deadline
	if asked, ok := parseTimeout(y.q.Header.Get("X-Request-Timeout")); ok {
		wait = min(wait, asked)
	}
	j := queue.Job{
		ID: y.newJobID(), Owner: owner(y.q, y.rec.Tenant), RequestID: y.rec.RequestID, Tenant: y.rec.Tenant, Task: y.hint(taskHeader),
		Region: y.hint(regionHeader), Route: y.req.Model, Endpoint: y.rec.Endpoint, Priority: priority,
		CacheControl: strings.Join(y.q.Header["Cache-Control"], ","), CacheTags: strings.Join(y.q.Header[tagsHeader], ","),
		Body: body, BodySum: sum(string(body)), Accepted: y.rec.Start, Deadline: y.rec.Start.Add(wait),
	}
	j, err := y.r.jobs.Accept(y.q.Context(), j)
	switch {
	case errors.Is(err, queue.ErrConflict):
		y.reject(apiError{
			http.StatusUnprocessableEntity, "invalid_request_error", "idempotency_key_reused",
			"this Idempotency-Key was used with another request",
		})
	case errors.Is(err, queue.ErrFull):
		y.shed("queue_full", "the queue is full; try again later")
	case err != nil:
		if !errors.Is(err, queue.ErrBusy) {
			y.r.log.Error("a job could not be kept", "request_id", y.rec.RequestID, "error", err)
		}
		y.shed("queue_unavailable", "the job could not be kept; try again")
	default:
		y.rec.JobID, y.rec.Outcome, y.rec.Deadline = j.ID, audit.Deferred, j.Deadline
		y.headers(typeJSON, nil)
		y.w.Header().Set("Location", jobsPath+j.ID)
		y.sent, y.rec.Status = true, http.StatusAccepted
		y.w.WriteHeader(http.StatusAccepted)
		y.write(jobBody(&j))
	}
}

// shed refuses a request for want of room.
func (y *relay) shed(code, why string) {
	y.w.Header().Set("Retry-After", strconv.FormatInt(wholeSeconds(capacityEvery+y.offset("shed", 0)), 10))
	y.rec.Outcome = audit.Refused
	y.fail(apiError{http.StatusServiceUnavailable, unavailable, code, why})
}

// newJobID is an id that nobody else's job has: by the Idempotency-Key, so that the
// same request is the same job, or else a new one.
func (y *relay) newJobID() string {
	if key := y.q.Header.Get("Idempotency-Key"); key != "" {
		return "job-" + sum(owner(y.q, y.rec.Tenant) + "\x00" + y.rec.Endpoint + "\x00" + key)[:32]
	}
	h := keyed.Hash(y.r.seed, "job", y.rec.RequestID, "", int(y.r.invented.Add(1)))
	return "job-" + sum(strconv.FormatUint(h, 16) + y.rec.Start.Format(time.RFC3339Nano))[:32]
}

// owner is who may see a job: the same tenant with the same credentials. It holds
// neither.
func owner(q *http.Request, tenant string) string {
	return sum(tenant + "\x00" + q.Header.Get("Authorization"))
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// execute does a job: a request like any other, whose answer is kept.
func (r *Router) execute(ctx context.Context, j *queue.Job) queue.Outcome {
	q := (&http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/v1"}, Header: http.Header{}, Body: newPayload(j.Body), ContentLength: int64(len(j.Body)),
	}).WithContext(ctx)
	for name, value := range map[string]string{
		"X-Client-Request-Id": j.RequestID + audit.JobSuffix, tenantHeader: j.Tenant, taskHeader: j.Task, regionHeader: j.Region,
		"Cache-Control": j.CacheControl, tagsHeader: j.CacheTags,
	} {
		if value != "" {
			q.Header[name] = []string{value}
		}
	}
	answer := idempotency.NewRecorder(nobody{}, maxResult)
	y := newRelay(r, answer, q, endpointNamed(j.Endpoint))
	y.jobID, y.jobOwner, y.rec.JobID, y.rec.JobOf = j.ID, j.Owner, j.ID, j.RequestID
	y.sleep(y.offset("job", j.Tries)) // several begin at one instant
	r.audited(y)
	return y.outcomeOfJob(answer.Answer())
}

// outcomeOfJob is what has come of a job's execution.
func (y *relay) outcomeOfJob(a *idempotency.Answer) queue.Outcome {
	reason := y.rec.Outcome.String()
	if n := len(y.rec.Attempts); n > 0 {
		reason = y.rec.Attempts[n-1].Reason
	}
	switch y.rec.Outcome {
	case audit.Served, audit.Cached, audit.Substituted:
		if a == nil {
			return queue.Outcome{Reason: "too_large", Stop: true}
		}
		return queue.Outcome{Result: &queue.Result{Status: a.Status, Body: a.Body}}
	case audit.Rejected:
		return queue.Outcome{Reason: reason, Stop: true}
	case audit.Refused, audit.Cancelled:
		return queue.Outcome{Reason: reason, Untried: true}
	}
	// That probes and last resorts fail is not the job's fault: nobody was said to be well.
	return queue.Outcome{Reason: reason, Untried: !slices.ContainsFunc(y.rec.Attempts, func(a audit.Attempt) bool {
		return !a.Probe && !a.LastResort
	})}
}

// capacity reports whether a target of a way has room for one job more: its
// breaker is closed, with all its traffic back, it is not down, and of what is known
// of its quotas a fifth is left; or its breaker admits probes.
func (r *Router) capacity(w queue.Way, now time.Time) (bool, time.Time) {
	p, e := r.plans[w.Route], endpointNamed(w.Endpoint)
	if p == nil || e == endpoints || slices.ContainsFunc(p.targets, func(t *target) bool { return t.hasRoom(e, now) }) {
		return true, now // what cannot be served finds out by itself
	}
	return false, now.Add(capacityEvery + keyed.Share(keyed.Hash(r.seed, "capacity", w.Route, w.Endpoint, int(now.UnixNano())), time.Second))
}

func (t *target) hasRoom(e endpoint, now time.Time) bool {
	switch {
	case t.retryAt(e, now).After(now):
		return false
	case t.breakers[e].Status(now).State != audit.Closed:
		return true // as a probe: where nothing else is asked for, nobody else would find out
	case t.breakers[e].Share(now) < breaker.Whole || t.monitors[e].Summary(now).State == health.Down:
		return false
	}
	return t.leavesQuota(now)
}

// leavesQuota reports whether of what is known of its quotas enough is left for one
// job more.
func (t *target) leavesQuota(now time.Time) bool {
	return !slices.ContainsFunc(t.headroom.Left(now), func(l headroom.Left) bool { return l.Limit > 0 && l.Left < l.Limit/sparedQuota })
}

// jobWait doubles from firstJobWait to longestJobWait, with up to as much again by
// the job's own draw.
func (r *Router) jobWait(j *queue.Job, nth int) time.Duration {
	wait := min(firstJobWait<<min(nth-1, 10), longestJobWait)
	return wait + keyed.Share(keyed.Hash(r.seed, "job wait", j.ID, "", nth), wait)
}

// jobOver tells of a job that is over, and the operator of what will never be done.
func (r *Router) jobOver(j queue.Job) {
	for _, s := range r.jobSinks {
		s.Job(audit.JobOver{
			ID: j.ID, RequestID: j.RequestID, Tenant: j.Tenant, Task: j.Task, Route: j.Route,
			Done: j.State == queue.Done, Reason: j.Reason, Tries: j.Tries, Finished: j.Finished,
		})
	}
	if j.State == queue.Dead {
		r.log.Error("a job is dead", "job", j.ID, "request_id", j.RequestID, "route", j.Route, "tries", j.Tries, "reason", j.Reason)
	}
}

func (c *Queue) validate(v *problems) {
	within(v, "queue.workers", c.Workers, 0, 10_000)
	within(v, "queue.max_jobs", c.MaxJobs, 0, 10_000_000)
	if c.MaxBytes != 0 {
		within(v, "queue.max_bytes", c.MaxBytes, 64<<10, 1<<40)
	}
	within(v, "queue.max_tries", c.MaxTries, 0, 100)
	upTo(v, "queue.deadline", c.Deadline, maxJobTime)
	upTo(v, "queue.keep", c.Keep, maxJobTime)
}

func upTo(v *problems, at string, d, high time.Duration) {
	if d < 0 || d > high {
		v.add("%s: %v is not within 0 and %v", at, d, high)
	}
}

const maxJobTime = 30 * 24 * time.Hour
