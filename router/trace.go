package router

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// traceHeader is that of W3C Trace Context.
const traceHeader = "Traceparent"

// WithTraces gives each request, and each of its attempts, an id in a trace: see
// [audit.Trace]. A request goes on with the trace its client names in `traceparent`
// (W3C Trace Context), or begins one, which is recorded if sampled says so of its id.
// Providers get a `traceparent` of their own attempt. Probes and shadows have no trace.
// Nil, and the default, gives none, and passes none on. Sampled is called from the
// goroutines that serve requests.
func WithTraces(sampled func(id [16]byte) bool) Option {
	return func(r *Router) { r.sampled = sampled }
}

// trace gives the relay its place in a trace.
func (y *relay) trace() {
	if y.r.sampled == nil {
		return
	}
	t := &y.rec.Trace
	nth := int(y.r.traced.Add(1))
	if v := y.q.Header[traceHeader]; len(v) != 1 || !readTrace(v[0], t) {
		binary.BigEndian.PutUint64(t.ID[:8], y.drawID("trace", nth))
		binary.BigEndian.PutUint64(t.ID[8:], y.drawID("trace end", nth))
		t.Sampled = y.r.sampled(t.ID)
	}
	binary.BigEndian.PutUint64(t.Span[:], y.drawID("span", nth))
}

// drawID is half the id of a trace, or that of a span; 0 is none.
func (y *relay) drawID(purpose string, nth int) uint64 {
	return max(1, keyed.Hash(y.r.seed, purpose, y.rec.RequestID, "", nth))
}

// readTrace reads a traceparent, as far as its version 00 goes, and reports whether
// there is a trace in it.
func readTrace(s string, t *audit.Trace) bool {
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(s) < length || s[2] != '-' || s[35] != '-' || s[52] != '-' || s[:2] == "ff" ||
		len(s) > length && (s[:2] == "00" || s[length] != '-') {
		return false
	}
	var x audit.Trace
	var flags, version [1]byte
	for _, part := range []struct {
		to   []byte
		text string
	}{{version[:], s[:2]}, {x.ID[:], s[3:35]}, {x.Parent[:], s[36:52]}, {flags[:], s[53:55]}} {
		for i := range part.text {
			if c := part.text[i]; c >= 'A' && c <= 'F' {
				return false
			}
		}
		if _, err := hex.Decode(part.to, []byte(part.text)); err != nil {
			return false
		}
	}
	if x.ID == [16]byte{} || x.Parent == [8]byte{} {
		return false
	}
	x.Sampled = flags[0]&1 == 1
	*t = x
	return true
}

// traced gives the attempt its span, and has the provider know of it.
func (a *attempt) traced(h http.Header) {
	t := &a.y.rec.Trace
	if t.ID == [16]byte{} {
		return
	}
	binary.BigEndian.PutUint64(a.log.Span[:], max(1, keyed.Hash(binary.BigEndian.Uint64(t.Span[:]), "attempt", "", "", a.log.N)))
	flags := "-00"
	if t.Sampled {
		flags = "-01"
	}
	h[traceHeader] = []string{"00-" + hex.EncodeToString(t.ID[:]) + "-" + hex.EncodeToString(a.log.Span[:]) + flags}
}
