package gate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	_ "github.com/routedrill/routedrill/report/internal/golden" // takes -update
)

func figure(v float64) report.Measured { return report.Measured{Value: v, N: 100, OK: true} }

// test makes the data of one row from the two figures of each seed.
func test(m gate.Metric, pairs ...[2]float64) gate.Test {
	t := gate.Test{Scenario: "s", Metric: m}
	for i, p := range pairs {
		t.Samples = append(t.Samples, gate.Sample{Seed: uint64(i + 1), Base: figure(p[0]), Head: figure(p[1])})
	}
	return t
}

var (
	avail = gate.Metric{Name: "availability", Metric: "availability", Gated: true, Tolerance: 0.0005, Text: "0.05pp"}
	ttft  = gate.Metric{Name: "ttft_p95", Metric: "ttft", Agg: "p95", Gated: true, Tolerance: 0.05, Relative: true, Text: "5%"}
)

func TestVerdictOfARow(t *testing.T) {
	tests := []struct {
		name    string
		test    gate.Test
		verdict gate.Verdict
		better  bool
		reason  string // a part of it
	}{
		{"the same", test(avail, [2]float64{1, 1}, [2]float64{.9, .9}, [2]float64{1, 1}, [2]float64{1, 1}, [2]float64{1, 1}), gate.NonInferior, false, ""},
		{"a gain", test(avail, [2]float64{.9, .99}, [2]float64{.91, .99}, [2]float64{.9, .991}, [2]float64{.9, .992}, [2]float64{.9, .99}), gate.NonInferior, true, ""},
		{"a loss", test(avail, [2]float64{.99, .9}, [2]float64{.99, .91}, [2]float64{.991, .9}, [2]float64{.992, .9}, [2]float64{.99, .9}), gate.Worse, false, ""},
		{"a loss within the tolerance", test(avail, [2]float64{.9999, .9997}, [2]float64{.9999, .9996}, [2]float64{.9998, .9996}, [2]float64{.9999, .9997}, [2]float64{.9999, .9997}), gate.NonInferior, false, ""},
		{"the tolerance itself is allowed", test(avail, [2]float64{.9995, .9990}, [2]float64{.9995, .9990}, [2]float64{.9995, .9990}, [2]float64{.9995, .9990}, [2]float64{.9995, .9990}), gate.NonInferior, false, ""},
		{"scattered", test(avail, [2]float64{.99, .9}, [2]float64{.9, .99}, [2]float64{.99, .9}, [2]float64{.9, .99}, [2]float64{.9, .9}), gate.Inconclusive, false, "beyond the tolerance"},
		{"slower by a constant third", test(ttft, [2]float64{3, 4}, [2]float64{3, 4}, [2]float64{3, 4}, [2]float64{3, 4}, [2]float64{6, 8}), gate.Worse, false, ""},
		{"faster", test(ttft, [2]float64{2, 1}, [2]float64{2, 1.1}, [2]float64{2, 1.1}, [2]float64{2.1, 1}, [2]float64{2, 1}), gate.NonInferior, true, ""},
		{"equal differences of too few seeds", test(avail, [2]float64{1, 1}, [2]float64{1, 1}, [2]float64{1, 1}, [2]float64{1, 1}), gate.Inconclusive, false, "4 equal differences"},
		{"one seed", test(avail, [2]float64{1, .5}), gate.Inconclusive, false, "needs 2 seeds"},
		{"no seed", test(avail), gate.Inconclusive, false, "needs 2 seeds"},
		{"a base of zero", test(ttft, [2]float64{0, 1}, [2]float64{1, 1}), gate.Inconclusive, false, "seed 1: a figure of zero"},
		{"both zero", test(ttft, [2]float64{0, 0}, [2]float64{0, 0}, [2]float64{0, 0}, [2]float64{0, 0}, [2]float64{0, 0}), gate.NonInferior, false, ""},
		{"twice as much and half as much cancel", test(ttft, [2]float64{1, 2}, [2]float64{2, 1}, [2]float64{1, 1.02}, [2]float64{1.02, 1}, [2]float64{1, 1}), gate.Inconclusive, false, "beyond the tolerance"},
		{"no samples under HEAD", gate.Test{Metric: ttft, Samples: []gate.Sample{{Seed: 3, Base: figure(1)}}}, gate.Inconclusive, false, "seed 3: too few samples under HEAD"},
		{"no samples under BASE", gate.Test{Metric: ttft, Samples: []gate.Sample{{Seed: 3, Head: figure(1)}}}, gate.Inconclusive, false, "seed 3: too few samples under BASE"},
		{"no samples at all", gate.Test{Metric: ttft, Samples: []gate.Sample{{Seed: 3}}}, gate.Inconclusive, false, "under both"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row := gate.Judge([]gate.Test{tt.test}, 1)[0]
			require.Equal(t, tt.verdict, row.Verdict, "%+v", row)
			require.Equal(t, tt.better, row.Better)
			require.Contains(t, row.Reason, tt.reason)
			if tt.reason == "" {
				require.Empty(t, row.Reason)
			}
		})
	}
}

