package diff_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/diff"
)

func load(t testing.TB, name string, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load(name, scenarios.Options{ReadFile: os.ReadFile, Set: set}, sim.Vocabulary())
	require.NoError(t, err)
	return s
}

// options compares two router files of testdata, or built-in policies.
func options(base, head string, seeds int, list ...*scenarios.Scenario) diff.Options {
	return diff.Options{
		Scenarios: list, Base: base, Head: head, Seeds: seeds,
		Policies: func(s *scenarios.Scenario) (b, h sim.Policy, err error) {
			both, err := sim.Policies(s, []string{base}, os.ReadFile)
			if err != nil {
				return b, h, err
			}
			b = both[0]
			if both, err = sim.Policies(s, []string{head}, os.ReadFile); err == nil {
				h = both[0]
			}
			return b, h, err
		},
	}
}

func compare(t testing.TB, o diff.Options) *gate.Result {
	t.Helper()
	r, err := diff.Run(t.Context(), o)
	require.NoError(t, err)
	return r
}

func row(t testing.TB, s *gate.Scenario, metric string) *gate.Row {
	t.Helper()
	for i := range s.Rows {
		if s.Rows[i].Metric == metric {
			return &s.Rows[i]
		}
	}
	require.Fail(t, "no such row", metric)
	return nil
}

func TestEqualInputsGiveEqualResults(t *testing.T) {
	run := func() string {
		data, err := json.Marshal(compare(t, options("testdata/ab.yaml", "testdata/ba.yaml", 6, load(t, "testdata/twins.yaml"))))
		require.NoError(t, err)
		return string(data)
	}
	first := run()
	require.Contains(t, first, `"requests":`)
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	require.Equal(t, first, run())
}

func TestSeedsAreAddedWhileInconclusive(t *testing.T) {
	// The neighbour is decided at once and gets no more seeds.
	wide := load(t, "testdata/twins.yaml", "name=wide", "gate={cost_per_1k: {tolerance: 1000}}")
	o := options("testdata/ab.yaml", "testdata/ba.yaml", 2, load(t, "testdata/twins.yaml", "gate={ttft_p95: {tolerance: 0%}}"), wide)
	wide.File = "wide.yaml"
	o.MaxSeeds = 5
	r := compare(t, o)
	require.Equal(t, 3, r.Looks)
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, r.Scenarios[0].Seeds, "a last block is cut at the bound")
	require.Equal(t, []uint64{1, 2}, r.Scenarios[1].Seeds)
	require.Equal(t, gate.Inconclusive, r.Verdict)
}

func TestSelectorsAreMeasuredInTheirPart(t *testing.T) {
	s := load(t, "testdata/twins.yaml", "gate={'availability{phase:before}': {tolerance: 0pp}, 'availability{phase:brownout}': {tolerance: 50pp}}")
	r := compare(t, options("testdata/ab.yaml", "testdata/ba.yaml", 5, s))
	require.Greater(t, float64(*row(t, &r.Scenarios[0], "availability{phase:before}").Base), 0.99)
	require.Less(t, float64(*row(t, &r.Scenarios[0], "availability{phase:brownout}").Base), 0.9)
	require.False(t, row(t, &r.Scenarios[0], "availability").Gated)
}

func TestAFaultThatHitNothingIsInconclusive(t *testing.T) {
	s := load(t, "testdata/twins.yaml", "timeline.0.task=chat", "timeline.0.for=1ms", "gate={availability: {tolerance: 1pp}}")
	r := compare(t, options("testdata/ab.yaml", "testdata/ba.yaml", 5, s))
	require.Equal(t, gate.Inconclusive, r.Verdict)
	require.Contains(t, r.Reasons[0], "fault brownout hit no request of either config")
}

func TestErrors(t *testing.T) {
	s := load(t, "testdata/twins.yaml")
	stopped := new(atomic.Bool)
	stopped.Store(true)
	tests := []struct {
		name   string
		change func(*diff.Options)
		want   string
		is     error
	}{
		{"no scenario", func(o *diff.Options) { o.Scenarios = nil }, "nothing to compare in", nil},
		{"no seeds", func(o *diff.Options) { o.Seeds = 0 }, "1 to 1000 seeds", nil},
		{"too many looks", func(o *diff.Options) { o.Seeds, o.MaxSeeds = 2, 100 }, "more than 20 looks", nil},
		{"a policy that is not there", func(o *diff.Options) { *o = options("nowhere", "priority", 2, s) }, "nowhere", sim.ErrInput},
		{"a policy that does not fit the world", func(o *diff.Options) { *o = options("testdata/ab.yaml", "testdata/elsewhere.yaml", 2, s) }, "no target", sim.ErrInput},
		{"stopped", func(o *diff.Options) { o.Stop = stopped }, "", diff.ErrInterrupted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options("testdata/ab.yaml", "testdata/ba.yaml", 2, s)
			tt.change(&o)
			_, err := diff.Run(context.Background(), o)
			require.ErrorContains(t, err, tt.want)
			if tt.is != nil {
				require.True(t, errors.Is(err, tt.is))
			}
		})
	}
}
