package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
)

func TestDiffWords(t *testing.T) {
	n := func(v float64) *report.Number {
		number := report.Number(v)
		return &number
	}
	tests := []struct {
		name string
		row  gate.Row
		want []string // base, head, change, interval
	}{
		{"points", gate.Row{Unit: "ratio", HigherIsBetter: true, Base: n(.9995), Head: n(.999), Difference: n(-.0005), Low: n(-.00061), High: n(.00001)},
			[]string{"99.95%", "99.90%", "-0.050pp", "-0.061 to +0.001"}},
		{"many points", gate.Row{Unit: "ratio", HigherIsBetter: true, Base: n(1), Head: n(0), Difference: n(-1), Low: n(-1), High: n(-.123456)},
			[]string{"100.00%", "0.00%", "-100.0pp", "-100.0 to -12.35"}},
		{"more points than there are", gate.Row{Unit: "ratio", HigherIsBetter: true, Base: n(.5), Head: n(.4), Difference: n(-.1), Low: n(-1.6), High: n(1.4)},
			[]string{"50.00%", "40.00%", "-10.00pp", "-100.0 to +100.0"}},
		{"relative", gate.Row{Unit: "seconds", Relative: true, Base: n(1.5), Head: n(3), Difference: n(1), Low: n(-.001), High: n(.12345)},
			[]string{"1.50s", "3.00s", "+100%", "-0.10 to +12.3"}},
		{"seconds", gate.Row{Unit: "seconds", Base: n(1.5), Head: n(1.45), Difference: n(-.05), Low: n(-.1), High: n(0)},
			[]string{"1.50s", "1.45s", "-0.050s", "-0.100 to 0.000"}},
		{"dollars", gate.Row{Unit: "usd", Base: n(3.5), Head: n(3.6), Difference: n(.1), Low: n(.05), High: n(12.5)},
			[]string{"$3.500", "$3.600", "+0.1000", "+0.0500 to +12.500"}},
		{"a factor", gate.Row{Unit: "ratio", Base: n(1), Head: n(1.25), Difference: n(.25), Low: n(-1e-9), High: n(.5)},
			[]string{"1.000", "1.250", "+0.250", "0.000 to +0.500"}},
		{"nothing", gate.Row{Unit: "ratio"}, []string{"-", "-", "-", "-"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.row.Gated = true
			got := render.DiffGated(&gate.Scenario{Rows: []gate.Row{tt.row}}).Rows[0]
			require.Equal(t, tt.want, got[1:5])
		})
	}
}

func TestDiffVerdictIsBounded(t *testing.T) {
	r := &gate.Result{Verdict: gate.Worse}
	for range 100 {
		r.Reasons = append(r.Reasons, "a reason")
	}
	lines := render.DiffVerdict(r)
	require.Len(t, lines, 22)
	require.Equal(t, "  and 80 more", lines[21])
}