// With one row and one look, worse is exactly the interval lying beyond the
// tolerance; with more of either it takes more.
func TestCorrection(t *testing.T) {
	near := test(avail, [2]float64{.99, .985}, [2]float64{.99, .98}, [2]float64{.99, .976}, [2]float64{.99, .984}, [2]float64{.99, .989})
	row := gate.Judge([]gate.Test{near}, 1)[0]
	require.Equal(t, gate.Worse, row.Verdict, "%+v", row)
	require.Less(t, float64(*row.High), -0.0005)

	require.Equal(t, gate.Inconclusive, gate.Judge([]gate.Test{near}, 10)[0].Verdict, "ten looks")
	family := []gate.Test{near}
	for range 20 {
		family = append(family, test(avail, [2]float64{1, .9}, [2]float64{.9, 1}))
	}
	row = gate.Judge(family, 1)[0]
	require.Equal(t, gate.Inconclusive, row.Verdict, "one of 21 rows")
	require.Less(t, float64(*row.High), -0.0005, "the interval alone says worse")
	require.Regexp(t, `^beyond the tolerance by itself, but not after the correction for all 21 gated rows: p 0\.\d+ of at most 0\.025$`, row.Reason)
	require.Equal(t, "the interval reaches beyond the tolerance", gate.Judge(family, 1)[1].Reason)
	for i := range family[1:] {
		family[i+1].Metric.Gated = false
	}
	rows := gate.Judge(family, 1)
	require.Equal(t, gate.Worse, rows[0].Verdict, "informational rows cost nothing")
	require.Empty(t, rows[1].Verdict)
}

// What nobody can see decides nothing, and costs the other rows nothing.
func TestNotVisible(t *testing.T) {
	unseen := gate.Test{Scenario: "s", Metric: ttft, Samples: []gate.Sample{{Seed: 1, Base: report.Measured{Hidden: true}, Head: report.Measured{Hidden: true}}}}
	near := test(avail, [2]float64{.99, .985}, [2]float64{.99, .98}, [2]float64{.99, .976}, [2]float64{.99, .984}, [2]float64{.99, .989})
	tests := []gate.Test{near}
	for range 20 {
		tests = append(tests, unseen)
	}
	rows := gate.Judge(tests, 1)
	require.Equal(t, gate.Worse, rows[0].Verdict, "the others are no rows of the family")
	require.True(t, rows[1].NotVisible)
	require.Empty(t, rows[1].Verdict)
	require.Nil(t, rows[1].PWorse)
	r := gate.Result{Scenarios: []gate.Scenario{{Name: "s", Rows: rows[1:2]}}}
	r.Conclude()
	require.Equal(t, gate.Inconclusive, r.Verdict)
	require.Equal(t, []string{"s: no metric is gated"}, r.Reasons)
	require.Equal(t, []string{"s: the gate's ttft_p95 cannot be seen from outside the gateways, and is skipped"}, r.Findings)
}

