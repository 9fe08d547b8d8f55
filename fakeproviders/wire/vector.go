package wire

import (
	"math"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// Vector sets v to the unit vector that stands for an input, told by its hash,
// in the embedding space of a model: equal inputs have equal vectors.
func Vector(v []float32, model string, input uint64) {
	seed := keyed.Key(keyed.String(0, model)).Nth(int(input))
	var sum float64
	for i := range v {
		x := 2*keyed.Uniform(seed.Nth(i).Draw("")) - 1
		v[i] = float32(x)
		sum += x * x
	}
	scale := 1 / math.Sqrt(sum)
	for i := range v {
		v[i] = float32(float64(v[i]) * scale)
	}
}
