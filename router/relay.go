package router

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/internal/nearest"
	"github.com/routedrill/routedrill/router/internal/responses"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// relay is one request on its way through the router. It belongs to the
// handler's goroutine; while that makes one attempt of a [race], the hedge's
// goroutine has what race.go says.
type relay struct {
	r        *Router
	w        http.ResponseWriter
	q        *http.Request
	endpoint endpoint

	req       *openai.Request
	caller    *Caller // nil: nobody in particular
	tenant    *Tenant // its limits; nil: none
	plan      *plan
	targets   []*target         // of the plan: those that can serve the request, the first to be tried in front
	unfit     []audit.Candidate // those that cannot
	ranking   *ranking          // what putting them in order took; nil where that never changes
	deadline  time.Time
	hurried   bool              // the deadline is the client's own, before the route's
	turns     []turn            // per target
	id        []string          // the request id as a header value
	hops      []string          // how many routers it has passed, as a header value
	sent      bool              // a status went to the client
	committed bool              // content of a stream went to the client
	jobID     string            // of the deferred job it executes; "": none
	jobOwner  string            // whose job that is: nobody's credentials come with it
	isShadow  bool              // nobody waits for it, and nobody else is to notice; see shadow.go
	isProbe   bool              // the router's own, of which how long it takes says nothing; see probe.go
	bounded   bool              // a write deadline has been set for the client
	unbounded bool              // none can be
	responses *responses.Writer // of a request of the Responses API; see respond.go
	comparing *comparing        // with its shadow's answer; nil: with none

	body   []byte // the request as written for bodyOf
	bodyOf *target

	last    classify.Kind // how the last attempt failed
	failed  int           // attempts so far
	alike   bool          // all of them in this way
	cache   *caching      // nil: it has nothing to do with the cache
	hedged  bool          // the one hedge has been made
	quick   bool          // the one quick retry has been had
	waited  time.Duration // in pauses so far
	round   int           // from 1
	broke   *budget       // that refused an attempt; nil: none did
	refusal *refusal      // what the client gets unless a target with a larger context serves

	rec  audit.Record
	room struct { // backing of the usual relay's slices, to save allocations
		attempts [2]audit.Attempt
		skips    [2]audit.Skip
		turns    [8]turn
		id       [1]string
	}
}

