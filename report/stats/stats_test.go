package stats_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/routedrill/routedrill/report/internal/golden" // the flag -update
	"github.com/routedrill/routedrill/report/stats"
)

// upTo returns 1, 2, … n.
func upTo(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = float64(i + 1)
	}
	return list
}

func TestQuantile(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name    string
		p       float64
		samples []float64
		want    float64
	}{
		{"median of none", 0.5, nil, nan},
		{"median of one", 0.5, []float64{7}, 7},
		{"median of an even number is a sample", 0.5, upTo(4), 2},
		{"median of an odd number", 0.5, upTo(5), 3},
		{"p90 of nine", 0.9, upTo(9), nan},
		{"p90 of ten", 0.9, upTo(10), 9},
		{"p95 of nineteen", 0.95, upTo(19), nan},
		{"p95 of twenty", 0.95, upTo(20), 19},
		{"p99 of ninety-nine", 0.99, upTo(99), nan},
		{"p99 of a hundred", 0.99, upTo(100), 99},
		{"unsorted input", 0.5, []float64{3, 1, 2}, 2},
		{"a NaN among the samples", 0.5, []float64{3, nan, 2}, nan},
		{"p of one", 1, upTo(10), nan},
		{"p below zero", -0.1, upTo(10), nan},
		{"p that is no number", nan, upTo(10), nan},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := stats.Quantile(tt.p, tt.samples)
			if math.IsNaN(tt.want) {
				require.True(t, math.IsNaN(got), "got %v", got)
				return
			}
			require.InDelta(t, tt.want, got, 0)
		})
	}
}

func TestQuantileLeavesItsInputAlone(t *testing.T) {
	samples := []float64{3, 1, 2}
	stats.Quantile(0.5, samples)
	require.Equal(t, []float64{3, 1, 2}, samples)
}

func TestSummary(t *testing.T) {
	s := stats.Of(upTo(20))
	require.Equal(t, 20, s.N)
	require.Equal(t, []float64{10.5, 1, 20, 10, 18, 19}, []float64{s.Mean, s.Min, s.Max, s.P50, s.P90, s.P95})
	require.True(t, math.IsNaN(s.P99))

	empty := stats.Of(nil)
	require.Zero(t, empty.N)
	require.True(t, math.IsNaN(empty.Mean) && math.IsNaN(empty.Min) && math.IsNaN(empty.P50))
}
