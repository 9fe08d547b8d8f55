package router

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/internal/retry"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// relay is one request on its way through the router. It belongs to the
// handler's goroutine.
type relay struct {
	r        *Router
	w        http.ResponseWriter
	q        *http.Request
	endpoint endpoint

	req       *openai.Request
	plan      *plan
	targets   []*target // of the plan: those that can serve the request
	deadline  time.Time
	tries     []int    // per target
	id        []string // the request id as a header value
	sent      bool     // a status went to the client
	committed bool     // content of a stream went to the client

	body   []byte // the request as written for bodyOf
	bodyOf *target

	last    classify.Kind // how the last attempt failed
	limited bool          // every attempt so far was rate limited
	shed    bool          // a target was passed over because its bulkhead was full

	rec  audit.Record
	room struct { // backing of the usual relay's slices, to save allocations
		attempts [2]audit.Attempt
		skips    [2]audit.Skip
		tries    [8]int
		id       [1]string
	}
}

func newRelay(r *Router, w http.ResponseWriter, q *http.Request, e endpoint) *relay {
	y := &relay{r: r, w: w, q: q, endpoint: e, limited: true}
	y.room.id[0] = r.requestID(q)
	y.id = y.room.id[:]
	y.rec = audit.Record{RequestID: y.id[0], Endpoint: e.String(), Start: time.Now(), Attempts: y.room.attempts[:0], Skips: y.room.skips[:0]}
	return y
}

// requestID is the client's id for the request, or an invented one where it
// sent none or none fit for a header and a log.
func (r *Router) requestID(q *http.Request) string {
	if v := q.Header["X-Client-Request-Id"]; len(v) > 0 && fitID(v[0]) {
		return v[0]
	}
	h := keyed.Hash(r.seed, "request", "", "", int(r.invented.Add(1)))
	return "rd-" + strconv.FormatUint(h, 16)
}

func fitID(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= 128
}

var tooLarge = apiError{http.StatusRequestEntityTooLarge, "invalid_request_error", "request_too_large", "the request body is above 32 MiB"}

// serve reads and plans the request, then runs the attempt loop.
func (y *relay) serve() {
	if y.q.ContentLength > MaxRequestBytes {
		y.reject(tooLarge)
		return
	}
	in := y.q.Body
	if in == nil {
		in = http.NoBody
	}
	body, err := readBody(http.MaxBytesReader(y.w, in, MaxRequestBytes), y.q.ContentLength)
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		y.reject(tooLarge)
		return
	case err != nil && y.gone():
		y.rec.Outcome = audit.Cancelled
		return
	case err != nil:
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "unreadable_body", "the request body could not be read"})
		return
	}
	if y.req, err = openai.ReadRequest(y.rec.Endpoint, body); err != nil {
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "invalid_request", err.Error()})
		return
	}
	y.rec.Route, y.rec.Stream = y.req.Model, y.req.Stream
	if y.plan = y.r.plans[y.req.Model]; y.plan == nil {
		y.reject(apiError{http.StatusNotFound, "invalid_request_error", "model_not_found",
			"`model` must be a route or a \"provider/model\"; see /v1/models"})
		return
	}
	y.deadline = y.rec.Start.Add(y.plan.limits.TotalTimeout + y.offset("", 0))
	y.rec.Deadline = y.deadline
	why, ok := y.fit()
	if !ok {
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "unsupported_by_route",
			"no target of `model` can serve this request: " + why})
		return
	}
	y.failback(y.rec.Start)
	if y.tries = y.room.tries[:]; len(y.targets) > len(y.tries) {
		y.tries = make([]int, len(y.targets))
	}
	y.r.budget.Earn()
	y.run()
}

// run is the attempt loop: rounds over the targets, each tried when it
// is admitted, with a pause between rounds.
func (y *relay) run() {
	for round := 0; ; round++ {
		for i, t := range y.targets {
			if over := y.visit(i, t); over {
				return
			}
		}
		if !y.pause(round) {
			y.giveUp()
			return
		}
	}
}

