package load

import (
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/scenarios"
)

// gap is the least time between two arrivals before dither. One microsecond
// remains once the dither, below one microsecond, is added.
const gap = 2 * time.Microsecond

// Arrivals returns the instants of the load l within d, as offsets from the
// start of the scenario, strictly increasing. A trace has no arrivals of its
// own here: see [FromTrace].
func Arrivals(l *scenarios.Traffic, d time.Duration, seed uint64) []time.Duration {
	pieces := integrate(l, d)
	if len(pieces) == 0 {
		return nil
	}
	total := pieces[len(pieces)-1].to
	out := make([]time.Duration, 0, int(total)+int(4*math.Sqrt(total))+1)
	at, need := 0, 0.0
	for i := 0; ; i++ {
		if l.Arrivals == "constant" {
			need = float64(i)
		} else {
			need += -math.Log(keyed.Uniform(keyed.Hash(seed, "arrival", "", "", i)))
		}
		for at < len(pieces) && need >= pieces[at].to {
			at++
		}
		if at == len(pieces) {
			return spread(out, seed)
		}
		out = append(out, pieces[at].instant(need))
	}
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
	from, to      float64 // the integral of the rate at its ends
}

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

// integrate cuts [0, d) where the rate's line breaks, and sums it up.
func integrate(l *scenarios.Traffic, d time.Duration) []piece {
	stages := l.Stages
	if len(stages) == 0 {
		stages = []scenarios.Stage{{For: d, From: l.Rate, To: l.Rate}}
	}
	var out []piece
	var begin time.Duration
	sum := 0.0
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
			p := piece{start: a.Seconds(), length: (b - a).Seconds(), r0: line(a), r1: line(b), from: sum}
			sum += (p.r0 + p.r1) / 2 * p.length
			p.to = sum
			out = append(out, p)
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
