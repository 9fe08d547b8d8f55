package policy

import "math"

// Weights say how much each aspect counts, relative to the others; none is
// negative and at least one is positive.
type Weights struct{ Latency, Cost, Quality, Health float64 }

// DefaultWeights returns the weights used when none are given.
func DefaultWeights() Weights { return Weights{Latency: 0.4, Cost: 0.3, Quality: 0.2, Health: 0.1} }

// Balance is the strategy [Balanced]: a weighted mean of four shortfalls against
// the best candidate, each from 0 (as good as the best) to 1.
//
//	latency = 1 − least ÷ own           expected time, as in [Fastest], before failures
//	cost    = 1 − least ÷ own           expected cost, as in [Cheapest]
//	quality = 1 − own ÷ highest
//	health  = failure rate
//	score   = Σ weight × shortfall ÷ Σ weight
//
// Ratios in place of differences make the weights mean the same whatever the
// unit: twice as slow and twice as dear are both a shortfall of a half. Cold
// targets are explored as by [Fastest].
type Balance struct {
	Weights Weights // zero means DefaultWeights
	Fastest         // its prior and its exploration
}

// Rank implements [Strategy].
func (s Balance) Rank(q *Query, c []Candidate) {
	w := s.Weights
	if w == (Weights{}) {
		w = DefaultWeights()
	}
	sum := w.Latency + w.Cost + w.Quality + w.Health
	s.expect(q, c)
	fastest, cheapest, best := math.Inf(1), math.Inf(1), 0.0
	for i := range c {
		x := &c[i]
		x.Score *= 1 - min(x.FailureRate, 0.9) // failures count under health
		fastest, cheapest, best = min(fastest, x.Score), min(cheapest, x.Cost), max(best, x.Quality)
	}
	for i := range c {
		x := &c[i]
		quality := 0.0
		if best > 0 {
			quality = 1 - x.Quality/best
		}
		x.Score = (w.Latency*above(x.Score, fastest) + w.Cost*above(x.Cost, cheapest) + w.Quality*quality + w.Health*x.FailureRate) / sum
	}
	explore(q, c, s.Explore)
}

// above is how far own is above the least, from 0 to 1.
func above(own, least float64) float64 {
	if own <= 0 {
		return 0
	}
	return 1 - least/own
}
