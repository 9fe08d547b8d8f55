package router

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// Substitute answers requests that no provider can serve now: out of a stale
// cache, say, or by taking them for later. It must be safe for concurrent use,
// and quick: the request's deadline may be near, and ends the context.
type Substitute interface {
	// Substitute returns what the client gets in place of an error; false leaves
	// the request to the next.
	Substitute(ctx context.Context, u *Unserved) (Answer, bool)
}

// Unserved is a request that no provider can serve now. It is valid during the
// call only, and must not be changed.
type Unserved struct {
	RequestID string
	Route     string        // its `model`: a route's name or "provider/model"
	Endpoint  string        // one of package llm
	Stream    bool          // the client expects server-sent events
	Body      []byte        // as the client sent it
	Wait      time.Duration // until a target may be tried again; 0 means not known
}

// Answer is an answer of a [Substitute]. Status is from 200 to 299; the header's
// values replace the router's own.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// substituted asks the substitutes in their order, and reports whether one has
// answered the client.
func (y *relay) substituted(wait time.Duration) bool {
	if len(y.r.substitutes) == 0 {
		return false
	}
	ctx, cancel := context.WithDeadline(y.q.Context(), y.deadline)
	defer cancel()
	u := Unserved{
		RequestID: y.rec.RequestID, Route: y.req.Model, Endpoint: y.rec.Endpoint, Stream: y.req.Stream,
		Body: y.req.Raw(), Wait: wait,
	}
	for _, s := range y.r.substitutes {
		a, ok := s.Substitute(ctx, &u)
		if !ok || a.Status < 200 || a.Status > 299 {
			continue
		}
		y.rec.Outcome = audit.Substituted
		y.headers(typeJSON, nil)
		maps.Copy(y.w.Header(), a.Header)
		y.sent, y.rec.Status = true, a.Status
		y.w.WriteHeader(a.Status)
		y.write(a.Body)
		return true
	}
	return false
}
