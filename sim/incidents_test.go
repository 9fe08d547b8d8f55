package sim_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

var allIncidents = flag.Bool("incidents", false, "run every incident of the library, not only the shorter ones")

// TestLibraryIncidents runs the real outages of the library: every fault hits
// something, the invariants hold, single-provider alone would not do, and what
// is judged passes.
func TestLibraryIncidents(t *testing.T) {
	const short = 90 * time.Minute
	n := 0
	for _, sum := range scenarios.List() {
		if sum.Group != "incidents" {
			continue
		}
		n++
		if sum.Duration > short && !*allIncidents {
			continue
		}
		t.Run(sum.Name, func(t *testing.T) {
			t.Parallel()
			s, err := scenarios.Load(sum.Name, scenarios.Options{}, sim.Vocabulary())
			require.NoError(t, err)
			run := runScenario(t, s, "")
			for i := range run.Cells {
				requireInvariants(t, &run.Cells[i])
			}
			res := report.Compute(run, nil)
			require.Equal(t, report.Pass, res.Verdict, "%v", res.Reasons)
			single := res.Cells[0]
			require.Equal(t, "single-provider", single.Policy)
			if sum.Name == "anthropic-2025-08-quality" {
				return // nothing fails there: what it costs is the quality of the answers
			}
			for _, c := range res.Cells[1:] {
				require.Greater(t, *c.Availability, *single.Availability, c.Policy)
			}
			require.Less(t, *single.Availability, 0.999)
		})
	}
	require.GreaterOrEqual(t, n, 15)
}

// TestIncidentsRunInAnyWorld loads every incident into a world that names
// neither the vendors nor the models of the library's.
func TestIncidentsRunInAnyWorld(t *testing.T) {
	for _, sum := range scenarios.List() {
		if sum.Group != "incidents" {
			continue
		}
		t.Run(sum.Name, func(t *testing.T) {
			_, err := scenarios.Load(sum.Name, scenarios.Options{World: "testdata/another-world.yaml", ReadFile: os.ReadFile}, sim.Vocabulary())
			require.NoError(t, err)
		})
	}
}

// TestPatterns runs the ways in which systems of this kind fail: every fault hits
// something, the invariants hold, what is judged passes and single-provider alone
// does worse.
func TestPatterns(t *testing.T) {
	var names []string
	for _, sum := range scenarios.List() {
		if sum.Group != "patterns" {
			continue
		}
		names = append(names, sum.Name)
		t.Run(sum.Name, func(t *testing.T) {
			t.Parallel()
			s, err := scenarios.Load(sum.Name, scenarios.Options{}, sim.Vocabulary())
			require.NoError(t, err)
			run := runScenario(t, s, "")
			for i := range run.Cells {
				requireInvariants(t, &run.Cells[i])
			}
			res := report.Compute(run, nil)
			require.Equal(t, report.Pass, res.Verdict, "%v", res.Reasons)
			single, priority := &res.Cells[0], &res.Cells[1]
			require.Equal(t, "single-provider", single.Policy)
			require.Equal(t, "priority", priority.Policy)
			require.True(t, priority.Gated)
			if sum.Name == "everything-down" {
				for _, c := range res.Cells {
					require.Less(t, *c.Phases.Get("nothing").Availability, report.Ratio(0.1), "%s: nobody can help", c.Policy)
				}
				return
			}
			require.Greater(t, *priority.Availability, *single.Availability+0.03)
			run.Cells[0].Gated = true
			require.Equal(t, report.Failed, report.Compute(run, nil).Cells[0].Verdict, "judged, single-provider would not pass")
		})
	}
	require.Equal(t, []string{
		"everything-down", "failback-herd", "grey-failure", "metastable-overload", "overloaded-secondary", "quota-exhaustion", "retry-storm", "slow-drip",
	}, names)
}

// TestWallPack runs the drills for gateways in virtual time: every fault hits
// something, the invariants hold, and our own policies pass.
func TestWallPack(t *testing.T) {
	n := 0
	for _, sum := range scenarios.List() {
		if sum.Group != "wall" {
			continue
		}
		n++
		t.Run(sum.Name, func(t *testing.T) {
			t.Parallel()
			require.GreaterOrEqual(t, sum.Duration, 3*time.Minute)
			require.LessOrEqual(t, sum.Duration, 5*time.Minute)
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
	require.Equal(t, 5, n)
}
