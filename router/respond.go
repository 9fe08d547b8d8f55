package router

import (
	"net/http"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/responses"
)

// respond serves a request of the Responses API: as a chat, in whose terms it is put,
// with the answer put back. The audit, the cache and the providers see a chat.
func (r *Router) respond(w http.ResponseWriter, q *http.Request) {
	out := responses.NewWriter(w)
	y := newRelay(r, out, q, chat)
	y.responses = out
	r.audited(y)
}

// respond writes the response to a request whose answer came whole.
func (y *relay) respond() {
	if y.responses == nil {
		return
	}
	y.w = y.responses.ResponseWriter // which is all that is needed from here on
	switch body, held, err := y.responses.Held(); {
	case !held:
	case y.gone():
		y.rec.Outcome = audit.Cancelled
	case err != nil:
		y.rec.Outcome = audit.Failed
		y.fail(apiError{http.StatusBadGateway, unavailable, audit.InvalidAnswer, "the answer could not be put as a response"})
	default:
		y.rec.Bytes = 0 // of the chat's answer, which nobody was sent
		y.w.Header().Del("Content-Length")
		y.w.WriteHeader(http.StatusOK)
		if !y.write(body) {
			y.rec.Outcome = audit.Cancelled
		}
	}
}

var (
	deferredResponse = apiError{
		http.StatusBadRequest, "invalid_request_error", "deferred_response",
		"a response cannot be deferred; ask for a chat completion instead, or leave out `Prefer: respond-async` and X-Routedrill-Class",
	}
	noResponse = apiError{
		http.StatusNotFound, "invalid_request_error", "response_not_found", "responses are not stored here",
	}
)
