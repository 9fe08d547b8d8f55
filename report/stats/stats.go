package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// QuantileKind is the name of the quantile used, for the footers of reports.
const QuantileKind = "empirical"

// Summary describes one set of samples. N says how many there are; with none
// every other field is NaN, and a quantile is NaN without enough samples for
// it (see [MinSamples]).
type Summary struct {
	N                  int
	Mean, Min, Max     float64
	P50, P90, P95, P99 float64
}

// MinSamples returns how many samples the quantile p needs: 1 up to the
// median, else 1/(1-p). It returns 0 when p is not in [0, 1).
func MinSamples(p float64) int {
	switch {
	case !(p >= 0 && p < 1):
		return 0
	case p <= 0.5:
		return 1
	}
	return int(math.Round(1 / (1 - p)))
}

// Quantile returns the empirical quantile p of samples in ascending order. It
// is NaN when there are too few samples, when one of them is NaN and when p
// is not in [0, 1). Samples out of order are sorted in a copy first.
func Quantile(p float64, sorted []float64) float64 {
	least := MinSamples(p)
	if least == 0 || len(sorted) < least {
		return math.NaN()
	}
	// NaN sorts before everything, so it is enough to look at the first.
	sorted = ascending(sorted)
	if math.IsNaN(sorted[0]) {
		return math.NaN()
	}
	return stat.Quantile(p, stat.Empirical, sorted, nil)
}

// Mean returns the arithmetic mean, NaN of no samples.
func Mean(samples []float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	return stat.Mean(samples, nil)
}

// Of computes a [Summary] of samples in ascending order. Samples out
// of order are sorted in a copy first.
func Of(sorted []float64) Summary {
	nan := math.NaN()
	s := Summary{N: len(sorted), Mean: nan, Min: nan, Max: nan, P50: nan, P90: nan, P95: nan, P99: nan}
	if s.N == 0 {
		return s
	}
	sorted = ascending(sorted)
	s.Mean, s.Min, s.Max = Mean(sorted), sorted[0], sorted[s.N-1]
	s.P50, s.P90 = Quantile(0.50, sorted), Quantile(0.90, sorted)
	s.P95, s.P99 = Quantile(0.95, sorted), Quantile(0.99, sorted)
	return s
}

func ascending(samples []float64) []float64 {
	if slices.IsSorted(samples) {
		return samples
	}
	sorted := slices.Clone(samples)
	slices.Sort(sorted)
	return sorted
}
