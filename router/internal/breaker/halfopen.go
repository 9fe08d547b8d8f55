package breaker

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// halfOpen lets a few probes pass at a time: enough successes close the
// breaker, one failure opens it again, and so does one slow success, since a
// target as slow as the one that was tripped for it has not recovered.
type halfOpen struct{ flying, successes int }

func (h *halfOpen) kind() audit.State { return audit.HalfOpen }

func (h *halfOpen) retryAt() time.Time { return time.Time{} }

func (h *halfOpen) describe(b *Breaker, now time.Time, s *Status) {
	if s.Probing = h.flying; h.free(b) {
		s.NextProbe = now
	}
}

// free reports whether another probe may pass. Successes hold their places, so
// no more probes fly than can still be needed.
func (h *halfOpen) free(b *Breaker) bool { return h.flying+h.successes < b.settings.Probes }

func (h *halfOpen) allow(b *Breaker, _ time.Time) (ok, probe bool) {
	if !h.free(b) {
		return false, false
	}
	h.flying++
	return true, true
}

func (h *halfOpen) settle(b *Breaker, now time.Time, r Result) {
	h.flying--
	switch {
	case r.Outcome == Excluded:
	case r.Outcome == Failure:
		b.trip(now, r.Reason)
	case b.settings.slow(r.Took):
		b.trip(now, audit.SlowCalls)
	default:
		if h.successes++; h.successes >= b.settings.Probes {
			b.reset(now, r.Reason)
		}
	}
}
