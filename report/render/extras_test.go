package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

func TestComparisonsOfTheCellsThatHadAny(t *testing.T) {
	r := &report.Result{Cells: []report.Cell{{Policy: "plain"}, {Policy: "compared", Comparisons: &report.Comparisons{N: 900, Served: 0.5, Shadow: 0.8125}}}}
	require.Equal(t, [][]string{{"compared", "900", "0.500", "0.812"}}, render.Comparisons(r).Rows)
}

func TestShadowsOfTheCellsThatHadAny(t *testing.T) {
	p50, p95 := report.Millis(4e8), report.Millis(9e8)
	r := &report.Result{Cells: []report.Cell{
		{Policy: "plain"},
		{Policy: "shadowed", Shadows: &report.Extras{Sent: 1200, Valid: 1100, Cost: 0.25, Latency: &report.Distribution{N: 1100, P50: &p50, P95: &p95}}},
		{Policy: "all failed", Shadows: &report.Extras{Sent: 2}},
	}}
	rows := render.Shadows(r).Rows
	require.Len(t, rows, 2)
	require.Equal(t, []string{"shadowed", render.Count(1200), render.Count(1100)}, rows[0][:3])
	require.Equal(t, "$0.2500", rows[0][5])
	require.NotEqual(t, rows[0][3], rows[0][4])
	require.Equal(t, []string{"all failed", "2", "0"}, rows[1][:3])
}
