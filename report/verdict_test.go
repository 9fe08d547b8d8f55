package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

func bound(metric, agg, op string, value float64, selector ...string) record.Threshold {
	t := record.Threshold{Source: metric, Metric: metric, Agg: agg, Op: op, Value: value}
	for i := 0; i+1 < len(selector); i += 2 {
		t.Select = append(t.Select, record.Selector{Key: selector[i], Value: selector[i+1]})
	}
	return t
}

func TestThresholds(t *testing.T) {
	m := load(func(at time.Duration) []try { // a is down for good from minute 10; b is never asked
		return []try{{target: 0, ok: at < outage.Start, faults: 1, bill: 1000}}
	})
	tests := []struct {
		name      string
		threshold record.Threshold
		want      report.Verdict
		n         int
	}{
		{"at least, met exactly", bound("availability", "", ">=", 0.25), report.Pass, 240},
		{"more than, met exactly", bound("availability", "", ">", 0.25), report.Failed, 240},
		{"equal", bound("availability", "", "==", 0.25), report.Pass, 240},
		{"at most", bound("latency", "p95", "<=", 0.1), report.Pass, 60},
		{"less than", bound("latency", "p95", "<", 0.1), report.Failed, 60},
		{"one phase", bound("availability", "", ">=", 1, "phase", "before"), report.Pass, 60},
		{"one fault's phase", bound("availability", "", ">=", 0.01, "phase", "outage"), report.Failed, 60},
		{"phase and task", bound("requests", "", "==", 60, "phase", "before", "task", "chat"), report.Pass, 60},
		{"a task without requests", bound("availability", "", ">=", 0.5, "task", "search"), report.Inconclusive, 0},
		{"a provider without answers", bound("latency", "p50", "<", 1, "provider", "b"), report.Inconclusive, 0},
		{"a provider's bill", bound("cost", "", "<=", 0.24, "provider", "a"), report.Pass, 240},
		{"too few samples", bound("latency", "p99", "<", 1), report.Inconclusive, 60},
		{"never fails an upper bound", bound("time_to_failover", "", "<=", 1e9, "fault", "outage"), report.Failed, 1},
		{"never meets a lower bound", bound("time_to_failover", "", ">=", 60), report.Pass, 1},
		{"an unknown fault", bound("time_to_failover", "", "<=", 60, "fault", "other"), report.Inconclusive, 0},
		{"an unknown phase", bound("availability", "", ">=", 0, "phase", "other"), report.Inconclusive, 0},
		{"an unknown key", bound("availability", "", ">=", 0, "colour", "red"), report.Inconclusive, 0},
		{"an unknown metric", bound("beauty", "", ">=", 0), report.Inconclusive, 0},
		{"an unknown operator", bound("availability", "", "~", 0), report.Inconclusive, 240},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := m.run(outage)
			run.Thresholds = []record.Threshold{tt.threshold}
			result := report.Compute(run, nil)
			got := result.Cells[0].Thresholds[0]
			require.Equal(t, tt.want, got.Verdict)
			require.Equal(t, tt.n, got.N)
			require.Equal(t, tt.want, result.Cells[0].Verdict)
			require.Equal(t, tt.want, result.Verdict)
		})
	}
}

