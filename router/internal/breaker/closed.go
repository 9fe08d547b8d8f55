package breaker

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// buckets is how many steps the rolling window moves in.
const buckets = 10

// closed lets everything pass and counts results over a rolling window.
type closed struct {
	width time.Duration // of one bucket
	slots [buckets]slot
}

// slot counts the results of one bucket of time.
type slot struct {
	index           int64 // which bucket since 1970
	total, failures int
}

func newClosed(s *Settings) *closed {
	return &closed{width: max(s.Window/buckets, 1)}
}

func (c *closed) kind() audit.State { return audit.Closed }

func (c *closed) allow(*Breaker, time.Time) (ok, probe bool) { return true, false }

func (c *closed) retryAt() time.Time { return time.Time{} }

func (c *closed) settle(b *Breaker, now time.Time, o Outcome, reason string) {
	if o == Excluded {
		return
	}
	index := now.UnixNano() / int64(c.width)
	s := &c.slots[uint64(index)%buckets]
	if s.index != index {
		*s = slot{index: index}
	}
	s.total++
	if o == Success {
		return
	}
	s.failures++
	total, failures := 0, 0
	for _, s := range c.slots {
		if s.index > index-buckets && s.index <= index {
			total += s.total
			failures += s.failures
		}
	}
	if total >= b.settings.MinSamples && float64(failures) >= b.settings.FailureRate*float64(total) {
		b.trip(now, reason)
	}
}
