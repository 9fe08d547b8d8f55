package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func TestLoadDistributions(t *testing.T) {
	s := load(t, "testdata/good-v1-distributions.yaml")
	first, second := s.World.Providers[0].Models[0], s.World.Providers[0].Models[1]
	require.Equal(t, scenarios.Dist{
		Kind: scenarios.Quantiles, Min: 90e6, Max: 30e9, Points: []scenarios.Percentile{
			{0.01, 100e6}, {0.05, 120e6}, {0.1, 140e6}, {0.25, 200e6}, {0.5, 400e6}, {0.75, 600e6}, {0.9, 900e6},
			{0.95, 1400e6}, {0.99, 3200e6}, {0.999, 9e9}, {0.9999, 20e9},
		},
	}, first.TTFT)
	require.Equal(t, scenarios.Dist{Kind: scenarios.LogNormal, P50: 20e6, P99: 90e6}, first.ITL)
	require.Equal(t, scenarios.Dist{Kind: scenarios.Mixture, Parts: []scenarios.Part{
		{0.9, scenarios.Dist{Kind: scenarios.LogNormal, P50: 400e6, P95: 700e6}},
		{0.1, scenarios.Dist{Kind: scenarios.Constant, Constant: 5e9}},
	}}, second.TTFT)
	require.Equal(t, scenarios.Dist{
		Kind: scenarios.Quantiles, Points: []scenarios.Percentile{{0.1, 10e6}, {0.9, 30e6}},
	}, second.ITL)

	task := s.World.Tasks[0]
	require.Equal(t, scenarios.Dist{
		Kind: scenarios.Quantiles, Max: 100_000, Points: []scenarios.Percentile{{0.5, 600}, {0.95, 3000}},
	}, task.PromptTokens)
	require.Equal(t, scenarios.Dist{Kind: scenarios.Mixture, Parts: []scenarios.Part{
		{3, scenarios.Dist{Kind: scenarios.Quantiles, Points: []scenarios.Percentile{{0.5, 20}, {0.9, 40}, {0.99, 100}}}},
		{1, scenarios.Dist{Kind: scenarios.Gamma, Mean: 800, CV: 0.4}},
		{1, scenarios.Dist{Kind: scenarios.Empirical, Values: []float64{1000, 2000, 4000}}},
	}}, task.OutputTokens)
}

// A percentile more turns a log-normal distribution into quantiles; a key of
// its own stands in quotes.
func TestSetAddsAPercentile(t *testing.T) {
	s, err := scenarios.Load("testdata/good-v1-distributions.yaml", scenarios.Options{
		ReadFile: readFile,
		Set: []string{
			"world.providers.one.models.m.itl.p90=40ms",
			`tasks.t.prompt_tokens."p99.9"=9k`,
		},
	}, words())
	require.NoError(t, err)
	require.Equal(t, scenarios.Dist{
		Kind: scenarios.Quantiles, Points: []scenarios.Percentile{{0.5, 20e6}, {0.9, 40e6}, {0.99, 90e6}},
	}, s.World.Providers[0].Models[0].ITL)
	require.Equal(t, scenarios.Percentile{0.999, 9000}, s.World.Tasks[0].PromptTokens.Points[2])
}
