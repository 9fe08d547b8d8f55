package router

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// refuse deals with an error status; what is to be relayed is left in a.refusal. Its body is read where it matters: to be
// relayed, or to learn what the status alone does not tell, such as a wait that
// Gemini states there and nowhere else.
func (a *attempt) refuse(res *http.Response, kind classify.Kind) classify.Kind {
	now := time.Now()
	contentType := ""
	if v := res.Header["Content-Type"]; len(v) > 0 {
		contentType = v[0]
	}
	a.log.RetryAfter = classify.RetryAfter(res.Header, now)
	kind = kind.Edge(contentType)
	if waits := a.log.RetryAfter == 0 && !a.t.passes && isJSON(res.Header["Content-Type"]); !kind.Worded() && !waits {
		return kind
	}
	a.clock.at[idle] = now.Add(errorBodyGrace + a.offset)
	a.clock.arm(now)
	body, err := readBody(io.LimitReader(a.body, maxErrorBytes), res.ContentLength)
	if a.y.gone() && !a.lost.Load() {
		return classify.ClientGone
	}
	e, out := a.t.api.Error(body)
	a.log.RetryAfter = max(a.log.RetryAfter, e.RetryAfter)
	if kind == classify.Limited && a.log.RetryAfter == 0 {
		a.log.RetryAfter = classify.Reset(res.Header, now)
	}
	kind = kind.Told(e)
	v := kind.Row().Verdict
	if kind.Row().Cooling == classify.None {
		a.log.RetryAfter = 0 // it is about the request, not about when to come again
	}
	if v != classify.Stop && v != classify.Larger {
		return kind
	}
	if err != nil || !isJSON(res.Header["Content-Type"]) {
		out = nil
	}
	if v == classify.Stop && !a.claim() {
		return classify.HedgeLost
	}
	a.refusal = &refusal{t: a.t, attempt: a.log.N, status: res.StatusCode, body: out}
	return kind
}

// refusal is a provider's answer to a request that is wrong in itself.
type refusal struct {
	t       *target
	attempt int // of the record
	status  int
	body    []byte // nil when it could not be read
}

// relayRefusal gives the refusal to the client, less our key if the provider
// was so careless as to repeat it.
func (y *relay) relayRefusal(r *refusal) {
	y.rec.Outcome = audit.Rejected
	body := r.body
	if body == nil {
		body = openai.AppendError(nil, llm.Error{Message: "the provider refused the request", Type: "invalid_request_error"})
	}
	if len(r.t.key) >= minKeyBytes {
		body = bytes.ReplaceAll(body, []byte(r.t.key), []byte(redacted))
	}
	y.rec.Attempts[r.attempt].Served = true
	y.head(r.status, typeJSON, r.t)
	y.write(body)
}
