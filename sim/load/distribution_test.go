package load_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// Every kind of the language becomes the distribution it names.
func TestDistribution(t *testing.T) {
	humps := []scenarios.Part{
		{Weight: 3, Dist: scenarios.Dist{Kind: scenarios.Constant, Constant: 5}},
		{Weight: 1, Dist: scenarios.Dist{Kind: scenarios.LogNormal, P50: 100, P99: 200}},
	}
	points := []scenarios.Percentile{{Share: 0.1, Value: 5}, {Share: 0.5, Value: 10}, {Share: 0.9, Value: 40}}
	for name, row := range map[string]struct {
		dist    scenarios.Dist
		u, want float64
	}{
		"constant":            {scenarios.Dist{Kind: scenarios.Constant, Constant: 7}, 0.3, 7},
		"log-normal p50":      {scenarios.Dist{Kind: scenarios.LogNormal, P50: 10, P95: 30}, 0.5, 10},
		"log-normal p95":      {scenarios.Dist{Kind: scenarios.LogNormal, P50: 10, P95: 30}, 0.95, 30},
		"log-normal p99":      {scenarios.Dist{Kind: scenarios.LogNormal, P50: 10, P99: 30}, 0.99, 30},
		"quantiles p10":       {scenarios.Dist{Kind: scenarios.Quantiles, Points: points}, 0.1, 5},
		"quantiles p90":       {scenarios.Dist{Kind: scenarios.Quantiles, Points: points}, 0.9, 40},
		"quantiles max":       {scenarios.Dist{Kind: scenarios.Quantiles, Points: points, Max: 60}, 0.99999, 60},
		"quantiles min":       {scenarios.Dist{Kind: scenarios.Quantiles, Points: points, Min: 4}, 0.00001, 4},
		"gamma":               {scenarios.Dist{Kind: scenarios.Gamma, Mean: 10, CV: 1}, 0.5, 6.931}, // 10·ln 2: exponential
		"empirical":           {scenarios.Dist{Kind: scenarios.Empirical, Values: []float64{1, 2, 4, 8}}, 0.6, 4},
		"mixture, first part": {scenarios.Dist{Kind: scenarios.Mixture, Parts: humps}, 0.7, 5},
		"mixture, second":     {scenarios.Dist{Kind: scenarios.Mixture, Parts: humps}, 0.875, 100}, // half of the last quarter
	} {
		t.Run(name, func(t *testing.T) {
			d, err := load.Distribution(row.dist)
			require.NoError(t, err)
			require.InEpsilon(t, row.want, d.Quantile(row.u), 1e-3)
		})
	}
	absent, err := load.Distribution(scenarios.Dist{})
	require.NoError(t, err)
	require.Nil(t, absent)
	_, err = load.Distribution(scenarios.Dist{Kind: "weird"})
	require.ErrorContains(t, err, "weird")
	_, err = load.Distribution(scenarios.Dist{Kind: scenarios.Mixture, Parts: []scenarios.Part{
		humps[0], {Weight: 1, Dist: scenarios.Dist{Kind: scenarios.LogNormal}},
	}})
	require.ErrorContains(t, err, "part 2")
}
