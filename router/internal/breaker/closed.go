package breaker

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// closed lets everything pass and counts results over a rolling window.
type closed struct{ window }

func newClosed(s *Settings) *closed {
	return &closed{window{width: max(s.Window/buckets, 1)}}
}

func (c *closed) kind() audit.State { return audit.Closed }

func (c *closed) allow(*Breaker, time.Time) (ok, probe bool) { return true, false }

func (c *closed) retryAt() time.Time { return time.Time{} }

func (c *closed) describe(b *Breaker, now time.Time, s *Status) {
	s.Counts, s.Share = c.counts(now), b.Share(now)
}

func (c *closed) settle(b *Breaker, now time.Time, r Result) {
	if r.Outcome == Excluded {
		return
	}
	one := Counts{Samples: 1}
	if r.Outcome == Failure {
		one.Failures = 1
	}
	if b.settings.slow(r.Took) {
		one.Slow, one.Timed = 1, 1
	} else if r.Answered && r.Outcome == Success {
		one.Timed = 1
	}
	c.add(now, one)
	if one.Failures == 0 && one.Slow == 0 {
		return // what is well trips nothing
	}
	s, n := &b.settings, c.counts(now)
	switch {
	case one.Failures > 0 && n.Samples >= s.MinSamples && float64(n.Failures) >= s.FailureRate*float64(n.Samples):
		b.tripped = n
		b.trip(now, r.Reason)
	case one.Slow > 0 && n.Timed >= s.MinSamples && float64(n.Slow) >= s.SlowRate*float64(n.Timed):
		b.tripped = n
		b.trip(now, audit.SlowCalls)
	}
}
