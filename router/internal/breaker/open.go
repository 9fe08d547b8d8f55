package breaker

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// open lets nothing pass until its time is over; the request that asks then
// becomes the first probe.
type open struct{ until time.Time }

func (o *open) kind() audit.State { return audit.Open }

func (o *open) retryAt() time.Time { return o.until }

func (o *open) describe(_ *Breaker, now time.Time, s *Status) { s.NextProbe = later(o.until, now) }

func (o *open) allow(b *Breaker, now time.Time) (ok, probe bool) {
	if now.Before(o.until) {
		return false, false
	}
	b.enter(&halfOpen{}, now, audit.OpenTimeOver)
	return b.state.allow(b, now)
}

// settle is never called: an open breaker gives no permits.
func (o *open) settle(*Breaker, time.Time, Result) {}
