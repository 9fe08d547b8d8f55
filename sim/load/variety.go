package load

import (
	"math"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/scenarios"
)

// rank draws one of v.Distinct things, from 1: each alike without Zipf, and
// else with a probability that falls like rank^-Zipf. The draw is the index-th
// of its purpose.
//
// It inverts the integral of x^-Zipf over a hat of the steps and rejects what
// lies above them (rejection-inversion, Hörmann and Derflinger 1996, "Rejection-
// inversion to generate variates from monotone discrete distributions"), so no
// table is needed and fewer than two tries are, on average.
func rank(v scenarios.Variety, seed uint64, purpose string, index int) uint32 {
	key := keyed.NewKey(seed, "", "").Nth(index)
	n := float64(v.Distinct)
	if v.Zipf == 0 {
		return 1 + uint32(min(keyed.Uniform(key.Draw(purpose))*n, n-1))
	}
	z := zipf(v.Zipf)
	low, high := z.integral(1.5)-1, z.integral(n+0.5)
	sure := 2 - z.inverse(z.integral(2.5)-z.step(2))
	const tries = 64 // that all of them are rejected is less likely than 1e-20
	for try := range tries {
		u := high + keyed.Uniform(key.DrawAt(purpose, try))*(low-high)
		x := z.inverse(u)
		k := min(max(math.Round(x), 1), n)
		if k-x <= sure || u >= z.integral(k+0.5)-z.step(k) {
			return uint32(k)
		}
	}
	return 1
}

// zipf is the exponent of a Zipf distribution, above 0.
type zipf float64

// step is the weight of a rank.
func (s zipf) step(x float64) float64 { return math.Exp(-float64(s) * math.Log(x)) }

// integral is that of x^-s from 1: (x^(1-s) - 1) / (1-s), in the form that holds for s near 1.
func (s zipf) integral(x float64) float64 {
	log := math.Log(x)
	t := (1 - float64(s)) * log
	if math.Abs(t) < 1e-8 {
		return log * (1 + t/2)
	}
	return log * math.Expm1(t) / t
}

// inverse is the inverse of integral.
func (s zipf) inverse(y float64) float64 {
	t := max(y*(1-float64(s)), -1)
	if math.Abs(t) < 1e-8 {
		return math.Exp(y * (1 - t/2))
	}
	return math.Exp(y * math.Log1p(t) / t)
}