// visit tries target i once if it may be tried, and reports whether the relay
// is over.
func (y *relay) visit(i int, t *target) (over bool) {
	now := time.Now()
	switch {
	case y.gone():
		y.rec.Outcome = audit.Cancelled
		return true
	case y.deadline.Sub(now) < MinAttemptTime:
		y.last, y.limited = classify.TotalTimeout, false
		y.giveUp()
		return true
	case len(y.rec.Attempts) >= y.plan.limits.MaxAttempts:
		y.giveUp()
		return true
	}
	// A token is only looked at before the breaker is asked, and taken after:
	// a refusal by either must cost the other nothing.
	retry := y.tries[i] > 0
	if retry && !y.r.budget.Has() {
		y.skip(t, now, audit.RetryBudget)
		return false
	}
	permit, why := t.admit(y.endpoint, now)
	if why != "" {
		y.skip(t, now, why)
		return false
	}
	if retry && !y.r.budget.Take() {
		permit.giveBack()
		y.skip(t, now, audit.RetryBudget)
		return false
	}
	a := newAttempt(y, t, permit, y.tries[i], now)
	y.tries[i]++
	kind := a.run()
	if kind == classify.OK || y.sent {
		y.ended(kind)
		return true
	}
	if kind == classify.ClientGone {
		y.rec.Outcome = audit.Cancelled
		return true
	}
	y.last, y.limited = kind, y.limited && kind == classify.Limited
	if kind.Row().Verdict == classify.Stop {
		y.giveUp()
		return true
	}
	return false
}

// pause waits until a target may be tried again, and reports whether there is
// any point in another round.
func (y *relay) pause(round int) bool {
	l := &y.plan.limits
	// A full bulkhead is worth a wait even before the first attempt: places come
	// free all the time.
	if n := len(y.rec.Attempts); n == 0 && !y.shed || n >= l.MaxAttempts || round >= l.MaxAttempts {
		return false
	}
	now := time.Now()
	at, ok := y.soonest(now)
	if !ok {
		return false
	}
	// The jitter comes on top of a cooldown, so that relays which wait for the
	// same one do not arrive together.
	h := keyed.Hash(y.r.seed, "backoff", y.rec.RequestID, "", round)
	wait := at.Sub(now) + retry.Wait(l.Backoff.Base, l.Backoff.Max, round, h)
	if y.deadline.Sub(now)-wait < MinAttemptTime {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select { // which of the two woke us is of no account: visit looks at the state
	case <-timer.C:
	case <-y.q.Context().Done():
	}
	return true
}

// soonest is the earliest instant at which a target of the plan may be tried;
// false when none is worth waiting for. A cooldown is: the provider has said
// when to come again. A breaker is not: it opens so that requests fail fast.
func (y *relay) soonest(now time.Time) (at time.Time, ok bool) {
	has := y.r.budget.Has()
	for i, t := range y.targets {
		if y.tries[i] > 0 && !has {
			continue
		}
		x := t.coolAt(now)
		if t.breakers[y.endpoint].RetryAt(now).After(x) {
			continue
		}
		if !ok || x.Before(at) {
			at, ok = x, true
		}
	}
	return at, ok
}

// gone reports whether the client went away.
func (y *relay) gone() bool { return y.q.Context().Err() != nil }

// offset is the keyed fraction of a millisecond by which the deadlines of an
// attempt (or, without a target, of the relay) are late, so that no two
// deadlines of a run fall on one instant.
func (y *relay) offset(target string, nth int) time.Duration {
	return keyed.Share(keyed.Hash(y.r.seed, "timeout", y.rec.RequestID, target, nth), time.Millisecond-2*time.Microsecond)
}

// bodyFor is the request's body for a target, written once for tries in a row.
func (y *relay) bodyFor(t *target) []byte {
	if y.bodyOf != t {
		y.body, y.bodyOf = t.api.Body(y.req, t.spec), t
	}
	return y.body
}

// readBody reads r to its end. The declared length is believed only as far as
// it is cheap to be wrong.
func readBody(r io.Reader, length int64) ([]byte, error) {
	size := 512
	if length >= 0 {
		size = int(min(length, 64<<10)) + 1 // one more, to meet the end without growing
	}
	return readInto(make([]byte, 0, size), r)
}

func readInto(b []byte, r io.Reader) ([]byte, error) {
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}
