package latency_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/latency"
)

// below returns the share of 200,000 keyed draws that lie below x.
func below(d latency.Dist, x float64) float64 {
	const n = 200_000
	count := 0
	for i := range n {
		if d.Quantile(keyed.Uniform(keyed.Hash(3, "ttft", strconv.Itoa(i), "p/m", 0))) < x {
			count++
		}
	}
	return float64(count) / n
}

// The share of draws below a true percentile is binomial: its deviation is
// sqrt(q(1-q)/n), 0.0011 at the median and 0.0005 at p95. Four of them are
// missed once in 16,000 seeds, and the seed is fixed.
func binomial(q float64) float64 { return 4 * math.Sqrt(q*(1-q)/200_000) }

func must(d latency.Dist, err error) latency.Dist {
	if err != nil {
		panic(err)
	}
	return d
}

// tails are percentiles of which p99/p50 is 2 and 8, as measured of providers.
var (
	lightTail = must(latency.Quantiles([]latency.Point{{0.5, 400e6}, {0.9, 520e6}, {0.95, 590e6}, {0.99, 800e6}, {0.999, 1100e6}}, 0, 0))
	heavyTail = must(latency.Quantiles([]latency.Point{{0.5, 400e6}, {0.9, 900e6}, {0.95, 1400e6}, {0.99, 3200e6}, {0.999, 20e9}}, 150e6, 30e9))
)

// mixed is one request in ten that takes twenty times as long, and coarse one
// that jumps from one constant to another.
var (
	mixed = must(latency.Mixture(
		latency.Component{Weight: 9, Dist: must(latency.LogNormal(400e6, 700e6))},
		latency.Component{Weight: 1, Dist: must(latency.LogNormal(8e9, 20e9))}))
	coarse = must(latency.Mixture(
		latency.Component{Weight: 0.7, Dist: must(latency.Constant(5))},
		latency.Component{Weight: 0.3, Dist: must(latency.Constant(50))}))
)

// mixedShare is the share of mixed below x, by the formula of its parts.
func mixedShare(x float64) float64 {
	part := func(p50, p95 float64) float64 {
		return distuv.UnitNormal.CDF(math.Log(x/p50) / math.Log(p95/p50) * distuv.UnitNormal.Quantile(0.95))
	}
	return 0.9*part(400e6, 700e6) + 0.1*part(8e9, 20e9)
}

func TestPercentilesAreAsAsked(t *testing.T) {
	logNormal := must(latency.LogNormal(450e6, 1500e6))
	logNormalP99 := must(latency.LogNormalP99(450e6, 3600e6))
	gamma := must(latency.Gamma(800e6, 0.7))
	spiky := must(latency.Gamma(100, 3))
	exact := func(mean, cv, q float64) float64 {
		return distuv.Gamma{Alpha: 1 / cv / cv, Beta: 1 / cv / cv / mean}.Quantile(q)
	}
	for name, row := range map[string]struct {
		d    latency.Dist
		q, x float64
	}{
		"log-normal p50":        {logNormal, 0.50, 450e6},
		"log-normal p95":        {logNormal, 0.95, 1500e6},
		"log-normal by p99 p50": {logNormalP99, 0.50, 450e6},
		"log-normal by p99 p99": {logNormalP99, 0.99, 3600e6},
		"gamma p50":             {gamma, 0.50, exact(800e6, 0.7, 0.5)},
		"gamma p95":             {gamma, 0.95, exact(800e6, 0.7, 0.95)},
		"gamma p999":            {gamma, 0.999, exact(800e6, 0.7, 0.999)},
		"spiky gamma p95":       {spiky, 0.95, exact(100, 3, 0.95)},
		"spiky gamma p9999":     {spiky, 0.9999, exact(100, 3, 0.9999)},
		"light tail p50":        {lightTail, 0.50, 400e6},
		"light tail p90":        {lightTail, 0.90, 520e6},
		"light tail p95":        {lightTail, 0.95, 590e6},
		"light tail p99":        {lightTail, 0.99, 800e6},
		"light tail p999":       {lightTail, 0.999, 1100e6},
		"heavy tail p50":        {heavyTail, 0.50, 400e6},
		"heavy tail p90":        {heavyTail, 0.90, 900e6},
		"heavy tail p95":        {heavyTail, 0.95, 1400e6},
		"heavy tail p99":        {heavyTail, 0.99, 3200e6},
		"heavy tail p999":       {heavyTail, 0.999, 20e9},
		"mixture median":        {mixed, mixedShare(420e6), 420e6},
		"mixture between":       {mixed, mixedShare(2e9), 2e9},
		"mixture p95":           {mixed, mixedShare(8e9), 8e9},
		"mixture far":           {mixed, mixedShare(25e9), 25e9},
		"mixture of constants":  {coarse, 0.7, 50},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, row.q, below(row.d, row.x), binomial(row.q))
		})
	}
}

