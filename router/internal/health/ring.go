package health

import (
	"sync"
	"time"
)

// Sums are what answers of a span used, together.
type Sums struct {
	Answers    int64
	Estimate   int64 // prompt tokens by the router's rule of thumb
	Prompt     int64
	Cached     int64
	Output     int64
	Generating time.Duration // from the first content of a stream, or from the start of another answer, to the last byte
}

func (s *Sums) add(o *Sums) {
	s.Answers += o.Answers
	s.Estimate += o.Estimate
	s.Prompt += o.Prompt
	s.Cached += o.Cached
	s.Output += o.Output
	s.Generating += o.Generating
}

// TokensPerSecond is the rate at which output came; 0 where there was none.
func (s *Sums) TokensPerSecond() float64 {
	if s.Generating <= 0 {
		return 0
	}
	return float64(s.Output) / s.Generating.Seconds()
}

// ring keeps sums by step. It is safe for concurrent use.
type ring struct {
	step  time.Duration
	mu    *sync.Mutex
	slots []sumSlot
}

type sumSlot struct {
	index int64 // which step since 1970
	Sums
}

func newRing(step time.Duration, steps int) ring {
	return ring{step, new(sync.Mutex), make([]sumSlot, steps)}
}

func (g *ring) add(now time.Time, r Result) {
	one := Sums{1, r.Usage.Estimate, r.Usage.Prompt, r.Usage.Cached, r.Usage.Output, r.Took - r.TTFT}
	index := now.UnixNano() / int64(g.step)
	g.mu.Lock()
	defer g.mu.Unlock()
	s := &g.slots[uint64(index)%uint64(len(g.slots))]
	if s.index > index {
		return
	}
	if s.index < index {
		*s = sumSlot{index: index}
	}
	s.add(&one)
}

func (g *ring) over(now time.Time, span time.Duration) (sum Sums) {
	index, steps := now.UnixNano()/int64(g.step), int64((span+g.step-1)/g.step)
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.slots {
		if s := &g.slots[i]; s.index > index-steps && s.index <= index {
			sum.add(&s.Sums)
		}
	}
	return sum
}
