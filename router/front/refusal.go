package front

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/internal/keyed"
)

// refusals counts what has been refused.
type refusals struct {
	unknown, quota, shed, large atomic.Int64
	bodies                      atomic.Int64 // bytes held now
}

// Stats is what a front has refused since it was made, and what is under way.
type Stats struct {
	UnderWay     int64 `json:"under_way"`    // requests
	BodyBytes    int64 `json:"body_bytes"`   // of their bodies
	Unauthorized int64 `json:"unauthorized"` // without a key, or with one that nobody has
	OverQuota    int64 `json:"over_quota"`   // beyond a key's quota or places
	Shed         int64 `json:"shed"`         // for want of room
	TooLarge     int64 `json:"too_large"`    // by what they said of their body
}

// Stats returns the counts.
func (f *Front) Stats() Stats {
	return Stats{
		UnderWay: f.places.n.Load(), BodyBytes: f.bodies.Load(), Unauthorized: f.unknown.Load(),
		OverQuota: f.quota.Load(), Shed: f.shed.Load(), TooLarge: f.large.Load(),
	}
}

// refuse answers in the form of OpenAI's errors.
func refuse(w http.ResponseWriter, status int, kind, code, message string) {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{ // texts: cannot fail
		"message": message, "type": kind, "param": nil, "code": code,
	}})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs no answer
}

// invalid is the type of the error of a request that should not be made again as it is.
const invalid = "invalid_request_error"

func (f *Front) unauthorized(w http.ResponseWriter, q *http.Request) {
	f.unknown.Add(1)
	w.Header().Set("WWW-Authenticate", `Bearer realm="routedrill"`)
	why := "this API key is not known"
	if len(q.Header["Authorization"]) == 0 {
		why = "an API key is needed: send it as `Authorization: Bearer KEY`"
	}
	refuse(w, http.StatusUnauthorized, invalid, "invalid_api_key", why)
}

func (f *Front) tooLarge(w http.ResponseWriter, limit int) {
	f.large.Add(1)
	w.Header().Set("Connection", "close") // nobody is going to read the rest
	refuse(w, http.StatusRequestEntityTooLarge, invalid, "request_too_large", "the request body is above "+strconv.Itoa(limit)+" bytes")
}

// busy refuses a request because there are too many.
func (f *Front) busy(w http.ResponseWriter) {
	f.shed.Add(1)
	f.retryAfter(w, 0)
	refuse(w, http.StatusServiceUnavailable, "routedrill_unavailable", "overloaded", "too many requests are under way; try again later")
}

// admit asks for a place and what is left of the client's quotas. The place is to be
// given back.
func (f *Front) admit(w http.ResponseWriter, c *client, batch bool) bool {
	if !c.places.enter(c.key.Concurrent, batch) {
		f.overQuota(w, 0, "requests", "too many requests of this API key are under way")
		return false
	}
	now := time.Now()
	if wait := c.tokens.wait(now, c.key.TokensPerMinute); wait > 0 {
		c.places.leave()
		f.overQuota(w, wait, "tokens", "this API key has used its tokens of a minute")
		return false
	}
	if wait, ok := c.requests.one(now, c.key.RequestsPerMinute); !ok {
		c.places.leave()
		f.overQuota(w, wait, "requests", "this API key has made its requests of a minute")
		return false
	}
	return true
}

func (f *Front) overQuota(w http.ResponseWriter, wait time.Duration, kind, why string) {
	f.quota.Add(1)
	f.retryAfter(w, wait)
	refuse(w, http.StatusTooManyRequests, kind, "rate_limit_exceeded", why+"; try again later")
}

// retryAfter says when to come again: after the wait, and up to four seconds more by
// a draw, so that not all come at once.
func (f *Front) retryAfter(w http.ResponseWriter, wait time.Duration) {
	wait += keyed.Share(keyed.Hash(0, "retry after", "", "", int(f.drawn.Add(1))), 4*time.Second)
	w.Header().Set("Retry-After", strconv.FormatInt(int64(wait/time.Second)+1, 10))
}
