package router

import (
	"maps"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/idempotency"
)

// maxJoins bounds how often a request joins another one that then fails. Beyond
// it the client is told to try again.
const maxJoins = 3

// onlyOnce runs a request with an Idempotency-Key, joins the one that runs
// already, or answers with the answer there has been.
func (y *relay) onlyOnce(key string, body []byte) {
	if len(key) > idempotency.MaxKey {
		y.reject(apiError{http.StatusBadRequest, "invalid_request_error", "invalid_idempotency_key", "the Idempotency-Key is above 255 bytes"})
		return
	}
	// A key belongs to who sent it: the credentials and the tenant tell one from
	// another.
	scope := y.req.Endpoint + " " + y.rec.Tenant + " " + y.q.Header.Get("Authorization")
	for range maxJoins {
		call, verdict := y.r.once.Begin(time.Now(), scope, key, body)
		switch verdict {
		case idempotency.Conflict:
			y.reject(apiError{
				http.StatusUnprocessableEntity, "invalid_request_error", "idempotency_key_reused",
				"this Idempotency-Key was used with another request",
			})
			return
		case idempotency.Replay:
			y.replay(call.Answer)
			return
		case idempotency.Lead:
			y.lead(call)
			return
		case idempotency.Join:
			answer, err := call.Wait(y.q.Context())
			if err != nil {
				y.rec.Outcome = audit.Cancelled
				return
			}
			if answer != nil {
				y.replay(answer)
				return
			}
		}
	}
	y.reject(apiError{
		http.StatusConflict, "invalid_request_error", "idempotency_conflict",
		"requests with this Idempotency-Key keep failing; try again later",
	})
}

// lead runs the request and remembers its answer if it was served whole. Whatever
// happens, also a panic, those who wait are told.
func (y *relay) lead(call *idempotency.Call) {
	recorder := idempotency.NewRecorder(y.w, y.r.once.MaxBody())
	y.w = recorder
	defer func() {
		var success *idempotency.Answer
		if y.rec.Outcome == audit.Served {
			success = recorder.Answer()
		}
		call.Finish(time.Now(), success)
	}()
	y.answer()
}

// replay sends an answer there has been. The request has an id of its own.
func (y *relay) replay(a *idempotency.Answer) {
	maps.Copy(y.w.Header(), a.Header)
	y.w.Header()["X-Routedrill-Request-Id"] = y.id
	y.w.Header().Set("X-Routedrill-Replayed", "true")
	y.rec.Outcome, y.rec.Status, y.sent = audit.Replayed, a.Status, true
	y.w.WriteHeader(a.Status)
	_ = y.write(a.Body) // a client that went away needs no answer
}
