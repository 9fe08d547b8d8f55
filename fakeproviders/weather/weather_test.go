package weather_test

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/routedrill/routedrill/fakeproviders/weather"
)

const (
	places      = 200_000
	sigma       = 0.4
	correlation = 10 * time.Minute
)

func at(t *testing.T, place int) weather.Weather {
	t.Helper()
	w, err := weather.New(1, "openai", "us-"+strconv.Itoa(place), "gpt-4.1", weather.Config{Sigma: sigma, Correlation: correlation})
	require.NoError(t, err)
	return w
}

// state returns X at an instant, from the factor.
func state(w weather.Weather, t time.Duration) float64 { return math.Log(w.Factor(t)) / sigma }

// requireNormal holds the percentiles of n values against the standard normal
// distribution: the share below a percentile is binomial, its deviation
// sqrt(q(1-q)/n), and four of them are allowed.
func requireNormal(t *testing.T, values []float64) {
	t.Helper()
	slices.Sort(values)
	n := float64(len(values))
	for _, q := range []float64{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999} {
		below, _ := slices.BinarySearch(values, distuv.UnitNormal.Quantile(q))
		require.InDelta(t, q, float64(below)/n, 4*math.Sqrt(q*(1-q)/n), "p%v", 100*q)
	}
}

// moment returns the mean product of two samples of mean 0 and variance 1,
// which is their correlation.
func moment(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum / float64(len(a))
}

// At any instant the factor over places is log-normal with median 1 and the
// deviation asked for. The instants lie anywhere between those of the lattices.
func TestFactorIsLogNormal(t *testing.T) {
	for _, instant := range []time.Duration{-time.Hour, 0, 7 * time.Minute, 1000 * time.Hour} {
		t.Run(instant.String(), func(t *testing.T) {
			values := make([]float64, places)
			for i := range values {
				values[i] = state(at(t, i), instant)
			}
			requireNormal(t, values)
		})
	}
}

// autocorrelation is that of X by the formula of the package, for a lag in
// correlation times, averaged over phases.
func autocorrelation(lag float64) float64 {
	weights := func(s float64) (float64, float64) {
		r := s * s * (3 - 2*s)
		norm := math.Hypot(1-r, r)
		return (1 - r) / norm, r / norm
	}
	sum := 0.0
	for _, o := range []struct{ step, variance float64 }{{0.2, 0.2}, {1, 0.5}, {3, 0.3}} {
		const phases = 1000
		for i := range phases {
			s := (float64(i) + 0.5) / phases
			cell, rest := math.Modf(s + lag/o.step)
			a1, a2 := weights(s)
			b1, b2 := weights(rest)
			switch cell {
			case 0: // the same two draws
				sum += o.variance * (a1*b1 + a2*b2) / phases
			case 1: // one in common
				sum += o.variance * a2 * b1 / phases
			}
		}
	}
	return sum
}

// The correlation of n independent pairs that are normal has the deviation
// sqrt((1+ρ²)/n), at most 0.0032; four of them are allowed.
func TestAutocorrelation(t *testing.T) {
	documented := map[float64]float64{0.1: 0.93, 0.25: 0.76, 0.5: 0.63, 1: 0.36, 1.5: 0.21, 2: 0.16, 3: 0.06, 6: 0}
	first := make([]float64, places)
	for i := range first {
		first[i] = state(at(t, i), time.Hour)
	}
	for lag, want := range documented {
		t.Run(strconv.FormatFloat(lag, 'g', -1, 64), func(t *testing.T) {
			exact := autocorrelation(lag)
			require.InDelta(t, want, exact, 0.0051, "the table of the package")
			require.InDelta(t, math.Exp(-lag), exact, 0.03, "the promise of the package")
			later := make([]float64, places)
			for i := range later {
				later[i] = state(at(t, i), time.Hour+time.Duration(lag*float64(correlation)))
			}
			require.InDelta(t, exact, moment(first, later), 4*math.Sqrt((1+exact*exact)/places))
		})
	}
}

func TestAutocorrelationFollowsTheExponential(t *testing.T) {
	for i := range 700 {
		lag := float64(i) / 100
		require.InDelta(t, math.Exp(-lag), autocorrelation(lag), 0.03, lag)
		require.GreaterOrEqual(t, autocorrelation(lag), 0.0)
	}
}

// One place over a long time has the same median, deviation and
// autocorrelation. Samples 6 correlation times apart are independent, so the
// errors are those of as many draws.
func TestOnePlaceOverTime(t *testing.T) {
	const n = 100_000
	w := at(t, 0)
	values, later := make([]float64, n), make([]float64, n)
	for i := range values {
		// A second more than a multiple of every lattice, so that all phases are seen.
		instant := time.Duration(i) * (6*correlation + time.Second)
		values[i], later[i] = state(w, instant), state(w, instant+correlation)
	}
	rho := autocorrelation(1)
	require.InDelta(t, rho, moment(values, later), 4*math.Sqrt((1+rho*rho)/n))
	requireNormal(t, values)
}

// place is what a weather is keyed by.
type place struct {
	seed                    uint64
	provider, region, model string
}

func (p place) weather(t testing.TB) weather.Weather {
	w, err := weather.New(p.seed, p.provider, p.region, p.model, weather.Config{Sigma: sigma, Correlation: correlation})
	require.NoError(t, err)
	return w
}

