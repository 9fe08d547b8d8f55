package load_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

// dispersion is the index of dispersion of the counts in windows of a length,
// of several runs together.
func dispersion(runs [][]time.Duration, d, window time.Duration) float64 {
	n, sum, squares := 0.0, 0.0, 0.0
	for _, at := range runs {
		counts := make([]float64, d/window)
		for _, t := range at {
			if i := int(t / window); i < len(counts) {
				counts[i]++
			}
		}
		for _, c := range counts {
			n++
			sum += c
			squares += c * c
		}
	}
	mean := sum / n
	return (squares/n - mean*mean) / mean
}

// Arrivals have the dispersion the load asks for, at every window.
func TestBurstiness(t *testing.T) {
	tests := []struct {
		name   string
		rate   float64
		bursts []scenarios.Burst
	}{
		{"poisson", 5, []scenarios.Burst{{Window: time.Second, Dispersion: 1}}},
		{"one window", 5, []scenarios.Burst{{Window: 10 * time.Second, Dispersion: 8}}},
		{"seconds, tens, minutes", 5, []scenarios.Burst{
			{Window: time.Second, Dispersion: 1.5}, {Window: 10 * time.Second, Dispersion: 4}, {Window: time.Minute, Dispersion: 15},
		}},
		{"wild", 2.5, []scenarios.Burst{
			{Window: time.Second, Dispersion: 13}, {Window: 10 * time.Second, Dispersion: 70}, {Window: time.Minute, Dispersion: 160},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const d = 4 * time.Hour
			l := scenarios.Traffic{Arrivals: "poisson", Rate: tt.rate, Burstiness: tt.bursts}
			var runs [][]time.Duration
			total := 0
			for seed := range uint64(20) {
				at := arrivals(t, &l, d, seed)
				runs = append(runs, at)
				total += len(at)
				for i := 1; i < len(at); i++ {
					if at[i]-at[i-1] < time.Microsecond {
						t.Fatalf("arrivals %d and %d are closer than 1µs", i-1, i)
					}
				}
			}
			for _, b := range tt.bursts {
				got := dispersion(runs, d, b.Window)
				require.InEpsilon(t, b.Dispersion, got, 0.1, "%s: %g", b.Window, got)
			}
			require.InEpsilon(t, 20*tt.rate*d.Seconds(), float64(total), 0.05, "the rate stays")
		})
	}
}

// A burst does not reach beyond the stages, and follows their rate.
func TestBurstsFollowStages(t *testing.T) {
	l := scenarios.Traffic{
		Arrivals: "poisson",
		Stages: []scenarios.Stage{
			{For: 90 * time.Second}, {For: time.Hour, From: 0, To: 20}, {For: 30 * time.Second, From: 1, To: 1},
		},
		Burstiness: []scenarios.Burst{{Window: time.Minute, Dispersion: 60}},
	}
	d := time.Hour + 2*time.Minute
	n, late := 0, 0
	for seed := range uint64(40) {
		for _, at := range arrivals(t, &l, d, seed) {
			if at < 90*time.Second || at > d+time.Millisecond {
				t.Fatalf("an arrival at %s", at)
			}
			n++
			if at > 90*time.Second+30*time.Minute {
				late++
			}
		}
	}
	require.InEpsilon(t, 40*36030, n, 0.05)
	require.InDelta(t, 0.75, float64(late)/float64(n), 0.03, "a ramp from zero has three quarters in its second half")
}
