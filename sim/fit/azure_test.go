package fit_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fit"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
	"github.com/routedrill/routedrill/sim/load"
)

var traces = flag.String("traces", "", "folder with the public Azure traces, for TestAzureDispersion")

// TestAzureDispersion fits the public traces and holds the arrivals of the
// fitted worlds against them: the index of dispersion, mean over 100 seeds,
// lies within 20 % at every window.
func TestAzureDispersion(t *testing.T) {
	if *traces == "" {
		t.Skip("needs -traces DIR")
	}
	for _, name := range []string{"AzureLLMInferenceTrace_code.csv", "AzureLLMInferenceTrace_conv.csv"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(*traces, name))
			require.NoError(t, err)
			requireDispersion(t, data, 100, 0.2)
		})
	}
}

// requireDispersion fits a log and plays its world's arrivals for many seeds.
func requireDispersion(t *testing.T, log []byte, seeds uint64, tolerance float64) {
	t.Helper()
	world := fitted(t, log)
	s := loaded(t, world)
	require.NotEmpty(t, world.Load.Windows)
	runs := make([][]time.Duration, seeds)
	total := 0
	for seed := range seeds {
		at, err := load.Arrivals(&s.World.Load, s.Duration, seed+1)
		require.NoError(t, err)
		runs[seed] = at
		total += len(at)
	}
	require.InEpsilon(t, world.Rows, float64(total)/float64(seeds), 0.05, "requests of a run")
	for _, w := range world.Load.Windows {
		mean := 0.0
		for _, at := range runs {
			mean += dispersionOf(at, w.Length, w.N) / float64(seeds)
		}
		t.Logf("over %s: %.4g in the log, %.4g in the world", w.Length, w.Observed, mean)
		require.InEpsilon(t, w.Observed, mean, tolerance, "dispersion over %s", w.Length)
	}
}

func dispersionOf(at []time.Duration, window time.Duration, n int) float64 {
	counts := make([]float64, n)
	sum := 0.0
	for _, a := range at {
		if i := int(a / window); i < n {
			counts[i]++
			sum++
		}
	}
	mean, variance := sum/float64(n), 0.0
	for _, c := range counts {
		variance += (c - mean) * (c - mean) / float64(n-1)
	}
	return variance / mean
}

func fitted(t *testing.T, log []byte) *fit.World {
	t.Helper()
	read, err := requestlog.Read(bytes.NewReader(log), requestlog.Auto)
	require.NoError(t, err)
	world, err := fit.New(read, "fitted")
	require.NoError(t, err)
	return world
}

// loaded writes a world and its scenario and reads them back.
func loaded(t *testing.T, w *fit.World) *scenarios.Scenario {
	t.Helper()
	var world, scenario bytes.Buffer
	require.NoError(t, w.WriteWorld(&world))
	require.NoError(t, w.WriteScenario(&scenario, "./world.yaml"))
	s, err := scenarios.Load("fitted.yaml", scenarios.Options{ReadFile: func(name string) ([]byte, error) {
		if filepath.Base(name) == "world.yaml" {
			return world.Bytes(), nil
		}
		return scenario.Bytes(), nil
	}}, sim.Vocabulary())
	require.NoError(t, err, "%s\n%s", &world, &scenario)
	return s
}

// TestDispersionOfASyntheticTrace is the same on a bursty trace of our own.
func TestDispersionOfASyntheticTrace(t *testing.T) {
	requireDispersion(t, synthetic(t, scenarios.Traffic{
		Arrivals: "poisson", Stages: []scenarios.Stage{{For: 30 * time.Minute, From: 2, To: 6}, {For: 30 * time.Minute, From: 4, To: 4}},
		Burstiness: []scenarios.Burst{{Window: time.Second, Dispersion: 3}, {Window: 10 * time.Second, Dispersion: 14}, {Window: time.Minute, Dispersion: 50}},
	}, time.Hour), 60, 0.2)
}

// TestCalmArrivalsStayPoisson: what is no burstier than Poisson gets no bursts.
func TestCalmArrivalsStayPoisson(t *testing.T) {
	for name, arrivals := range map[string]string{"poisson": "poisson", "constant": "constant"} {
		t.Run(name, func(t *testing.T) {
			world := fitted(t, synthetic(t, scenarios.Traffic{Arrivals: arrivals, Rate: 4}, time.Hour))
			require.Empty(t, world.Load.Burstiness)
			require.Len(t, world.Load.Windows, 3, "and says how bursty it is all the same")
		})
	}
}

// synthetic writes arrivals as a trace in the format of the Azure traces.
func synthetic(t *testing.T, l scenarios.Traffic, d time.Duration) []byte {
	t.Helper()
	at, err := load.Arrivals(&l, d, 3)
	require.NoError(t, err)
	var b bytes.Buffer
	b.WriteString("TIMESTAMP,ContextTokens,GeneratedTokens\n")
	zero := time.Date(2023, 11, 16, 18, 15, 46, 0, time.UTC)
	for i, a := range at {
		fmt.Fprintf(&b, "%s,%d,%d\n", zero.Add(a).Format("2006-01-02 15:04:05.0000000"), 100+i%700, 10+i%90)
	}
	return b.Bytes()
}
