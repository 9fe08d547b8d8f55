package load

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/scenarios"
)

// gap is the least time between two arrivals before dither. One microsecond
// remains once the dither, below one microsecond, is added.
const gap = 2 * time.Microsecond

// maxArrivals bounds what bursts can make of the at most 5,000,000 requests a
// scenario may expect.
const maxArrivals = 10_000_000

// Arrivals returns the instants of the load l within d, as offsets from the
// start of the scenario, strictly increasing, and no more than 10,000,000 of
// them. A trace has no arrivals of its own here: see [FromTrace]. Burstiness
// that no load can have is an error; [scenarios.Load] lets none through.
func Arrivals(l *scenarios.Traffic, d time.Duration, seed uint64) ([]time.Duration, error) {
	bursts, err := newBursts(l, d, seed)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	expected := l.Expected(d)
	out := make([]time.Duration, 0, int(expected)+int(4*math.Sqrt(expected))+1)
	step := func(i int) float64 {
		if l.Arrivals == "constant" {
			return 1
		}
		return -math.Log(keyed.Uniform(keyed.Hash(seed, "arrival", "", "", i)))
	}
	need, sum := 0.0, 0.0
	if l.Arrivals != "constant" {
		need = step(0)
	}
	for _, whole := range integrate(l, d) {
		for p := range bursts.split(whole) {
			p.from = sum
			sum += p.area()
			for ; need < sum; need += step(len(out)) {
				if len(out) == maxArrivals {
					return nil, fmt.Errorf("load: bursts make more than %d requests of this seed: lower the rate or the dispersion", maxArrivals)
				}
				out = append(out, p.instant(need))
			}
		}
	}
	return spread(out, seed), nil
}

// spread makes sorted instants strictly increase: whole microseconds at least
// two apart, and a keyed dither in the nanoseconds below.
func spread(at []time.Duration, seed uint64) []time.Duration {
	last := -gap
	for i, t := range at {
		t = max(t.Truncate(time.Microsecond), last+gap)
		last = t
		at[i] = t + time.Duration(keyed.Hash(seed, "arrival dither", "", "", i)%1000)
	}
	return at
}

// piece is a stretch in which the rate is a straight line.
type piece struct {
	start, length float64 // seconds
	r0, r1        float64 // requests per second at its ends
	from          float64 // the integral of the rate at its start
}

// area is the integral of the rate over the piece.
func (p *piece) area() float64 { return (p.r0 + p.r1) / 2 * p.length }

// instant is when the integral of the rate reaches need.
func (p *piece) instant(need float64) time.Duration {
	y := need - p.from
	slope := (p.r1 - p.r0) / p.length
	var x float64
	if slope == 0 {
		x = y / p.r0
	} else {
		// y = r0·x + slope/2·x², solved in the form that does not cancel.
		x = 2 * y / (p.r0 + math.Sqrt(max(0, p.r0*p.r0+2*slope*y)))
	}
	return time.Duration((p.start + min(x, p.length)) * float64(time.Second))
}

// integrate cuts [0, d) where the rate's line breaks.
func integrate(l *scenarios.Traffic, d time.Duration) []piece {
	stages := l.Stages
	if len(stages) == 0 {
		stages = []scenarios.Stage{{For: d, From: l.Rate, To: l.Rate}}
	}
	var out []piece
	var begin time.Duration
	for _, s := range stages {
		end := min(begin+s.For, d)
		cuts := []time.Duration{begin, end}
		for _, sp := range l.Spikes {
			for _, c := range []time.Duration{sp.At, sp.At + sp.For} {
				if c > begin && c < end {
					cuts = append(cuts, c)
				}
			}
		}
		slices.Sort(cuts)
		for i := 1; i < len(cuts); i++ {
			a, b := cuts[i-1], cuts[i]
			if a == b {
				continue
			}
			f := factor(l.Spikes, a)
			line := func(t time.Duration) float64 {
				return f * (s.From + (s.To-s.From)*float64(t-begin)/float64(s.For))
			}
			out = append(out, piece{start: a.Seconds(), length: (b - a).Seconds(), r0: line(a), r1: line(b)})
		}
		begin += s.For
	}
	return out
}

// factor is the product of the spikes active at t.
func factor(spikes []scenarios.Spike, t time.Duration) float64 {
	f := 1.0
	for _, s := range spikes {
		if t >= s.At && t < s.At+s.For {
			f *= s.Factor
		}
	}
	return f
}
