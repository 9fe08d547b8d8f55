package latency

import (
	"errors"
	"fmt"
	"math"
)

// Component is one part of a mixture.
type Component struct {
	Weight float64 // above zero; only the ratio to the other weights counts
	Dist   Dist
}

// MaxComponents bounds the parts of a mixture.
const MaxComponents = 16

// mixture has weights that add up to 1.
type mixture []Component

// Mixture returns the distribution of draws that come from one of 1 to
// [MaxComponents] parts, each as often as its weight says. Its quantile
// function is that of the whole and rises with u, so that equal luck means an
// equally slow answer.
func Mixture(parts ...Component) (Dist, error) {
	if len(parts) == 0 || len(parts) > MaxComponents {
		return nil, fmt.Errorf("latency: a mixture has 1 to %d parts, not %d", MaxComponents, len(parts))
	}
	sum := 0.0
	for _, p := range parts {
		if p.Dist == nil {
			return nil, errors.New("latency: a part of a mixture has no distribution")
		}
		if err := finite("weight", p.Weight); err != nil {
			return nil, err
		}
		if p.Weight == 0 {
			return nil, errors.New("latency: weight 0: must be above zero")
		}
		sum += p.Weight
	}
	if math.IsInf(sum, 0) {
		return nil, errors.New("latency: the weights are too large to add up")
	}
	if len(parts) == 1 {
		return parts[0].Dist, nil
	}
	m := make(mixture, len(parts))
	for i, p := range parts {
		if t, ok := p.Dist.(*tabulated); ok {
			p.Dist = t.Dist // one table, over exact parts
		}
		m[i] = Component{p.Weight / sum, p.Dist}
	}
	return tabulate(m), nil
}

func (m mixture) CDF(x float64) float64 {
	sum := 0.0
	for _, p := range m {
		sum += p.Weight * p.Dist.CDF(x)
	}
	return sum
}

// Quantile solves CDF(x) = u. The quantile of the whole lies between the
// smallest and the largest of the parts.
func (m mixture) Quantile(u float64) float64 {
	low, high := math.Inf(1), 0.0
	for _, p := range m {
		x := p.Dist.Quantile(u)
		low, high = min(low, x), max(high, x)
	}
	return solve(m.CDF, u, low, high)
}

// solve returns the smallest x from low to high at which cdf, which does not
// fall, reaches u; high if it does not. It keeps low below and high at or
// above the answer until they are 1 part in 10¹² apart, or neighbours if cdf
// still jumps between them: the value of a constant part comes out exactly.
// It ends early with an x whose share equals u to the last digits.
//
// It steps by the secant, with the Illinois rule against an end that stays, and
// every third time to the middle, which halves the bracket whatever the curve.
func solve(cdf func(float64) float64, u, low, high float64) float64 {
	const tolerance, exact, jump, rounds = 1e-12, 1e-15, 1e-9, 400
	atLow, atHigh := cdf(low), cdf(high)
	if atLow >= u {
		return low
	}
	below, above := atLow-u, atHigh-u // of the secant; the Illinois rule halves them
	side := 0
	for i := range rounds {
		near := high-low <= tolerance*high
		mid := middle(low, high)
		if mid == low || near && atHigh-atLow <= jump {
			break
		}
		x := low + (high-low)*below/(below-above)
		if near || i%3 == 2 || !(x > low && x < high) {
			x, side = mid, 0
		}
		at := cdf(x)
		if math.Abs(at-u) <= exact {
			return x
		}
		if at < u {
			low, atLow, below = x, at, at-u
			if side < 0 {
				above /= 2
			}
			side = -1
		} else {
			high, atHigh, above = x, at, at-u
			if side > 0 {
				below /= 2
			}
			side = 1
		}
	}
	return high
}

// middle returns the number with as many floating-point numbers above low as
// below high, both of them not negative.
func middle(low, high float64) float64 {
	a, b := math.Float64bits(low), math.Float64bits(high)
	return math.Float64frombits(a + (b-a)/2)
}