func TestBoundsHoldEveryDraw(t *testing.T) {
	for _, u := range []float64{keyed.Uniform(0), 1e-9, 0.001, 0.5, 0.9999, keyed.Uniform(math.MaxUint64)} {
		x := heavyTail.Quantile(u)
		require.GreaterOrEqual(t, x, 150e6)
		require.LessOrEqual(t, x, 30e9)
	}
	steep := must(latency.Quantiles([]latency.Point{{0.5, 1}, {0.51, 1e6}}, 0, 0))
	require.Equal(t, 1e9, steep.Quantile(keyed.Uniform(math.MaxUint64)), "1000 times the highest percentile")
}

// Two percentiles alone are a log-normal distribution.
func TestTwoQuantilesAreLogNormal(t *testing.T) {
	two := must(latency.Quantiles([]latency.Point{{0.5, 450e6}, {0.95, 1500e6}}, 0, 0))
	whole := must(latency.LogNormal(450e6, 1500e6))
	for i := 1; i < 1000; i++ {
		u := float64(i) / 1000
		require.InEpsilon(t, whole.Quantile(u), two.Quantile(u), 1e-12)
		require.InDelta(t, u, two.CDF(whole.Quantile(u)), 1e-12)
	}
}

// An interpolated quantile is as near as the package says, and a mixture is
// solved where it is steep: between the humps, at 0.9, and in the tails.
func TestMixtureTableIsClose(t *testing.T) {
	for i := 1; i < 100_000; i++ {
		u := float64(i) / 100_000
		require.InDelta(t, u, mixedShare(mixed.Quantile(u)), 2e-5, u)
	}
	for i := 1; i < 100_000; i++ {
		u := float64(i) / 100_000
		want := 5.0
		if u > 0.7 {
			want = 50
		}
		require.Equal(t, want, coarse.Quantile(u), u)
	}
}

func TestGammaTableIsClose(t *testing.T) {
	g, err := latency.Gamma(1000, 0.5)
	require.NoError(t, err)
	exact := distuv.Gamma{Alpha: 4, Beta: 4.0 / 1000}
	for i := 1; i < 1000; i++ {
		u := float64(i) / 1000
		require.InEpsilon(t, exact.Quantile(u), g.Quantile(u), 2e-3, u)
	}
}

func TestQuantilesRise(t *testing.T) {
	for name, make := range map[string]func() (latency.Dist, error){
		"constant":   func() (latency.Dist, error) { return latency.Constant(5) },
		"log-normal": func() (latency.Dist, error) { return latency.LogNormal(1, 9) },
		"gamma":      func() (latency.Dist, error) { return latency.Gamma(10, 1) },
		"steep":      func() (latency.Dist, error) { return latency.Gamma(10, 10) },
		"empirical":  func() (latency.Dist, error) { return latency.Empirical([]float64{3, 1, 2}) },
		"quantiles":  func() (latency.Dist, error) { return heavyTail, nil },
		"flat": func() (latency.Dist, error) {
			return latency.Quantiles([]latency.Point{{0.1, 5}, {0.5, 5}, {0.9, 8}, {0.99, 8}}, 0, 0)
		},
		"mixture":              func() (latency.Dist, error) { return mixed, nil },
		"mixture of constants": func() (latency.Dist, error) { return coarse, nil },
		"mixture of all":       everything,
	} {
		t.Run(name, func(t *testing.T) {
			d, err := make()
			require.NoError(t, err)
			var got []float64
			for i := 1; i < 5000; i++ {
				got = append(got, d.Quantile(float64(i)/5000))
			}
			require.True(t, slices.IsSorted(got))
			got = nil
			for _, u := range []float64{keyed.Uniform(0), 1e-6, 0.001, 0.1, 0.4999, 0.5, 0.7, 0.99, 0.999, 0.999999, keyed.Uniform(math.MaxUint64)} {
				x := d.Quantile(u)
				require.False(t, math.IsNaN(x) || math.IsInf(x, 0) || x < 0, "%v at %v", x, u)
				got = append(got, x)
			}
			require.True(t, slices.IsSorted(got), "%v", got)
		})
	}
}