// The correlation of n independent pairs has the deviation sqrt(1/n); four of
// them are allowed.
func TestPlacesAreIndependent(t *testing.T) {
	for name, other := range map[string]func(*place){
		"seed":     func(p *place) { p.seed += places },
		"provider": func(p *place) { p.provider = "azure" },
		"region":   func(p *place) { p.region = "eu-west" },
		"model":    func(p *place) { p.model = "gpt-4o" },
		"boundary": func(p *place) { p.provider, p.region = "openaiu", "s-east" },
		"swapped":  func(p *place) { p.provider, p.region = p.region, p.provider },
	} {
		t.Run(name, func(t *testing.T) {
			sum := 0.0
			for i := range places {
				a := place{uint64(i), "openai", "us-east", "gpt-4.1"}
				b := a
				other(&b)
				sum += state(a.weather(t), time.Hour) * state(b.weather(t), time.Hour)
			}
			require.InDelta(t, 0, sum/places, 4/math.Sqrt(places))
		})
	}
}

// Equal places have equal weather, in whatever order it is asked for.
func TestOrderDoesNotMatter(t *testing.T) {
	const n = 2000
	instant := func(i int) time.Duration { return time.Duration(i) * 17 * time.Second }
	forward, backward := make([]float64, n), make([]float64, n)
	a, b := at(t, 3), at(t, 3)
	for i := range n {
		forward[i] = a.Factor(instant(i))
	}
	for i := n - 1; i >= 0; i-- {
		a.Factor(instant(i * 7)) // questions between do not matter either
		backward[i] = b.Factor(instant(i))
	}
	require.Equal(t, forward, backward)
}

// A change here changes every run of every user: it needs a new version.
func TestFactorIsStable(t *testing.T) {
	w := place{7, "openai", "us-east", "gpt-4.1"}.weather(t)
	require.Equal(t, []float64{1.8786559700965881, 1.3476719856262207, 1.5417994260787964}, []float64{w.Factor(0), w.Factor(time.Hour), weather.RequestFactor(7, "req-000123", 0.3)})
}

// Weather turns, it does not jump: not at the instants of a lattice either.
func TestWeatherIsSmooth(t *testing.T) {
	w := at(t, 5)
	before := w.Factor(0)
	for instant := time.Duration(0); instant < 4*time.Hour; instant += time.Second {
		now := w.Factor(instant)
		require.InEpsilon(t, before, now, 0.03, "%s", instant)
		before = now
	}
}

func TestAnyInstantHasWeather(t *testing.T) {
	longest := weather.Config{Sigma: weather.MaxSigma, Correlation: weather.MaxCorrelation}
	shortest := weather.Config{Sigma: weather.MaxSigma, Correlation: weather.MinCorrelation}
	for _, config := range []weather.Config{longest, shortest} {
		w, err := weather.New(1, "", "", "", config)
		require.NoError(t, err)
		for _, instant := range []time.Duration{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64} {
			factor := w.Factor(instant)
			require.Greater(t, factor, 0.0, "%d", instant)
			require.Less(t, factor, 1e8, "%d", instant)
		}
	}
}

func TestNoWeather(t *testing.T) {
	w, err := weather.New(1, "openai", "us-east", "gpt-4.1", weather.Config{})
	require.NoError(t, err)
	require.Equal(t, 1.0, w.Factor(time.Hour))
	require.Equal(t, 1.0, new(weather.Weather).Factor(time.Hour))
	require.Equal(t, 1.0, weather.RequestFactor(1, "req-000001", 0))
	require.Equal(t, 1.0, weather.RequestFactor(1, "req-000001", -1))
	require.Equal(t, 1.0, weather.RequestFactor(1, "req-000001", math.NaN()))
}

func TestConfigRefuses(t *testing.T) {
	for name, c := range map[string]weather.Config{
		"sigma below zero":    {Sigma: -0.1, Correlation: time.Minute},
		"sigma NaN":           {Sigma: math.NaN(), Correlation: time.Minute},
		"sigma too large":     {Sigma: 2.1, Correlation: time.Minute},
		"no correlation":      {Sigma: 0.3},
		"correlation too low": {Sigma: 0.3, Correlation: time.Millisecond},
		"correlation beyond":  {Sigma: 0.3, Correlation: 32 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := weather.New(1, "p", "r", "m", c)
			require.ErrorContains(t, err, "weather: ")
			require.Equal(t, err, c.Validate())
		})
	}
}

// The factor of a request is log-normal over requests, its own in each seed,
// and takes no part in the weather.
func TestRequestFactor(t *testing.T) {
	values, reseeded := make([]float64, places), make([]float64, places)
	for i := range values {
		id := "req-" + strconv.Itoa(i)
		values[i] = math.Log(weather.RequestFactor(1, id, sigma)) / sigma
		reseeded[i] = math.Log(weather.RequestFactor(2, id, sigma)) / sigma
	}
	neighbours := moment(values[1:], values[:places-1])
	require.InDelta(t, 0, neighbours, 4/math.Sqrt(places-1))
	require.InDelta(t, 0, moment(values, reseeded), 4/math.Sqrt(places))
	requireNormal(t, values)
	require.Equal(t, weather.RequestFactor(1, "req-1", 9), weather.RequestFactor(1, "req-1", weather.MaxSigma))
}

func BenchmarkFactor(b *testing.B) {
	w := place{7, "openai", "us-east", "gpt-4.1"}.weather(b)
	instant := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		w.Factor(instant)
		instant += 1234567 * time.Microsecond
	}
}

func BenchmarkRequestFactor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		weather.RequestFactor(7, "req-000123", 0.3)
	}
}
