package breaker

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// halfOpen lets a few probes pass at a time: enough successes close the
// breaker, one failure opens it again.
type halfOpen struct{ flying, successes int }

func (h *halfOpen) kind() audit.State { return audit.HalfOpen }

func (h *halfOpen) retryAt() time.Time { return time.Time{} }

func (h *halfOpen) allow(b *Breaker, _ time.Time) (ok, probe bool) {
	// Successes hold their places, so no more probes fly than can still be needed.
	if h.flying+h.successes >= b.settings.Probes {
		return false, false
	}
	h.flying++
	return true, true
}

func (h *halfOpen) settle(b *Breaker, now time.Time, o Outcome, reason string) {
	h.flying--
	switch o {
	case Failure:
		b.trip(now, reason)
	case Success:
		if h.successes++; h.successes >= b.settings.Probes {
			b.streak = 0
			b.enter(newClosed(&b.settings), now, reason)
		}
	case Excluded:
	}
}