// everything is a mixture of each kind of distribution there is.
func everything() (latency.Dist, error) {
	var parts []latency.Component
	for i, d := range []latency.Dist{
		must(latency.Constant(0)), must(latency.LogNormal(400e6, 700e6)), must(latency.Gamma(2e9, 0.5)),
		must(latency.Empirical([]float64{1e9, 2e9, 2e9})), heavyTail, mixed,
	} {
		parts = append(parts, latency.Component{Weight: float64(1 + i), Dist: d})
	}
	return latency.Mixture(parts...)
}

// A CDF is the inverse of the quantile function: it reaches u at the quantile
// and not before. Where a part of a mixture begins within a step of the table,
// it is off by less than that step.
func TestCDFIsTheInverse(t *testing.T) {
	for name, d := range map[string]latency.Dist{
		"constant":   must(latency.Constant(5)),
		"log-normal": must(latency.LogNormal(450e6, 1500e6)),
		"gamma":      must(latency.Gamma(800e6, 0.7)),
		"empirical":  must(latency.Empirical([]float64{30, 10, 10, 20})),
		"quantiles":  heavyTail,
		"flat":       must(latency.Quantiles([]latency.Point{{0.1, 5}, {0.5, 5}, {0.9, 8}, {0.99, 8}}, 0, 0)),
		"mixture":    mixed,
		"constants":  coarse,
		"everything": must(everything()),
	} {
		t.Run(name, func(t *testing.T) {
			within := 1e-5
			if name == "everything" {
				within = 1.0 / 2048
			}
			require.Zero(t, d.CDF(-1))
			require.InDelta(t, 1, d.CDF(1e15), 1e-12)
			for i := 1; i < 1000; i += 2 {
				u := float64(i) / 1000
				x := d.Quantile(u)
				require.GreaterOrEqual(t, d.CDF(x*(1+1e-9)), u-within, u)
				require.LessOrEqual(t, d.CDF(x*(1-1e-9)-1e-9), u+within, u)
			}
		})
	}
}

func TestEmpirical(t *testing.T) {
	values := []float64{30, 10, 20, 40}
	d, err := latency.Empirical(values)
	require.NoError(t, err)
	require.Equal(t, []float64{30, 10, 20, 40}, values, "the input is not sorted in place")
	for u, want := range map[float64]float64{0.01: 10, 0.26: 20, 0.51: 30, 0.99: 40} {
		require.Equal(t, want, d.Quantile(u))
	}
}

func TestConstants(t *testing.T) {
	for name, make := range map[string]func() (latency.Dist, error){
		"constant":          func() (latency.Dist, error) { return latency.Constant(7) },
		"log-normal p50=95": func() (latency.Dist, error) { return latency.LogNormal(7, 7) },
		"log-normal p50=99": func() (latency.Dist, error) { return latency.LogNormalP99(7, 7) },
		"gamma cv 0":        func() (latency.Dist, error) { return latency.Gamma(7, 0) },
		"one part": func() (latency.Dist, error) {
			return latency.Mixture(latency.Component{Weight: 3, Dist: must(latency.Constant(7))})
		},
	} {
		d, err := make()
		require.NoError(t, err, name)
		require.Equal(t, 7.0, d.Quantile(0.123), name)
	}
}

