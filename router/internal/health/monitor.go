package health

import (
	"sync"
	"time"

	"github.com/routedrill/routedrill/router/internal/window"
)

// The spans that are told of, and the steps they move in.
const (
	Short  = 10 * time.Second
	Middle = time.Minute
	Long   = 5 * time.Minute

	fine   = 2 * time.Second
	coarse = 10 * time.Second
)

// Spans returns the spans, the shortest first.
func Spans() [3]time.Duration { return [...]time.Duration{Short, Middle, Long} }

// The class of a result is a set of these.
const (
	failed = 1 << iota
	timedOut
	not200
)

// Result is how an attempt went that says something about its target.
type Result struct {
	Failed   bool // the target did not do what it was asked, for whatever reason of its own
	TimedOut bool // of Failed: it took too long
	Status   int  // of the answer; 0 without one

	Answered bool          // whole and valid: the rest counts
	Took     time.Duration // to the last byte
	TTFT     time.Duration // of a stream, to its first content; 0 else
	Usage    Usage
}

// Usage is what an answer states that it used; the zero value where it states
// nothing.
type Usage struct {
	Estimate int64 // tokens the router had taken the prompt for
	Prompt   int64
	Cached   int64 // of Prompt
	Output   int64
}

// Monitor watches a target at an endpoint. Make it with [New]; it is safe for
// concurrent use. It takes a few hundred bytes, and some 100 KB once the target
// is used.
type Monitor struct {
	mu    sync.Mutex
	tiers *[2]tier // nil before the first result

	summary summaries
}

// tier is what is kept in steps of one length.
type tier struct {
	latency *window.Window // and every result's class
	ttft    *window.Window
	usage   ring
}

// New returns a monitor that has seen nothing.
func New() *Monitor { return new(Monitor) }

func (m *Monitor) watched(start bool) *[2]tier {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tiers == nil && start {
		m.tiers = new([2]tier)
		for i, step := range []time.Duration{fine, coarse} {
			steps := int([]time.Duration{Short, Long}[i] / step)
			m.tiers[i] = tier{window.New(step, steps), window.New(step, steps), newRing(step, steps)}
		}
	}
	return m.tiers
}

// Record enters a result at now.
func (m *Monitor) Record(now time.Time, r Result) {
	class := 0
	if r.Failed {
		class |= failed
	}
	if r.Failed && r.TimedOut {
		class |= timedOut
	}
	if r.Status != 0 && r.Status != 200 {
		class |= not200
	}
	tiers := m.watched(true)
	for i := range tiers {
		t := &tiers[i]
		t.latency.Count(now, class)
		if !r.Answered {
			continue
		}
		t.latency.Time(now, r.Took)
		if r.TTFT > 0 {
			t.ttft.Time(now, r.TTFT)
		}
		if r.Usage.Prompt > 0 {
			t.usage.add(now, r)
		}
	}
}

// Figures are those of one span.
type Figures struct {
	Span     time.Duration
	Samples  int // attempts that ended
	Failed   int // of Samples
	TimedOut int // of Failed
	Not200   int // of Samples: answered with another status
	Latency  Timing
	TTFT     Timing
	Usage    Sums
}

// Timing is a distribution of durations; zero without samples.
type Timing struct {
	Samples  int
	P50, P95 time.Duration
}

// Over returns the figures of a span that ends at now, one of [Spans].
func (m *Monitor) Over(now time.Time, span time.Duration) Figures {
	f := Figures{Span: span}
	tiers := m.watched(false)
	if tiers == nil {
		return f
	}
	t := &tiers[1]
	if span <= Short {
		t = &tiers[0]
	}
	latency := t.latency.Snapshot(now, span)
	ttft := t.ttft.Snapshot(now, span)
	f.Latency, f.TTFT, f.Usage = timing(&latency), timing(&ttft), t.usage.over(now, span)
	for class, n := range latency.Counts {
		f.Samples += n
		if class&failed != 0 {
			f.Failed += n
		}
		if class&timedOut != 0 {
			f.TimedOut += n
		}
		if class&not200 != 0 {
			f.Not200 += n
		}
	}
	return f
}

func timing(s *window.Snapshot) Timing {
	return Timing{s.Timed(), s.Quantile(0.5), s.Quantile(0.95)}
}

// Rate is n of the samples; 0 without any.
func (f *Figures) Rate(n int) float64 {
	if f.Samples == 0 {
		return 0
	}
	return float64(n) / float64(f.Samples)
}
