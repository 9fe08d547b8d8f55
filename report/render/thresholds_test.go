package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// What no figure can be is not printed, whatever an interval of few seeds says.
func TestIntervalsEndWhereFiguresDo(t *testing.T) {
	n := func(v float64) *report.Number {
		number := report.Number(v)
		return &number
	}
	tests := []struct {
		name string
		t    report.Threshold // its interval is relative to the bound
		want string
	}{
		{"a share", report.Threshold{Metric: "availability", Unit: "ratio", Bound: n(.9), Low: n(-1.2), High: n(.25)}, "0.00% to 100.00%"},
		{"a score", report.Threshold{Metric: "quality", Unit: "ratio", Bound: n(.9), Low: n(-.1), High: n(.25)}, "0.800 to 1.000"},
		{"no share", report.Threshold{Metric: "retry_amplification", Unit: "ratio", Bound: n(1.5), Low: n(-1.7), High: n(.5)}, "0.000 to 2.000"},
		{"a time", report.Threshold{Metric: "ttft", Unit: "seconds", Bound: n(2), Low: n(-3), High: n(1)}, "0s to 3.00s"},
		{"against another run", report.Threshold{Metric: "availability", Unit: "ratio", Than: "priority", Bound: n(.9), Low: n(-.2), High: n(.2)}, "bound -20.00pp to +20.00pp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.t.Seeds = 5
			require.Contains(t, render.ThresholdLine(&tt.t), ", 95% interval "+tt.want+" over 5 seeds")
			sheet := render.OverSeeds(&report.Result{Policies: []report.PolicyResult{{Policy: "p", Thresholds: []report.Threshold{tt.t}}}})
			require.Equal(t, tt.want, sheet.Rows[0][2])
		})
	}
}
