package scenarios_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

// Levels and dispersions are two ways to say the same.
func TestBurstLevelsInvertDispersions(t *testing.T) {
	tests := map[string][]scenarios.BurstLevel{
		"none":   nil,
		"one":    {{Window: time.Second, CV: 0.5}},
		"two":    {{Window: time.Second, CV: 0.5}, {Window: 7 * time.Second, CV: 2}},
		"calm":   {{Window: time.Second, CV: 0}, {Window: time.Minute, CV: 0.2}},
		"four":   {{Window: 100 * time.Millisecond, CV: 0.1}, {Window: time.Second, CV: 1}, {Window: 10 * time.Second, CV: 0}, {Window: time.Hour, CV: 3}},
		"higher": {{Window: time.Second, CV: 9}, {Window: time.Minute, CV: 9}},
	}
	for name, levels := range tests {
		t.Run(name, func(t *testing.T) {
			l := scenarios.Traffic{Stages: []scenarios.Stage{
				{For: time.Hour, From: 0, To: 6}, {For: time.Hour, From: 2, To: 2},
			}}
			// The mean rate a request meets: (12 + 4) ÷ (3 + 2).
			l.Burstiness = scenarios.Dispersions(levels, 3.2)
			got, err := l.BurstLevels(2 * time.Hour)
			require.NoError(t, err)
			require.Len(t, got, len(levels))
			for i := range levels {
				require.Equal(t, levels[i].Window, got[i].Window)
				require.InDelta(t, levels[i].CV, got[i].CV, 1e-6)
			}
		})
	}
}

func TestBurstLevelsRefuseTheImpossible(t *testing.T) {
	l := scenarios.Traffic{Rate: 5, Burstiness: []scenarios.Burst{{Window: time.Second, Dispersion: 6}, {Window: time.Minute, Dispersion: 1}}}
	_, err := l.BurstLevels(time.Hour)
	require.ErrorContains(t, err, "burstiness[1]")
}

// The swings stay when the windows get shorter.
func TestCompressedBursts(t *testing.T) {
	l := scenarios.Traffic{Rate: 5, Burstiness: []scenarios.Burst{{Window: time.Second, Dispersion: 6}, {Window: time.Minute, Dispersion: 40}}}
	want, err := l.BurstLevels(time.Hour)
	require.NoError(t, err)
	l.Burstiness = scenarios.Compressed(l.Burstiness, 10)
	got, err := l.BurstLevels(6 * time.Minute)
	require.NoError(t, err)
	for i := range want {
		require.Equal(t, want[i].Window/10, got[i].Window)
		require.InDelta(t, want[i].CV, got[i].CV, 1e-6)
	}
}

func ExampleDispersions() {
	l := scenarios.Traffic{Rate: 5, Burstiness: []scenarios.Burst{{Window: time.Second, Dispersion: 6}}}
	levels, err := l.BurstLevels(time.Hour)
	fmt.Println(levels, err)
	fmt.Println(scenarios.Dispersions(levels, 5))
	// Output:
	// [{1s 1}] <nil>
	// [{1s 6}]
}
