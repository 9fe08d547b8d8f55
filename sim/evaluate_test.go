package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// TestComparisonsFindARegression: no status says that the best model has become
// worse. Who has answers compared leaves it after a while, and comes back once it
// is good again; who has not stays.
func TestComparisonsFindARegression(t *testing.T) {
	s, err := scenarios.Load("quality-regression", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	policies, err := sim.Policies(s, []string{"quality-first", "quality-first-compared"}, nil)
	require.NoError(t, err)
	drill := func() (*record.Run, string) {
		run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}})
		require.NoError(t, err)
		var log strings.Builder
		require.NoError(t, record.WriteLog(&log, run))
		return run, log.String()
	}
	run, log := drill()
	_, again := drill()
	require.Equal(t, log, again)
	for i := range run.Cells {
		requireInvariants(t, &run.Cells[i])
	}
	r := report.Compute(run, nil)
	trusting, compared := &r.Cells[0], &r.Cells[1]
	t.Logf("quality in the regression: %.3f, compared %.3f", *trusting.Phases[1].Quality, *compared.Phases[1].Quality)
	require.Equal(t, "worse", compared.Phases[1].Name)
	require.InDelta(t, 0.44, float64(*trusting.Phases[1].Quality), 0.01, "it stays")
	require.Greater(t, float64(*compared.Phases[1].Quality), 0.75, "it leaves")
	for _, phase := range []int{0, 3} {
		require.InDelta(t, 0.88, float64(*compared.Phases[phase].Quality), 0.01, "%s: where it is the best, it serves", compared.Phases[phase].Name)
	}

	c := &run.Cells[1]
	require.Greater(t, len(c.Comparisons), 300)
	require.Equal(t, len(c.Comparisons), compared.Comparisons.N)
	require.Empty(t, run.Cells[0].Comparisons)
	off, worse := 0.0, 0
	for _, x := range c.Comparisons {
		require.Equal(t, [2]string{"openai/gpt-5.5", "openai/gpt-4.1"}, [2]string{c.TargetName(x.Served), c.TargetName(x.Shadow)})
		truth := 0.88
		if x.ServedScore < 0.7 {
			truth, worse = 0.44, worse+1
		}
		require.InDelta(t, truth, x.ServedScore, 0.15)
		require.InDelta(t, 0.80, x.ShadowScore, 0.15)
		off += x.ShadowScore - 0.80
	}
	require.Greater(t, worse, 20)
	require.InDelta(t, 0, off/float64(len(c.Comparisons)), 0.01, "right on average")
}
