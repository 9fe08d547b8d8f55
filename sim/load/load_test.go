package load_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

func arrivals(t *testing.T, l *scenarios.Traffic, d time.Duration, seed uint64) []time.Duration {
	t.Helper()
	at, err := load.Arrivals(l, d, seed)
	require.NoError(t, err)
	return at
}

func TestArrivals(t *testing.T) {
	const hour = time.Hour
	tests := []struct {
		name string
		load scenarios.Traffic
		want float64 // expected number
		// share of the arrivals expected in the first half
		firstHalf float64
		exact     bool
	}{
		{name: "constant", load: scenarios.Traffic{Arrivals: "constant", Rate: 2}, want: 7200, firstHalf: 0.5, exact: true},
		{name: "poisson", load: scenarios.Traffic{Arrivals: "poisson", Rate: 5}, want: 18000, firstHalf: 0.5},
		{
			name: "ramp from nothing", load: scenarios.Traffic{Arrivals: "poisson", Stages: []scenarios.Stage{{For: hour, From: 0, To: 10}}},
			want: 18000, firstHalf: 0.25,
		},
		{
			name: "stages", load: scenarios.Traffic{Arrivals: "poisson", Stages: []scenarios.Stage{
				{For: hour / 2, From: 1, To: 1}, {For: hour / 2, From: 9, To: 9},
			}},
			want: 18000, firstHalf: 0.1,
		},
		{
			name: "silent stage", load: scenarios.Traffic{Arrivals: "poisson", Stages: []scenarios.Stage{
				{For: hour / 2, From: 0, To: 0}, {For: hour / 2, From: 4, To: 4},
			}},
			want: 7200, firstHalf: 0,
		},
		{
			name: "spike", load: scenarios.Traffic{Arrivals: "constant", Rate: 1, Spikes: []scenarios.Spike{
				{At: 10 * time.Minute, For: 10 * time.Minute, Factor: 10},
			}},
			want: 3600 + 9*600, firstHalf: (1800.0 + 9*600) / (3600 + 9*600), exact: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := arrivals(t, &tt.load, hour, 1)
			tolerance := 4 * math.Sqrt(tt.want) // four standard deviations of a Poisson count
			if tt.exact {
				tolerance = 1
			}
			require.InDelta(t, tt.want, float64(len(at)), tolerance)
			early := 0
			for i, a := range at {
				require.GreaterOrEqual(t, a, time.Duration(0))
				require.Less(t, a, hour+time.Millisecond)
				if i > 0 {
					require.GreaterOrEqual(t, a-at[i-1], time.Microsecond, "arrival %d", i)
				}
				if a < hour/2 {
					early++
				}
			}
			require.InDelta(t, tt.firstHalf*float64(len(at)), float64(early), 4*math.Sqrt(tt.want))
			require.Equal(t, at, arrivals(t, &tt.load, hour, 1), "same seed, same arrivals")
			if !tt.exact {
				require.NotEqual(t, at, arrivals(t, &tt.load, hour, 2), "another seed, others")
			}
		})
	}
}

// A Poisson process has exponential gaps: their mean equals their standard
// deviation.
func TestPoissonGaps(t *testing.T) {
	at := arrivals(t, &scenarios.Traffic{Arrivals: "poisson", Rate: 20}, time.Hour, 7)
	n := float64(len(at) - 1)
	sum, squares := 0.0, 0.0
	for i := 1; i < len(at); i++ {
		g := (at[i] - at[i-1]).Seconds()
		sum += g
		squares += g * g
	}
	mean := sum / n
	sd := math.Sqrt(squares/n - mean*mean)
	require.InDelta(t, 0.05, mean, 4*0.05/math.Sqrt(n))
	require.InDelta(t, 1, sd/mean, 0.03)
}

func TestRequestID(t *testing.T) {
	for _, seq := range []uint32{0, 7, 123456, 1234567, math.MaxUint32} {
		got, ok := load.ParseRequestID(load.RequestID(seq))
		require.True(t, ok)
		require.Equal(t, seq, got)
	}
	require.Equal(t, "req-000042", load.RequestID(42))
	for _, bad := range []string{"", "req-", "req-x", "other-1", "req--1", "req-99999999999"} {
		_, ok := load.ParseRequestID(bad)
		require.False(t, ok, bad)
	}
}