func newRelay(r *Router, w http.ResponseWriter, q *http.Request, e endpoint) *relay {
	y := &relay{r: r, w: w, q: q, endpoint: e, caller: callerOf(q.Context())}
	y.room.id[0] = r.requestID(q)
	y.id = y.room.id[:]
	y.rec = audit.Record{RequestID: y.id[0], Endpoint: e.String(), Task: y.hint(taskHeader), Start: time.Now(), Attempts: y.room.attempts[:0], Skips: y.room.skips[:0]}
	if y.caller != nil {
		y.rec.Caller = y.caller.Name
	}
	y.trace()
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

func tooLarge(limit int64) apiError {
	return apiError{
		http.StatusRequestEntityTooLarge, "invalid_request_error", "request_too_large",
		fmt.Sprintf("the request body is above %d bytes", limit),
	}
}

// hopsHeader counts the routers that a request passes, so that one whose
// provider is a router that leads back here ends.
const (
	hopsHeader = "X-Routedrill-Hops"
	maxHops    = 4
)

// hopCounts are the values of the header, shared by all requests.
var hopCounts = [maxHops][]string{{"1"}, {"2"}, {"3"}, {"4"}}

// countHop counts this router, and reports whether there were too many before.
func (y *relay) countHop() (looping bool) {
	n := 0
	if v := y.q.Header[hopsHeader]; len(v) > 0 {
		var err error
		if n, err = strconv.Atoi(v[0]); err != nil || n < 0 {
			n = 0 // no router of ours said so
		}
	}
	if n >= maxHops {
		return true
	}
	y.hops = hopCounts[n]
	return false
}

// serve reads and plans the request, then runs the attempt loop.
func (y *relay) serve() {
	if y.countHop() {
		y.reject(apiError{
			http.StatusLoopDetected, "invalid_request_error", "routing_loop",
			"the request has passed too many routers: a base_url leads back to a router",
		})
		return
	}
	if !y.identify() {
		y.reject(invalidTenant)
		return
	}
	if y.q.ContentLength > MaxRequestBytes {
		y.reject(tooLarge(MaxRequestBytes))
		return
	}
	in := y.q.Body
	if in == nil {
		in = http.NoBody
	}
	body, err := readBody(http.MaxBytesReader(y.w, in, MaxRequestBytes), y.q.ContentLength)
	var limit *http.MaxBytesError
	var late net.Error
	switch {
	case errors.As(err, &limit):
		y.reject(tooLarge(limit.Limit))
		return
	case errors.As(err, &late) && late.Timeout(): // which the server takes for a client that left
		y.reject(apiError{http.StatusRequestTimeout, "invalid_request_error", "body_timeout", "the request body came too slowly"})
		return
	case errors.Is(err, ErrOverloaded):
		y.shed("overloaded", "too much is being sent at once; try again later")
		return
	case err != nil && y.gone():
		y.rec.Outcome = audit.Cancelled
		return
	case err != nil:
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "unreadable_body", "the request body could not be read"})
		return
	}
	if y.responses != nil {
		if body, err = y.responses.Request(body); err != nil {
			y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "invalid_request", err.Error()})
			return
		}
	}
	if y.req, err = openai.ReadRequest(y.rec.Endpoint, body); err != nil {
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "invalid_request", err.Error()})
		return
	}
	if y.endpoint == chat && y.req.Tools {
		y.endpoint, y.rec.Endpoint = tools, tools.String()
	}
	y.rec.Route, y.rec.Stream = y.req.Model, y.req.Stream
	if y.defers() {
		if y.responses != nil {
			y.reject(deferredResponse)
			return
		}
		y.deferJob(body)
		return
	}
	if key := y.q.Header.Get("Idempotency-Key"); key != "" && y.r.once != nil {
		y.onlyOnce(key, body)
		return
	}
	y.answer()
}

// routable plans a request that has been read. It reports whether any target may
// serve it, and else tells the client why not.
func (y *relay) routable() bool {
	y.plan = y.r.plans[y.req.Model]
	if y.plan != nil && !y.caller.may(y.req.Model) {
		y.reject(routeNotAllowed)
		return false
	}
	if y.plan == nil {
		why := "`model` must be a route or a \"provider/model\"; see /v1/models"
		if near := nearest.Word(y.req.Model, y.caller.only(y.r.names)); near != "" {
			why = fmt.Sprintf("there is no such model; did you mean %q? See /v1/models", near)
		}
		y.reject(apiError{http.StatusNotFound, "invalid_request_error", "model_not_found", why})
		return false
	}
	y.setDeadline()
	y.resides()
	why, barred, ok := y.fit()
	if !ok && barred {
		y.reject(notPermitted(why))
		return false
	}
	if !ok {
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "unsupported_by_route",
			"no target of `model` can serve this request: " + why})
		return false
	}
	return true
}

// answer plans a request that has been read, and answers it: out of the cache, or
// by the attempt loop.
func (y *relay) answer() {
	if !y.routable() {
		return
	}
	if why, ok := y.rank(y.rec.Start); !ok {
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "unsupported_by_route",
			"the policy lets no target of `model` serve this request: " + why})
		return
	}
	y.economise(y.rec.Start)
	y.spread(y.rec.Start)
	y.failback(y.rec.Start)
	if y.turns = y.room.turns[:]; len(y.targets) > len(y.turns) {
		y.turns = make([]turn, len(y.targets))
	}
	y.rec.Ready = time.Now()
	if y.cachable() {
		y.readThrough()
		return
	}
	y.attempt()
}

// attempt runs the attempt loop, with what goes along with it.
func (y *relay) attempt() {
	if !repeated(y.q.Header) { // a request earns once, however often its SDK asks
		y.r.budget.Earn()
	}
	y.cast()
	y.run()
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
