package health

import (
	"sync"
	"sync/atomic"
	"time"
)

// State is a target's health in one word.
type State uint8

// The states. Their order is that of how bad they are.
const (
	Healthy State = iota
	Degraded
	Down
)

var states = [...]string{"healthy", "degraded", "down"}

// String returns the state's word.
func (s State) String() string { return states[s] }

// The reasons for a state that is not healthy.
const (
	Failures = "failures" // too much of what it was asked failed
	Timeouts = "timeouts" // the same, and at least half of it by taking too long
	Slow     = "slow"     // it takes longer than it used to
)

// The limits of the states. A target that answers one attempt in two is of no
// use to anybody; one failure in twenty is an availability nobody sells.
const (
	downRate     = 0.5  // of Short
	degradedRate = 0.05 // of Middle
	slowBy       = 2    // the median of Middle over that of Long

	downSamples     = 5
	degradedSamples = 20
)

// Summary is what is known of the recent past, for choosing.
type Summary struct {
	State       State
	Reason      string  // "" when healthy
	FailureRate float64 // of Middle, whose samples count as at least ten
	Latency     Timing  // of Long
	TTFT        Timing  // of Long
	Usage       Sums    // of Long
}

// leastSamples is what a failure rate is measured against at the least, so that
// a single failure does not make one.
const leastSamples = 10

// summaries keep the latest one.
type summaries struct {
	mu     sync.Mutex
	second atomic.Int64 // since 1970, of what stands there; 0: nothing
	latest atomic.Pointer[Summary]
}

var nothing Summary

// Summary returns what was known when it was first asked for in this second. It
// is shared and must not be changed.
func (m *Monitor) Summary(now time.Time) *Summary {
	s := &m.summary
	second := now.Unix()
	if s.second.Load() == second {
		return s.latest.Load()
	}
	if m.watched(false) == nil {
		return &nothing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.second.Load() != second {
		s.latest.Store(m.summarise(now))
		s.second.Store(second)
	}
	return s.latest.Load()
}

func (m *Monitor) summarise(now time.Time) *Summary {
	short, middle, long := m.Over(now, Short), m.Over(now, Middle), m.Over(now, Long)
	s := &Summary{
		FailureRate: float64(middle.Failed) / float64(max(middle.Samples, leastSamples)),
		Latency:     long.Latency, TTFT: long.TTFT, Usage: long.Usage,
	}
	s.State, s.Reason = judge(&short, &middle, &long)
	return s
}

// judge makes a word of the figures.
func judge(short, middle, long *Figures) (State, string) {
	switch {
	case short.Samples >= downSamples && short.Rate(short.Failed) >= downRate:
		return Down, why(short)
	case middle.Samples >= degradedSamples && middle.Rate(middle.Failed) >= degradedRate:
		return Degraded, why(middle)
	case slow(&middle.TTFT, &long.TTFT) || slow(&middle.Latency, &long.Latency):
		return Degraded, Slow
	}
	return Healthy, ""
}

func why(f *Figures) string {
	if 2*f.TimedOut >= f.Failed {
		return Timeouts
	}
	return Failures
}

// slow reports whether a minute is much slower than the five that it ends, of
// which most must lie before it.
func slow(middle, long *Timing) bool {
	return middle.Samples >= degradedSamples && long.Samples >= 3*middle.Samples && middle.P50 >= slowBy*long.P50
}