func TestVerdictOfTheRun(t *testing.T) {
	broken := map[int][]report.Invariant{0: {{Number: 1, Violations: 1}}}
	crossed := bound("availability", "", ">", 1)
	empty := bound("ttft", "p50", "<", 1)
	tests := []struct {
		name       string
		change     func(*record.Run)
		invariants map[int][]report.Invariant
		want       report.Verdict
		code       int
		reasons    int
	}{
		{"nothing to say", func(*record.Run) {}, nil, report.Pass, 0, 0},
		{"crossed", func(r *record.Run) { r.Thresholds = []record.Threshold{crossed} }, nil, report.Failed, 99, 1},
		{"no samples", func(r *record.Run) { r.Thresholds = []record.Threshold{empty} }, nil, report.Inconclusive, 97, 1},
		{"crossed before no samples", func(r *record.Run) { r.Thresholds = []record.Threshold{empty, crossed} }, nil, report.Failed, 99, 2},
		{"broken before crossed", func(r *record.Run) { r.Thresholds = []record.Threshold{crossed} }, broken, report.Broken, 98, 2},
		{"crossed but not gated", func(r *record.Run) {
			r.Thresholds = []record.Threshold{crossed}
			r.Cells[0].Gated = false
		}, nil, report.Pass, 0, 0},
		{"broken though not gated", func(r *record.Run) { r.Cells[0].Gated = false }, broken, report.Broken, 98, 1},
		{"a fault hit nothing", func(r *record.Run) {
			r.Faults = append(r.Faults, record.Fault{ID: "missed", Kind: "hang", Start: minute, End: 2 * minute})
		}, nil, report.Inconclusive, 97, 1},
		{"a fault of kind none hits nothing", func(r *record.Run) {
			r.Faults = append(r.Faults, record.Fault{ID: "mark", Kind: "none", Start: minute, End: 2 * minute})
		}, nil, report.Pass, 0, 0},
		{"dropped", func(r *record.Run) { r.Cells[0].Requests[3].Outcome = record.Dropped }, nil, report.Inconclusive, 97, 1},
		{"interrupted", func(r *record.Run) { r.Cells[0].Interrupted = true }, nil, report.Inconclusive, 97, 1},
		{"lag on the wall clock", func(r *record.Run) {
			r.Clock = "wall"
			for i := range 3 { // p99 of 240 is the 238th
				r.Cells[0].Requests[i].Sent += 51 * ms
			}
		}, nil, report.Inconclusive, 97, 1},
		{"lag of a few on the wall clock", func(r *record.Run) {
			r.Clock = "wall"
			for i := range 2 {
				r.Cells[0].Requests[i].Sent += time.Hour
			}
		}, nil, report.Pass, 0, 0},
		{"lag in virtual time", func(r *record.Run) {
			for i := range r.Cells[0].Requests {
				r.Cells[0].Requests[i].Sent += 51 * ms
			}
		}, nil, report.Pass, 0, 0},
		{"no cells", func(r *record.Run) { r.Cells = nil }, nil, report.Inconclusive, 97, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := load(func(time.Duration) []try { return []try{{ok: true, faults: 1}} }).run(outage)
			tt.change(run)
			result := report.Compute(run, tt.invariants)
			require.Equal(t, tt.want, result.Verdict, "%v", result.Reasons)
			require.Equal(t, tt.code, result.ExitCode())
			require.Len(t, result.Reasons, tt.reasons, "%v", result.Reasons)
		})
	}
}

func TestAvoidedFault(t *testing.T) {
	hit := load(func(time.Duration) []try { return []try{{ok: true, faults: 1}} })
	missed := load(func(time.Duration) []try { return []try{{ok: true}} })
	run := hit.run(outage)
	run.Cells = append(run.Cells, missed.cell)
	result := report.Compute(run, nil)
	require.Equal(t, report.Pass, result.Verdict)
	require.True(t, result.Faults[0].Fired)
	require.Equal(t, 240, result.Faults[0].Hits)
	require.False(t, result.Cells[0].Faults[0].Avoided)
	require.True(t, result.Cells[1].Faults[0].Avoided)
	require.Equal(t, 480, result.N)
}

// A time to react to a fault is worth nothing where the fault hit nothing.
func TestThresholdsOnFaultsThatHitNothing(t *testing.T) {
	tests := []struct {
		name  string
		fired bool // it hit another cell
		op    string
		want  report.Verdict
	}{
		{"avoided is shorter than any bound", true, "<=", report.Pass},
		{"avoided is no time above a bound", true, ">=", report.Inconclusive},
		{"hit nobody", false, "<=", report.Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			missed := load(func(time.Duration) []try { return []try{{ok: true}} })
			run := missed.run(outage)
			if tt.fired {
				run.Cells = append(run.Cells, load(func(time.Duration) []try { return []try{{ok: true, faults: 1}} }).cell)
			}
			for _, metric := range []string{"time_to_detect", "time_to_failover", "time_to_failback"} {
				run.Thresholds = append(run.Thresholds, record.Threshold{Source: metric, Metric: metric, Op: tt.op, Value: 60})
			}
			cell := report.Compute(run, nil).Cells[0]
			require.Len(t, cell.Thresholds, 3)
			for _, got := range cell.Thresholds {
				require.Equal(t, tt.want, got.Verdict, got.Source)
				require.Equal(t, tt.fired, got.Avoided, got.Source)
				require.Nil(t, got.Measured, got.Source)
				require.Zero(t, got.N, got.Source)
			}
		})
	}
}

// A threshold on what the world has not decides nothing, and is shown.
func TestSkippedThreshold(t *testing.T) {
	m := load(func(time.Duration) []try { return []try{{target: 0, ok: true, bill: 1000}} })
	run := m.run(outage)
	absent := bound("ttft", "p95", "<", 1, "task", "elsewhere")
	absent.Absent = "task elsewhere"
	run.Thresholds = []record.Threshold{absent, bound("availability", "", ">=", 0.9)}
	cell := report.Compute(run, nil).Cells[0]
	require.Equal(t, report.Skipped, cell.Thresholds[0].Verdict)
	require.Equal(t, "task elsewhere", cell.Thresholds[0].Absent)
	require.Equal(t, report.Pass, cell.Thresholds[1].Verdict)
	require.Equal(t, report.Pass, cell.Verdict)
	require.Empty(t, cell.Reasons)
}