func TestConstructorsRefuse(t *testing.T) {
	for name, make := range map[string]func() (latency.Dist, error){
		"negative constant":  func() (latency.Dist, error) { return latency.Constant(-1) },
		"NaN constant":       func() (latency.Dist, error) { return latency.Constant(math.NaN()) },
		"p50 zero":           func() (latency.Dist, error) { return latency.LogNormal(0, 5) },
		"p95 below p50":      func() (latency.Dist, error) { return latency.LogNormal(5, 4) },
		"infinite p95":       func() (latency.Dist, error) { return latency.LogNormal(5, math.Inf(1)) },
		"gamma mean zero":    func() (latency.Dist, error) { return latency.Gamma(0, 1) },
		"gamma cv eleven":    func() (latency.Dist, error) { return latency.Gamma(1, 11) },
		"gamma cv negative":  func() (latency.Dist, error) { return latency.Gamma(1, -1) },
		"nothing":            func() (latency.Dist, error) { return latency.Empirical(nil) },
		"negative empirical": func() (latency.Dist, error) { return latency.Empirical([]float64{1, -1}) },
		"p99 below p50":      func() (latency.Dist, error) { return latency.LogNormalP99(5, 4) },
		"one quantile":       func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 1}}, 0, 0) },
		"share of one":       func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 1}, {1, 2}}, 0, 0) },
		"shares that fall":   func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 1}, {0.4, 2}}, 0, 0) },
		"values that fall":   func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 2}, {0.9, 1}}, 0, 0) },
		"value of zero":      func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 0}, {0.9, 1}}, 0, 0) },
		"value of infinity": func() (latency.Dist, error) {
			return latency.Quantiles([]latency.Point{{0.5, 1}, {0.9, math.Inf(1)}}, 0, 0)
		},
		"min above":     func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 1}, {0.9, 2}}, 1.5, 0) },
		"max below":     func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 1}, {0.9, 2}}, 0, 1.5) },
		"negative max":  func() (latency.Dist, error) { return latency.Quantiles([]latency.Point{{0.5, 1}, {0.9, 2}}, 0, -1) },
		"empty mixture": func() (latency.Dist, error) { return latency.Mixture() },
		"crowded mixture": func() (latency.Dist, error) {
			return latency.Mixture(make([]latency.Component, latency.MaxComponents+1)...)
		},
		"part of nothing":  func() (latency.Dist, error) { return latency.Mixture(latency.Component{Weight: 1}) },
		"part of weight 0": func() (latency.Dist, error) { return latency.Mixture(latency.Component{Dist: mixed}) },
		"weight of NaN": func() (latency.Dist, error) {
			return latency.Mixture(latency.Component{Weight: math.NaN(), Dist: mixed})
		},
		"weights beyond all numbers": func() (latency.Dist, error) {
			half := latency.Component{Weight: math.MaxFloat64, Dist: mixed}
			return latency.Mixture(half, half)
		},
	} {
		_, err := make()
		require.Error(t, err, name)
	}
}

func BenchmarkQuantile(b *testing.B) {
	for _, row := range []struct {
		name string
		d    latency.Dist
	}{
		{"log-normal", must(latency.LogNormal(450e6, 1500e6))},
		{"gamma", must(latency.Gamma(800e6, 0.7))},
		{"quantiles", heavyTail},
		{"mixture", mixed},
	} {
		b.Run(row.name, func(b *testing.B) {
			k, i := keyed.NewKey(1, "req-000123", "p/m"), 0
			for b.Loop() {
				row.d.Quantile(keyed.Uniform(k.DrawAt("ttft", i)))
				i++
			}
		})
	}
}

// BenchmarkMake is the cost of a table, paid once per model of a run.
func BenchmarkMake(b *testing.B) {
	for name, make := range map[string]func() (latency.Dist, error){
		"gamma": func() (latency.Dist, error) { return latency.Gamma(800e6, 0.7) },
		"mixture": func() (latency.Dist, error) {
			return latency.Mixture(latency.Component{Weight: 9, Dist: must(latency.LogNormal(400e6, 700e6))},
				latency.Component{Weight: 1, Dist: must(latency.LogNormal(8e9, 20e9))})
		},
		"everything": everything,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = make()
			}
		})
	}
}
