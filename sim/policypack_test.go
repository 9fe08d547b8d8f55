package sim_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// TestPolicyPack runs the drills that compare policies: every fault hits
// something, the invariants hold and the thresholds pass. Without -incidents it
// is two of them.
func TestPolicyPack(t *testing.T) {
	usual := []string{"regional-outage", "quota-squeeze-at-peak"}
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
		})
	}
	require.GreaterOrEqual(t, n, 7)
}
