package router

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/headroom"
	"github.com/routedrill/routedrill/router/llm"
)

const (
	maxAnswerBytes = 64 << 20 // of a whole answer
	maxErrorBytes  = 1 << 20  // of an error's body
	// errorBodyGrace is how long the body of an error is waited for once its
	// status is known: the status decides nearly everything.
	errorBodyGrace = 250 * time.Millisecond
)

// attempt is one try at one target.
type attempt struct {
	y       *relay
	i       int // of its target in the relay
	t       *target
	log     *audit.Attempt
	permit  permit
	sent    headroom.Sent
	ctx     context.Context //nolint:containedctx // of this attempt alone
	cancel  context.CancelFunc
	clock   deadlines
	pace    pace
	woke    time.Time     // from the last wait for an event of a stream
	busy    time.Duration // of a stream's time so far, not spent waiting for the provider
	offset  time.Duration
	cut     bool          // its time was cut, to leave some to a fallback
	body    io.ReadCloser // of the answer; nil before there is one
	kind    classify.Kind // zero is Panic: what holds when run does not return
	settled bool

	race      *race       // it is one of; nil: it is alone
	lost      atomic.Bool // the other one answers the client
	committed bool        // content of its stream went to the client
	refusal   *refusal    // its target's, of the request itself; nil without one

	usage        llm.Usage
	hasUsage     bool
	contentBytes int64
}

// newAttempt is an attempt at target i of the relay. It must be run.
func newAttempt(y *relay, i int, how manner, permit permit, now time.Time) *attempt {
	t, nth, n := y.targets[i], y.turns[i].tries, len(y.rec.Attempts)
	kept := time.Duration(0)
	if n+1 < y.plan.limits.MaxAttempts {
		kept = y.kept(y.fallbacks(i, now), now)
	}
	y.rec.Attempts = append(y.rec.Attempts, audit.Attempt{
		Target: t.name, Provider: t.provider, Model: t.model,
		N: n, Nth: nth, Retry: nth > 0, Probe: permit.Probe, Hedge: how == hedging, LastResort: how == lastResort, Start: now,
	})
	y.turns[i].tries++
	a := &attempt{y: y, i: i, t: t, log: &y.rec.Attempts[n], permit: permit, offset: y.offset(t.name, nth)}
	a.ctx, a.cancel = context.WithCancel(y.q.Context())
	a.clock.cancel = a.cancel
	a.setDeadlines(kept)
	return a
}

// run makes the attempt and returns how it ended. Whatever happens, also a
// panic, it is settled: with the breaker, the cooldown, the ledger and the
// audit.
func (a *attempt) run() classify.Kind {
	defer func() { a.settle(a.kind) }()
	a.kind = a.exchange()
	return a.kind
}

// exchange sends the request and deals with whatever is answered.
func (a *attempt) exchange() classify.Kind {
	a.clock.arm(a.log.Start)
	q := a.request()
	a.sent = a.t.headroom.Send(a.y.need())
	if a.race != nil && !a.log.Hedge {
		a.race.arm()
	}
	res, err := a.y.plan.transport.RoundTrip(q) //nolint:bodyclose // settle closes it
	if res != nil && res.Body != nil {
		a.body = res.Body
	}
	if kind, bad := a.interrupted(time.Now()); bad {
		return kind
	}
	if err != nil {
		return classify.Transport(err)
	}
	if a.body == nil {
		return classify.Lost // a transport that breaks its contract
	}
	a.log.Status = res.StatusCode
	a.t.headroom.Answered(a.sent, res.Header, time.Now())
	kind := classify.Status(res.StatusCode)
	switch {
	case kind != classify.OK:
		return a.refuse(res, kind)
	case a.y.req.Stream:
		return a.stream(res)
	default:
		return a.whole(res)
	}
}

// interrupted reports whether the race was lost, the client left or a deadline
// has passed, in this order: a client that has its answer may leave. It is asked
// after every wait, so that two things that happen at one instant always have the
// same result.
func (a *attempt) interrupted(now time.Time) (classify.Kind, bool) {
	if a.lost.Load() {
		return classify.HedgeLost, true
	}
	if a.y.gone() {
		return classify.ClientGone, true
	}
	if s, over := a.clock.over(now); over {
		return s.kind(), true
	}
	if a.ctx.Err() != nil { // the timer fired while it was being set anew
		return a.clock.armed.kind(), true
	}
	return 0, false
}

// Header values shared by all requests; nobody may change them.
var (
	typeJSON   = []string{"application/json"}
	typeStream = []string{"text/event-stream"}
)

// request builds the provider's request from scratch: nothing of the client's
// headers goes along but the request id.
func (a *attempt) request() *http.Request {
	content := a.y.bodyFor(a.t)
	h := make(http.Header, 8)
	h["Content-Type"], h["Accept"] = typeJSON, typeJSON
	if a.y.req.Stream {
		h["Accept"] = typeStream
	}
	h["X-Client-Request-Id"], h[hopsHeader] = a.y.id, a.y.hops
	a.traced(h)
	for _, own := range a.t.headers {
		h[own.name] = own.value
	}
	a.t.asked[a.y.endpoint].Store(true)
	u := a.t.url(a.y.endpoint, a.y.req.Stream)
	q := &http.Request{
		Method: http.MethodPost, URL: u, Host: u.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: newPayload(content), ContentLength: int64(len(content)),
		// Lets the transport send again on a fresh connection what it could not
		// send at all on a stale one.
		GetBody: func() (io.ReadCloser, error) { return newPayload(content), nil },
	}
	return q.WithContext(a.ctx)
}

// payload is a request body in one allocation.
type payload struct{ bytes.Reader }

func newPayload(b []byte) *payload {
	p := new(payload)
	p.Reset(b)
	return p
}

// Close does nothing.
func (*payload) Close() error { return nil }

// answers holds buffers for whole answers; they are free again once written
// to the client.
var answers = sync.Pool{New: func() any { return new([]byte) }}

// whole reads an answer that is no stream, and relays it if it is valid.
func (a *attempt) whole(res *http.Response) classify.Kind {
	buf := answers.Get().(*[]byte)
	defer answers.Put(buf)
	if n := min(res.ContentLength, 1<<20) + 1; int64(cap(*buf)) < max(n, 512) {
		*buf = make([]byte, 0, max(n, 512))
	}
	body, err := readInto((*buf)[:0], io.LimitReader(a.body, maxAnswerBytes+1))
	if cap(body) <= 1<<20 { // a rare giant is not kept
		*buf = body
	}
	if kind, bad := a.interrupted(time.Now()); bad {
		return kind
	}
	if err != nil {
		return classify.Transport(err)
	}
	answer, out, valid := a.t.api.Answer(a.y.req, a.t.spec, body)
	if !valid || len(body) > maxAnswerBytes {
		return classify.InvalidAnswer
	}
	a.usage, a.hasUsage, a.contentBytes = answer.Usage, answer.HasUsage, answer.ContentBytes
	if answer.Empty && !a.y.explains(answer.Cut) {
		return classify.InvalidAnswer // and yet billed
	}
	if !a.claim() {
		return classify.HedgeLost
	}
	a.y.finish(answer.Complete)
	a.settle(classify.OK) // the provider is done; the client may take its time
	contentType := res.Header["Content-Type"]
	if !isJSON(contentType) {
		contentType = typeJSON
	}
	a.y.head(res.StatusCode, contentType, a.t)
	a.log.Served = a.y.write(out)
	return classify.OK
}

func isJSON(contentType []string) bool {
	return len(contentType) == 1 && strings.HasPrefix(contentType[0], typeJSON[0])
}
