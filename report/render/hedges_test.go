package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

func TestHedgesOfTheCellsThatHadAny(t *testing.T) {
	r := &report.Result{Cells: []report.Cell{
		{Policy: "plain"},
		{
			Policy: "hedged", Hedges: &report.Hedges{Made: 1200, Won: 30, Wasted: 0.25},
			Endings: []report.Ending{{Target: "a/m", Reason: "hedge_lost", Attempts: 3}, {Target: "a/m", Reason: "server_error", Attempts: 2}},
		},
	}}
	require.Equal(t, [][]string{{"hedged", render.Count(1200), "30", "$0.2500"}}, render.Hedges(r).Rows)
	require.Equal(t, [][]string{{"hedged", "a/m", "server_error", "2"}}, render.Failures(r).Rows, "to lose is not to fail")
}
