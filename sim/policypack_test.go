package sim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// TestPolicyPack runs the drills that compare policies: every fault hits
// something, the invariants hold and the thresholds pass. Without -incidents it
// is two of them, one that falls short.
func TestPolicyPack(t *testing.T) {
	usual := []string{"regional-outage", "correlated-outage"}
	n := 0
	for _, sum := range scenarios.List() {
		if sum.Group != "policies" {
			continue
		}
		n++
		if !*allIncidents && !slices.Contains(usual, sum.Name) {
			continue
		}
		t.Run(sum.Name, func(t *testing.T) {
			s, err := scenarios.Load(sum.Name, scenarios.Options{}, sim.Vocabulary())
			require.NoError(t, err)
			run := runScenario(t, s, "")
			for i := range run.Cells {
				requireInvariants(t, &run.Cells[i])
			}
			res := report.Compute(run, nil)
			require.Equal(t, report.Pass, res.Verdict, "%v", res.Reasons)
			for i := range res.Cells {
				requireShortfallTold(t, &res.Cells[i])
			}
		})
	}
	require.GreaterOrEqual(t, n, 7)
}

// requireShortfallTold: a policy that is judged keeps 99.9 % outside the first 30 s
// of each fault, or the report has a cause for every request that failed.
func requireShortfallTold(t *testing.T, c *report.Cell) {
	t.Helper()
	for _, th := range c.Thresholds {
		if strings.HasPrefix(th.Source, "availability{settle:30s}") {
			require.Equal(t, float64(*th.Measured) >= 0.999, c.Shortfall == nil, "%s: %v", c.Policy, *th.Measured)
		}
	}
	if c.Shortfall == nil {
		return
	}
	failed, told := 0, 0
	for outcome, n := range c.Outcomes {
		if outcome != record.OK.String() {
			failed += n
		}
	}
	for _, cause := range c.Shortfall.Causes {
		told += cause.Requests + cause.Early
	}
	require.Equal(t, failed, told, c.Policy)
}