func TestWorstSeed(t *testing.T) {
	row := gate.Judge([]gate.Test{test(avail, [2]float64{1, .999}, [2]float64{1, .5}, [2]float64{1, 1})}, 1)[0]
	require.Equal(t, uint64(2), row.Worst.Seed)
	require.InDelta(t, -0.5, float64(row.Worst.Difference), 1e-9)
	row = gate.Judge([]gate.Test{test(ttft, [2]float64{1, 2}, [2]float64{1, 5}, [2]float64{1, 1})}, 1)[0]
	require.Equal(t, uint64(2), row.Worst.Seed)
}

func TestVerdictOfARun(t *testing.T) {
	row := func(v gate.Verdict) gate.Row {
		return gate.Row{Metric: "m", Gated: true, Verdict: v, Tolerance: "1%", Reason: "r"}
	}
	tests := []struct {
		name    string
		list    []gate.Scenario
		verdict gate.Verdict
		code    int
	}{
		{"nothing", nil, gate.Inconclusive, 97},
		{"no gated row", []gate.Scenario{{Rows: []gate.Row{{Metric: "m"}}}}, gate.Inconclusive, 97},
		{"all hold", []gate.Scenario{{Rows: []gate.Row{row(gate.NonInferior), {Metric: "m"}}}}, gate.NonInferior, 0},
		{"one inconclusive", []gate.Scenario{{Rows: []gate.Row{row(gate.NonInferior)}}, {Rows: []gate.Row{row(gate.Inconclusive)}}}, gate.Inconclusive, 97},
		{"worse wins", []gate.Scenario{{Rows: []gate.Row{row(gate.Worse)}}, {Rows: []gate.Row{row(gate.Inconclusive)}}}, gate.Worse, 99},
		{"broken wins", []gate.Scenario{{Rows: []gate.Row{row(gate.Worse)}}, {Verdict: gate.Broken, Reasons: []string{"r"}, Rows: []gate.Row{row(gate.NonInferior)}}}, gate.Broken, 98},
		{"a fault that hit nothing", []gate.Scenario{{Verdict: gate.Inconclusive, Reasons: []string{"r"}, Rows: []gate.Row{row(gate.NonInferior)}}}, gate.Inconclusive, 97},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := gate.Result{Scenarios: tt.list}
			r.Conclude()
			require.Equal(t, tt.verdict, r.Verdict)
			require.Equal(t, tt.code, r.ExitCode())
			require.Equal(t, tt.verdict == gate.NonInferior, len(r.Reasons) == 0)
		})
	}
}

func TestRelativeDifferencesAreOfLogarithms(t *testing.T) {
	row := gate.Judge([]gate.Test{test(ttft, [2]float64{1, 2}, [2]float64{2, 1}, [2]float64{3, 4.5}, [2]float64{4.5, 3})}, 1)[0]
	require.InDelta(t, 0, float64(*row.Difference), 1e-12)
	require.InDelta(t, 1, (1+float64(*row.Low))*(1+float64(*row.High)), 1e-9)
	require.InDelta(t, 1.0, float64(row.Worst.Difference), 1e-9, "of the worst seed as it was")

	half := gate.Metric{Name: "availability", Metric: "availability", Gated: true, Tolerance: 0.5, Relative: true, Text: "50%"}
	at := func(head float64) gate.Verdict {
		pair := [2]float64{.8, head}
		return gate.Judge([]gate.Test{test(half, pair, pair, pair, pair, pair)}, 1)[0].Verdict
	}
	require.Equal(t, gate.NonInferior, at(.4))
	require.Equal(t, gate.Worse, at(.39))
}
