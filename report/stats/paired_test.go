package stats_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/stats"
)

// Student's own data (1908): extra hours of sleep under two drugs, ten patients.
var sleep = []float64{1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4}

func TestPairedMatchesPublishedFigures(t *testing.T) {
	p := stats.NewPaired(sleep[:9], 1)
	require.Equal(t, stats.MethodT, p.Method, "nine are too few to resample")
	p = stats.NewPaired([]float64{1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 1.9}, 1)
	low, high := p.Interval(0.95)
	// By hand: mean 1.3, sd 0.6946, t(8, 0.975) = 2.3060.
	require.InDelta(t, 1.3, p.Mean, 1e-9)
	require.InDelta(t, 0.6946, p.SD, 1e-4)
	require.InDelta(t, 1.3-2.3060*0.6946/3, low, 1e-3)
	require.InDelta(t, 1.3+2.3060*0.6946/3, high, 1e-3)

	all := stats.NewPaired(sleep, 1)
	// The paired t test of the whole set, as every textbook gives it: t = 4.0621 with 9
	// degrees of freedom, two-sided p = 0.002833, interval 0.7001 to 2.4599. The
	// outlier makes it skewed, so the interval here may only be wider.
	require.InDelta(t, 4.0621, all.Mean/(all.SD/math.Sqrt(10)), 1e-4)
	require.Equal(t, stats.MethodBootstrap, all.Method)
	low, high = all.Interval(0.95)
	require.LessOrEqual(t, low, 0.70012)
	require.Greater(t, high, 2.45987)
	require.GreaterOrEqual(t, all.Above(0), 0.002833/2-1e-6)
}

func TestPairedEdges(t *testing.T) {
	tests := []struct {
		name   string
		x      []float64
		method string
		low    float64
	}{
		{"nothing", nil, stats.MethodNone, math.NaN()},
		{"one", []float64{1}, stats.MethodNone, math.NaN()},
		{"no number", []float64{1, math.NaN()}, stats.MethodNone, math.NaN()},
		{"infinite", []float64{1, math.Inf(1)}, stats.MethodNone, math.NaN()},
		{"all zero", []float64{0, 0, 0}, stats.MethodConstant, 0},
		{"equal but for rounding", []float64{0.3, 0.1 + 0.2, 0.3}, stats.MethodConstant, 0.3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := stats.NewPaired(tt.x, 1)
			require.Equal(t, tt.method, p.Method)
			low, high := p.Interval(0.95)
			if math.IsNaN(tt.low) {
				require.True(t, math.IsNaN(low) && math.IsNaN(high))
				require.Equal(t, 1.0, p.Above(-100))
				return
			}
			require.InDelta(t, tt.low, low, 1e-12)
			require.Equal(t, low, high)
			require.Equal(t, 0.0, p.Above(tt.low-0.1))
			require.Equal(t, 1.0, p.Above(tt.low+0.1))
		})
	}
}

// The interval and the p-value are two faces of one test.
func TestIntervalAgreesWithAbove(t *testing.T) {
	for name, x := range map[string][]float64{"t": sleep[:8], "bootstrap": sleep} {
		t.Run(name, func(t *testing.T) {
			p := stats.NewPaired(x, 7)
			for _, lvl := range []float64{0.8, 0.95, 0.99} {
				low, high := p.Interval(lvl)
				tail := (1 - lvl) / 2
				require.LessOrEqual(t, p.Above(low-1e-3), tail)
				require.Greater(t, p.Above(low+1e-3), tail)
				down := p.Negated()
				require.LessOrEqual(t, down.Above(-high-1e-3), tail)
				require.Greater(t, down.Above(-high+1e-3), tail)
			}
		})
	}
}

func TestBootstrapIsKeyed(t *testing.T) {
	ends := func(key uint64) [2]float64 {
		p := stats.NewPaired(sleep, key)
		low, high := p.Interval(0.95)
		return [2]float64{low, high}
	}
	require.Equal(t, ends(1), ends(1))
	require.NotEqual(t, ends(1), ends(2))
}

func TestHolm(t *testing.T) {
	tests := []struct {
		name    string
		p, want []float64
	}{
		{"none", nil, []float64{}},
		{"one", []float64{0.03}, []float64{0.03}},
		{"out of order", []float64{0.04, 0.01, 0.03}, []float64{0.06, 0.03, 0.06}},
		{"never above one, never falling", []float64{0.5, 0.6, 0.001}, []float64{1, 1, 0.003}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := stats.Holm(tt.p)
			require.Len(t, got, len(tt.want))
			for i := range got {
				require.InDelta(t, tt.want[i], got[i], 1e-12)
			}
		})
	}
}
