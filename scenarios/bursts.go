package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// Burst says how bursty arrivals are over windows of one length.
type Burst struct {
	Window     time.Duration
	Dispersion float64 // index of dispersion: variance ÷ mean of the requests per window, around the rate of the load; from 1, which is Poisson
}

// BurstLevel is one level of the process behind a list of bursts: all through
// each window of that length the rate is multiplied by an independent
// gamma-distributed factor of mean 1. The levels multiply each other.
type BurstLevel struct {
	Window time.Duration
	CV     float64 // standard deviation of the factor; 0 leaves the rate as it is
}

// Bounds of a burst level, and how far rounding may have moved a dispersion.
const (
	maxBurstCV     = 10
	burstTolerance = 0.002
)

// BurstLevels returns the levels that give the load its indexes of dispersion
// within the duration d, by window; none when the load is not bursty.
// Dispersions that no such process has are an error.
//
// Let v(w) be the relative variance of the mean rate over windows of length w.
// Counts of a Poisson process with that rate have the dispersion
// 1 + v(w)·w·λ, where λ is the mean rate a request meets, ∫rate² ÷ ∫rate. With
// factors of second moment g on nested windows, 1+v is the product of the g of
// the longer windows and of S, and S = g·(1 + (S'-1)/n), S' being that of the
// window before and n how many of those fit in. This is solved for g.
func (l *Traffic) BurstLevels(d time.Duration) ([]BurstLevel, error) {
	levels, at, problem := l.burstLevels(d)
	if problem != "" {
		return nil, fmt.Errorf("burstiness[%d]: %s", at, problem)
	}
	return levels, nil
}

func (l *Traffic) burstLevels(d time.Duration) (levels []BurstLevel, at int, problem string) {
	b := l.Burstiness
	_, rate := l.moments(d)
	r := make([]float64, len(b)) // 1 + v
	for i := range b {
		r[i] = 1 + (b[i].Dispersion-1)/(rate*b[i].Window.Seconds())
	}
	inner := 1.0 // 1 + (S-1)/n of the window before
	for i := range b {
		s := r[i]
		if i+1 < len(b) {
			n := float64(b[i+1].Window / b[i].Window)
			ratio := r[i] / r[i+1]
			if ratio < 1-burstTolerance {
				most := 1 + (b[i].Dispersion-1)*float64(b[i+1].Window)/float64(b[i].Window)
				return nil, i + 1, fmt.Sprintf("with %.4g over %s the dispersion over %s is at most %.4g",
					b[i].Dispersion, formatDuration(b[i].Window), formatDuration(b[i+1].Window), most)
			}
			if ratio >= n {
				return nil, i + 1, tooCalm(b, i+1)
			}
			s = (n - 1) * ratio / (n - ratio)
		}
		g := s / inner
		switch {
		case g < 1-burstTolerance:
			return nil, i, tooCalm(b, i)
		case g-1 > maxBurstCV*maxBurstCV:
			return nil, i, fmt.Sprintf("a dispersion of %.4g over %s at about %.3g requests a second is beyond what is supported",
				b[i].Dispersion, formatDuration(b[i].Window), rate)
		}
		g = max(g, 1)
		levels = append(levels, BurstLevel{Window: b[i].Window, CV: sqrt(g - 1)})
		if i+1 < len(b) {
			inner = 1 + (g*inner-1)/float64(b[i+1].Window/b[i].Window)
		}
	}
	return levels, 0, ""
}

func tooCalm(b []Burst, i int) string {
	return fmt.Sprintf("the dispersion over %s is too low: the bursts of the shorter windows alone make it higher",
		formatDuration(b[i].Window))
}

// Dispersions is the inverse of [Traffic.BurstLevels]: the bursts that levels
// make at a rate in requests per second.
func Dispersions(levels []BurstLevel, rate float64) []Burst {
	out := make([]Burst, len(levels))
	s := 1.0
	for i, l := range levels {
		if i > 0 {
			s = 1 + (s-1)/float64(l.Window/levels[i-1].Window)
		}
		s *= 1 + l.CV*l.CV
		moment := s
		for _, longer := range levels[i+1:] {
			moment *= 1 + longer.CV*longer.CV
		}
		out[i] = Burst{Window: l.Window, Dispersion: 1 + (moment-1)*rate*l.Window.Seconds()}
	}
	return out
}

// Compressed returns the burstiness with its windows divided by n, while the
// rate and how far it swings stay.
func Compressed(bursts []Burst, n int) []Burst {
	out := slices.Clone(bursts)
	for i := range out {
		out[i].Window /= time.Duration(n)
		out[i].Dispersion = 1 + (out[i].Dispersion-1)/float64(n)
	}
	return out
}
