package load

import (
	"iter"
	"math"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/scenarios"
)

// bursts multiplies a rate by random factors, one for each window of each
// level. Factors are keyed by level and window, so they do not depend on the
// rate or on the order they are asked for.
type bursts struct {
	seed   uint64
	levels []burstLevel // by window; none leaves the rate as it is
}

type burstLevel struct {
	window  float64 // seconds
	name    string  // of the draws
	factors latency.Dist
}

func newBursts(l *scenarios.Traffic, d time.Duration, seed uint64) (*bursts, error) {
	b := &bursts{seed: seed}
	if len(l.Burstiness) == 0 {
		return b, nil
	}
	levels, err := l.BurstLevels(d)
	if err != nil {
		return nil, err
	}
	for _, level := range levels {
		factors, err := latency.Gamma(1, level.CV)
		if err != nil {
			return nil, err
		}
		b.levels = append(b.levels, burstLevel{window: level.Window.Seconds(), name: level.Window.String(), factors: factors})
	}
	return b, nil
}

// split cuts a piece where windows begin and multiplies its rate. The pieces
// come in order; without levels there is one, the whole.
func (b *bursts) split(p piece) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		if len(b.levels) == 0 {
			yield(p)
			return
		}
		// Windows are nested, so the shortest has all the edges.
		window := b.levels[0].window
		end := p.start + p.length
		for i := int(p.start / window); ; i++ {
			from, to := max(p.start, float64(i)*window), min(end, float64(i+1)*window)
			if from >= end {
				return
			}
			if to <= from {
				continue // the division rounded down to the window before
			}
			f := b.factor((from + to) / 2)
			line := func(t float64) float64 { return f * (p.r0 + (p.r1-p.r0)*(t-p.start)/p.length) }
			if !yield(piece{start: from, length: to - from, r0: line(from), r1: line(to)}) {
				return
			}
		}
	}
}

// factor is what the rate at t seconds is multiplied by.
func (b *bursts) factor(t float64) float64 {
	f := 1.0
	for _, level := range b.levels {
		n := int(math.Floor(t / level.window))
		f *= level.factors.Quantile(keyed.Uniform(keyed.Hash(b.seed, "burst", level.name, "", n)))
	}
	return f
}
