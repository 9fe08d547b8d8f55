package breaker

import "time"

// buckets is how many steps the rolling window moves in.
const buckets = 10

// Counts are the results in a window.
type Counts struct {
	Samples  int // successes and failures
	Failures int
	Timed    int // calls that say how long an answer takes: answers, and whatever was slow
	Slow     int // of Timed
}

func (c *Counts) add(d Counts) {
	c.Samples += d.Samples
	c.Failures += d.Failures
	c.Timed += d.Timed
	c.Slow += d.Slow
}

// window counts results over a rolling span of time, in ten steps: it covers
// between nine tenths and the whole of its length.
type window struct {
	width time.Duration // of one bucket
	slots [buckets]slot
}

// slot counts the results of one bucket of time.
type slot struct {
	index int64 // which bucket since 1970
	Counts
}

func (w *window) index(now time.Time) int64 { return now.UnixNano() / int64(w.width) }

func (w *window) add(now time.Time, c Counts) {
	index := w.index(now)
	s := &w.slots[uint64(index)%buckets]
	if s.index != index {
		*s = slot{index: index}
	}
	s.add(c)
}

// counts are those of the window that ends at now.
func (w *window) counts(now time.Time) Counts {
	index := w.index(now)
	var sum Counts
	for i := range w.slots {
		if s := &w.slots[i]; s.index > index-buckets && s.index <= index {
			sum.add(s.Counts)
		}
	}
	return sum
}
