package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// seeded is a run of a policy p whose availability of ten requests is known for
// each seed, in tenths; below zero there are no requests.
func seeded(t record.Threshold, tenths ...int) *record.Run {
	run := newMade().run()
	run.Cells, run.Thresholds = nil, []record.Threshold{t}
	for seed, ok := range tenths {
		m := newMade()
		m.cell.Seed = uint64(seed) + 1
		for i := range 10 {
			if ok >= 0 {
				m.request(time.Duration(i)*minute, try{ok: i < ok})
			}
		}
		run.Cells = append(run.Cells, m.cell)
	}
	return run
}

// TestThresholdsOverSeeds: the interval decides, not the mean and not one seed.
func TestThresholdsOverSeeds(t *testing.T) {
	at := func(op string, value float64) record.Threshold { return bound("availability", "", op, value) }
	tests := []struct {
		name      string
		threshold record.Threshold
		tenths    []int
		want      report.Verdict
		worst     uint64
	}{
		{"all of the interval is good", at(">=", 0.5), []int{9, 8, 9, 9, 8}, report.Pass, 2},
		{"all of it is bad", at(">=", 0.95), []int{7, 6, 7, 7, 6}, report.Failed, 2},
		{"it holds the bound", at(">=", 0.84), []int{9, 8, 9, 9, 8}, report.Inconclusive, 2},
		{"one seed may miss it", at(">=", 0.79), []int{9, 9, 8, 9, 9, 9, 9, 8, 9, 7}, report.Pass, 10},
		{"an upper bound", at("<=", 0.5), []int{9, 8, 9, 9, 8}, report.Failed, 1},
		{"no spread, met exactly", at(">=", 0.9), []int{9, 9}, report.Pass, 1},
		{"no spread, met exactly and not enough", at(">", 0.9), []int{9, 9}, report.Failed, 1},
		{"equal", at("==", 0.9), []int{9, 9, 9}, report.Pass, 1},
		{"equal to something else", at("==", 0.3), []int{9, 8, 9, 9, 8}, report.Failed, 1},
		{"perhaps equal", at("==", 0.85), []int{9, 8, 9, 9, 8}, report.Inconclusive, 1},
		{"a seed without samples", at(">=", 0.5), []int{9, 9, -1, 9, 9}, report.Inconclusive, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			result := report.Compute(seeded(tt.threshold, tt.tenths...), nil)
			got := result.Policies[0].Thresholds[0]
			require.Equal(t, tt.want, got.Verdict, "%+v", got)
			require.Equal(t, tt.want, result.Verdict, "%v", result.Reasons)
			require.Equal(t, len(tt.tenths), got.Seeds)
			require.Equal(t, tt.worst, got.Worst.Seed)
			if tt.want != report.Pass {
				require.Len(t, result.Reasons, 1, "once for the policy, not for every seed")
			}
		})
	}
}

func TestThresholdOverSeedsSaysWhatItMeasured(t *testing.T) {
	got := report.Compute(seeded(bound("availability", "", ">=", 0.84), 9, 8, 9, 9, 8), nil).Policies[0].Thresholds[0]
	require.InDelta(t, 0.86, float64(*got.Measured), 1e-9)
	// Student's t with four degrees of freedom: 2.776 × 0.0548 ÷ √5.
	require.InDelta(t, 0.02-0.0680, float64(*got.Low), 1e-4)
	require.InDelta(t, 0.02+0.0680, float64(*got.High), 1e-4)
	require.Equal(t, "t", got.Method)
	require.Equal(t, 50, got.N)
	require.Equal(t, "the interval over the seeds holds the bound", got.Reason)
}

// TestNeverOverSeeds: what did not happen has no mean, and one seed in which it
// did not is not hidden by the others.
func TestNeverOverSeeds(t *testing.T) {
	cell := func(seed uint64, down time.Duration) record.Cell {
		m := load(func(at time.Duration) []try {
			return []try{{ok: at < outage.Start || at >= outage.Start+down, faults: 1}}
		})
		m.cell.Seed = seed
		return m.cell
	}
	for _, tt := range []struct {
		name string
		down []time.Duration
		want report.Verdict
	}{
		{"in one of three", []time.Duration{minute, time.Hour, 2 * minute}, report.Inconclusive},
		{"in all", []time.Duration{time.Hour, time.Hour, time.Hour}, report.Failed},
		{"in one, and the others are late", []time.Duration{4 * minute, time.Hour, 4 * minute}, report.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := newMade().run(outage)
			run.Cells, run.Thresholds = nil, []record.Threshold{bound("time_to_failover", "", "<=", 180, "fault", "outage")}
			for i, d := range tt.down {
				run.Cells = append(run.Cells, cell(uint64(i), d))
			}
			got := report.Compute(run, nil).Policies[0].Thresholds[0]
			require.Equal(t, tt.want, got.Verdict, "%+v", got)
			require.True(t, got.Worst.Never)
		})
	}
}

