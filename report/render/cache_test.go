package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

func TestCacheOfThePhasesInWhichItWasAsked(t *testing.T) {
	use := func(hits, stale int) *report.Traffic {
		return &report.Traffic{Cache: &report.CacheUse{Lookups: 1000, Hits: hits, Stale: stale, HitRatio: report.Ratio(hits) / 1000, Availability: 0.9}}
	}
	r := &report.Result{Cells: []report.Cell{
		{Policy: "plain", Part: report.Part{Traffic: &report.Traffic{}}},
		{Policy: "cached", WarmUps: &report.WarmUps{Sent: 7, Cost: 0.5}, Part: report.Part{Traffic: use(800, 5)}, Phases: report.Parts{
			{Name: "before", Traffic: &report.Traffic{}},
			{Name: "outage", Traffic: use(900, 5)},
		}},
	}}
	require.Equal(t, [][]string{
		{"cached", "all", "80.00%", render.Count(1000), "5", "90.00%", "7", "$0.5000"},
		{"cached", "outage", "90.00%", render.Count(1000), "5", "90.00%", "", ""},
	}, render.Cache(r).Rows)
}
