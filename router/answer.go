package router

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// minKeyBytes is the length from which a key is looked for in a provider's
// text: a shorter one is a dummy and would only be found in ordinary words.
const minKeyBytes = 8

// apiError is an error as the client gets it.
type apiError struct {
	status              int
	kind, code, message string
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = typeJSON
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs no answer
}

func writeError(w http.ResponseWriter, e apiError) {
	writeJSON(w, e.status, openai.AppendError(nil, llm.Error{Message: e.message, Type: e.kind, Code: e.code}))
}

// head sends the status and the headers; t is the target whose answer follows.
func (y *relay) head(status int, contentType []string, t *target) {
	y.headers(contentType, t)
	y.sent, y.rec.Status = true, status
	y.w.WriteHeader(status)
}

// headers sets the headers; t is nil for an answer of our own.
func (y *relay) headers(contentType []string, t *target) {
	y.allow()
	h := y.w.Header()
	h["Content-Type"] = contentType
	h["X-Routedrill-Request-Id"] = y.id
	values := [3]string{strconv.Itoa(len(y.rec.Attempts))}
	h["X-Routedrill-Attempts"] = values[0:1:1]
	if y.rec.Cache.State != audit.NotAsked {
		h[cacheHeader] = []string{y.rec.Cache.State.String()}
	}
	if t != nil {
		values[1], values[2] = t.provider, t.model
		h["X-Routedrill-Provider"], h["X-Routedrill-Model"] = values[1:2:2], values[2:3:3]
	}
}

// maxPiece is how many bytes of an answer the client must take within its
// timeout.
const maxPiece = 256 << 10

// write sends bytes to the client and reports whether it took them.
func (y *relay) write(b []byte) bool {
	for len(b) > 0 {
		piece := b[:min(len(b), maxPiece)]
		y.allow()
		if _, err := y.w.Write(piece); err != nil {
			return false
		}
		y.rec.Bytes += int64(len(piece))
		b = b[len(piece):]
	}
	return true
}

// allow gives the client its time for what is written next. A client that does
// not read would otherwise keep the relay, and its place at the provider, for as
// long as it likes.
func (y *relay) allow() {
	limit := y.r.resilience.Stream.ClientTimeout
	if y.plan != nil {
		limit = y.plan.limits.Stream.ClientTimeout
	}
	if limit == 0 || y.unbounded {
		return
	}
	err := http.NewResponseController(y.w).SetWriteDeadline(time.Now().Add(limit))
	y.unbounded, y.bounded = errors.Is(err, errors.ErrUnsupported), y.bounded || err == nil
}

// unbound takes the deadline from the connection, whose next request may be
// somebody else's.
func (y *relay) unbound() {
	if y.bounded {
		_ = http.NewResponseController(y.w).SetWriteDeadline(time.Time{}) // it could be set
	}
}

// send writes and flushes.
func (y *relay) send(b []byte) bool {
	if !y.write(b) {
		return false
	}
	switch f := y.w.(type) {
	case interface{ FlushError() error }:
		return f.FlushError() == nil
	case http.Flusher:
		f.Flush()
		return true
	}
	err := http.NewResponseController(y.w).Flush()
	return err == nil || errors.Is(err, errors.ErrUnsupported)
}

// fail answers with an error of our own.
func (y *relay) fail(e apiError) {
	y.headers(typeJSON, nil)
	y.sent, y.rec.Status = true, e.status
	writeError(y.w, e)
}

// reject answers a request that is wrong in itself.
func (y *relay) reject(e apiError) {
	y.rec.Outcome = audit.Rejected
	if e.status == http.StatusRequestEntityTooLarge {
		// The server then gives a client that is still writing time to read the answer.
		y.w.Header().Set("Connection", "close")
	}
	y.fail(e)
}

// ended judges a relay whose client has been sent something by an attempt.
func (y *relay) ended(a *attempt, kind classify.Kind) {
	switch {
	case kind == classify.ClientGone || kind == classify.OK && !a.log.Served:
		y.rec.Outcome = audit.Cancelled
	case kind == classify.OK:
		y.rec.Outcome = audit.Served
		y.acquaint()
	default:
		y.broken(kind)
	}
}

// broken ends a committed stream with an error event and no terminal event, so
// that no client can take it for whole.
func (y *relay) broken(kind classify.Kind) {
	y.rec.Outcome = audit.Broken
	e := llm.Error{Message: "the stream broke after its first content", Type: "routedrill_stream_broken", Code: kind.Row().Reason}
	y.send(append(openai.AppendError([]byte("data: "), e), "\n\n"...))
}

// panicked ends a relay whose handling panicked, as well as it can be ended:
// the writer itself may be what panicked.
func (y *relay) panicked() {
	defer func() { _ = recover() }()
	switch {
	case y.committed:
		y.broken(classify.Panic)
	case y.sent:
		y.rec.Outcome = audit.Broken
	default:
		y.rec.Outcome = audit.Failed
		y.fail(apiError{http.StatusInternalServerError, "routedrill_internal", audit.Panicked,
			"the router failed; the request may be tried again"})
	}
}
