package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

func TestHeadingNamesManyTargetsByProvider(t *testing.T) {
	lines := render.Heading(&report.Result{Scenario: "s", Clock: "virtual", Faults: []report.FaultInfo{
		{ID: "a", Kind: "hang", End: report.Seconds(60e9), Targets: []string{"p/1", "p/2", "p/3", "p/4", "q/1", "r/1", "r/2"}},
		{ID: "b", Kind: "hang", End: report.Seconds(60e9), Every: report.Seconds(3600e9), Scope: "rate 0.95, task chat"},
	}})
	require.Contains(t, lines, "fault a: hang from 0s to 1m00s at p (4 models), q/1, r/1, r/2")
	require.Contains(t, lines, "fault b: hang (rate 0.95, task chat) from 0s to 1m00s, again every 1h00m00s, at no target")
}
