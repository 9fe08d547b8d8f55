package window

import (
	"sync"
	"time"
)

// Classes is how many kinds of things a window counts apart. What each of them
// is, its user decides.
const Classes = 8

// Window is a rolling window; make it with [New]. It is safe for concurrent use.
type Window struct {
	step time.Duration

	mu    sync.Mutex
	slots []slot
}

// slot is what fell into one step.
type slot struct {
	index  int64 // which step since 1970; none has the index 0 in our time
	counts [Classes]uint32
	times  *histogram // nil while nothing has been timed; kept when the slot is used again
}

// New returns an empty window of so many steps, each at least a microsecond
// long. It takes some 60 bytes a step, and 1.4 KB more for one in which something
// has been timed.
func New(step time.Duration, steps int) *Window {
	return &Window{step: max(step, time.Microsecond), slots: make([]slot, max(steps, 1))}
}

// Length is the longest span the window tells of.
func (w *Window) Length() time.Duration { return w.step * time.Duration(len(w.slots)) }

// Count counts one of a class at now. It panics for a class out of range.
func (w *Window) Count(now time.Time, class int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.at(now); s != nil {
		s.counts[class]++
	}
}

// Time enters a duration at now; a negative one counts as 0.
func (w *Window) Time(now time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.at(now)
	if s == nil {
		return
	}
	if s.times == nil {
		s.times = new(histogram)
	}
	s.times.add(d)
}

// at is the slot of now, emptied if it was that of an earlier step; nil when
// it belongs to a later one already.
func (w *Window) at(now time.Time) *slot {
	index := w.index(now)
	s := &w.slots[uint64(index)%uint64(len(w.slots))]
	if s.index > index {
		return nil
	}
	if s.index < index {
		s.index, s.counts = index, [Classes]uint32{}
		if s.times != nil {
			s.times.clear()
		}
	}
	return s
}

func (w *Window) index(now time.Time) int64 { return now.UnixNano() / int64(w.step) }

// Snapshot sums up the span that ends at now, in whole steps: at least one, and
// no more than there are. A span of 0 is the window's length.
func (w *Window) Snapshot(now time.Time, span time.Duration) Snapshot {
	steps := int64(len(w.slots))
	if span > 0 {
		steps = min(max(int64((span+w.step-1)/w.step), 1), steps)
	}
	index := w.index(now)
	var sum Snapshot
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.slots {
		s := &w.slots[i]
		if s.index <= index-steps || s.index > index {
			continue
		}
		for class, n := range s.counts {
			sum.Counts[class] += int(n)
		}
		if s.times != nil {
			sum.times.merge(s.times)
		}
	}
	return sum
}

// Snapshot is the sum of a span. The zero value is of a span without anything.
type Snapshot struct {
	Counts [Classes]int // by class
	times  histogram
}

// Timed is how many durations were entered.
func (s *Snapshot) Timed() int { return int(s.times.n) }

// Quantile is the duration that a share q (0 to 1) of those entered did not
// exceed; 0 when there are none. It is exact to a thirty-second part, at the least
// to 33 µs; beyond eighteen minutes it is eighteen minutes.
func (s *Snapshot) Quantile(q float64) time.Duration { return s.times.quantile(q) }
