package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render"
)

func TestSummary(t *testing.T) {
	run := synthetic.Run()
	list := report.Compute(run, synthetic.Invariants(run, false)).Summaries()
	seeds := report.Compute(synthetic.Seeds(), nil)
	seeds.Scenario, seeds.Verdict = "another", report.Inconclusive
	list = append(list, seeds.Summaries()...)
	sheet := render.Summary(list)
	require.Equal(t, "Summary: 1 failed, 1 inconclusive", sheet.Title)
	lowest := 1.0
	for _, c := range seeds.Cells {
		if c.Policy == seeds.Cells[0].Policy {
			lowest = min(lowest, float64(*c.Availability))
		}
	}
	require.Greater(t, len(sheet.Rows), 3)
	require.Equal(t, []string{"two-outages", "round-robin", "1", "98.00%", "failed"}, sheet.Rows[2])
	share := report.Ratio(lowest)
	require.Equal(t, []string{"another", seeds.Cells[0].Policy, "2", render.Share(&share), string(seeds.Cells[0].Verdict) + ", run inconclusive"}, sheet.Rows[3])
}