// TestThresholdsCompareRuns: with another policy, and with the same one without
// faults, seed by seed.
func TestThresholdsCompareRuns(t *testing.T) {
	cell := func(policy string, gated bool, ok int) record.Cell {
		m := newMade()
		m.cell.Policy, m.cell.Gated = policy, gated
		for i := range 10 {
			m.request(time.Duration(i)*minute, try{ok: i < ok})
		}
		return m.cell
	}
	than := func(policy string, factor, value float64) record.Threshold {
		return record.Threshold{Metric: "availability", Op: ">=", Than: policy, Factor: factor, Value: value}
	}
	tests := []struct {
		name      string
		threshold record.Threshold
		want      report.Verdict
		bound     float64
	}{
		{"as good as another", than("other", 1, 0), report.Failed, 0.9},
		{"a little worse than another", than("other", 1, -0.1), report.Pass, 0.8},
		{"a share of another", than("other", 0.9, 0), report.Failed, 0.81},
		{"as good as without faults", than(record.Steady, 1, 0), report.Failed, 1},
		{"a share of what it is without faults", than(record.Steady, 0.5, 0), report.Pass, 0.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := newMade().run()
			run.Thresholds = []record.Threshold{tt.threshold}
			run.Cells = []record.Cell{cell("p", true, 8), cell("other", false, 9)}
			run.Steady = []record.Cell{cell("p", true, 10)}
			got := report.Compute(run, nil)
			require.Equal(t, tt.want, got.Cells[0].Thresholds[0].Verdict)
			require.InDelta(t, tt.bound, float64(*got.Cells[0].Thresholds[0].Bound), 1e-12)
			require.Equal(t, tt.want, got.Verdict)
			require.Len(t, got.Cells, 2, "the run without faults is no cell of the result")
		})
	}
	run := newMade().run()
	run.Thresholds = []record.Threshold{than("other", 1.5, 0), than("absent", 1, 0), than(record.Steady, 1, 0)}
	run.Cells = []record.Cell{cell("other", true, 9)}
	list := report.Compute(run, nil).Cells[0].Thresholds
	require.Equal(t, report.Skipped, list[0].Verdict, "nobody is compared with itself")
	require.Equal(t, report.Inconclusive, list[1].Verdict)
	require.Equal(t, "absent was not run", list[1].Reason)
	require.Equal(t, "steady was not run", list[2].Reason)
}

// TestThresholdsOverTime: of an hour with a request every ten seconds, those of the
// first minute of the outage fail, and one in the window that follows it.
func TestThresholdsOverTime(t *testing.T) {
	fault := record.Fault{ID: "outage", Kind: "status", Start: 10*minute + 30*second, End: 20 * minute, Targets: []int16{0}}
	m := newMade()
	for at := time.Duration(0); at < time.Hour; at += 10 * second {
		m.request(at, try{ok: at < fault.Start || at >= fault.Start+minute && at != 12*minute, faults: 1})
	}
	tests := []struct {
		name   string
		change func(*record.Threshold)
		value  float64
		n      int
	}{
		{"all of it", func(*record.Threshold) {}, 353.0 / 360, 360},
		{"settled", func(t *record.Threshold) { t.Settle = minute }, 353.0 / 354, 354},
		{"settled for longer than the fault lasts", func(t *record.Threshold) { t.Settle = time.Hour }, 1, 63},
		{"settled within a phase", func(t *record.Threshold) {
			t.Settle, t.Select = minute, []record.Selector{{Key: "phase", Value: "outage"}}
		}, 50.0 / 51, 51},
		{"the worst minute", func(t *record.Threshold) { t.Window, t.Over = minute, "min" }, 0.5, 60},
		{"the best minute", func(t *record.Threshold) { t.Window, t.Over = minute, "max" }, 1, 60},
		{"the mean minute", func(t *record.Threshold) { t.Window, t.Over = minute, "mean" }, 353.0 / 360, 60},
		{"windows that a phase cuts are left out", func(t *record.Threshold) {
			t.Window, t.Over, t.Select = minute, "min", []record.Selector{{Key: "phase", Value: "outage"}}
		}, 0.5, 9},
		{"and those that settling cuts", func(t *record.Threshold) { t.Window, t.Over, t.Settle = minute, "min", minute }, 5.0 / 6, 58},
		{"a window that the end cuts is left out", func(t *record.Threshold) { t.Window, t.Over = 25*minute, "min" }, 143.0 / 150, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := m.run(fault)
			th := bound("availability", "", ">=", 0)
			tt.change(&th)
			run.Thresholds = []record.Threshold{th}
			got := report.Compute(run, nil).Cells[0].Thresholds[0]
			require.NotNil(t, got.Measured)
			require.InDelta(t, tt.value, float64(*got.Measured), 1e-12)
			require.Equal(t, tt.n, got.N)
		})
	}
	run := m.run(fault)
	run.Thresholds = []record.Threshold{{Metric: "latency", Agg: "p50", Window: 10 * minute, Over: "max", Op: "<=", Value: 0.1}}
	run.Thresholds = append(run.Thresholds, record.Threshold{Metric: "cost", Window: 10 * minute, Over: "max", Op: "<=", Value: 0.1})
	list := report.Compute(run, nil).Cells[0].Thresholds
	require.Equal(t, report.Pass, list[0].Verdict, "a distribution in each window")
	require.Equal(t, report.Pass, list[1].Verdict, "a bill in each window")
	require.Equal(t, 6, list[1].N)
}
