package scenarios_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

// TestThresholdsOverTimeAndRuns: the forms that choose by time and that compare
// with another run.
func TestThresholdsOverTimeAndRuns(t *testing.T) {
	s := load(t, "testdata/good-v1-thresholds.yaml")
	for i := range s.Thresholds {
		s.Thresholds[i].Source, s.Thresholds[i].Line = "", 0
	}
	require.Equal(t, []scenarios.Threshold{
		{Metric: "availability", Settle: 30 * time.Second, Op: ">=", Value: 0.999},
		{Metric: "availability", Settle: 30 * time.Second, Op: ">=", Than: "own", Factor: 1, Value: -0.001},
		{
			Metric: "availability", Select: []scenarios.Pair{{Key: "phase", Value: "outage"}},
			Window: time.Minute, Over: "min", Op: ">=", Value: 0.95,
		},
		{Metric: "ttft", Window: 5 * time.Minute, Over: "max", Agg: "p95", Op: "<=", Than: "steady", Factor: 1.5},
		{Metric: "latency", Agg: "p95", Op: "<=", Than: "steady", Factor: 1, Value: 0.2},
		{Metric: "latency", Agg: "p50", Op: "<=", Than: "own", Factor: 1},
		{Metric: "cost_per_1k", Op: "<=", Than: "single-provider", Factor: 1.05},
		{Metric: "time_to_failover", Op: "<=", Than: "own", Factor: 1},
	}, s.Thresholds)
	require.Equal(t, 30*time.Second, s.Gate.Metrics[0].Settle)
}

func TestBadThresholdsOverTimeAndRuns(t *testing.T) {
	tests := []struct{ name, key, value, want string }{
		{"a window that is no duration", "availability{window:often}", "min >= 0.9", `window takes a duration of at least 1s, found "often" (like {window:30s})`},
		{"a window of nothing", "availability{window:0s}", "min >= 0.9", "window takes a duration of at least 1s"},
		{"a window longer than the run", "availability{window:2h}", "min >= 0.9", "the window of 2h is longer than the duration of 1h"},
		{"two windows", "availability{window:1m,window:2m}", "min >= 0.9", `the selector names "window" twice`},
		{"a window, and not which", "availability{window:1m}", ">= 0.9", "one value for each window, so the expression says which of them: min, max, mean (like min >= 0.9)"},
		{"a window, and not which part", "ttft{window:1m}", "max <= 2s", "ttft is a distribution, so the expression says which part of it (like max p95 <= 2s)"},
		{"a part of one number", "availability{window:1m}", "min p95 >= 0.9", `availability is one number, so it takes no "p95" (like min >= 0.9)`},
		{"a reaction has no windows", "time_to_failover{window:1m}", "max <= 2s", `time_to_failover cannot be narrowed by "window" (one of: fault)`},
		{"a settling time that leaves nothing", "availability{settle:1h}", ">= 0.9", "settle of 1h leaves nothing of the duration of 1h"},
		{"an offset without blanks", "availability", ">= priority-0.1pp", `"priority-0.1pp" is neither a value nor a policy to compare with (with blanks around the sign: priority - 0.1pp)`},
		{"a settling time of nothing", "availability{settle:0s}", ">= 0.9", "settle takes a duration of at least 1s"},
		{"a misspelt selector", "availability{settel:30s}", ">= 0.9", `did you mean "settle"?`},
		{"an unknown policy", "latency", "p95 <= 1.2x priorty", `"priorty" is neither a value nor a policy to compare with (did you mean "priority"?)`},
		{"a misspelt steady", "latency", "p95 <= 1.2x stedy", `did you mean "steady"?`},
		{"a factor of nothing", "latency", "p95 <= 0x steady", `"0x" is no factor above 0 and up to 1000`},
		{"no factor", "latency", "p95 <= twice steady", "is neither a value nor a relation to another run"},
		{"points of a duration", "latency", "p95 <= steady + 1pp", `"1pp" is in points, which only ratios have`},
		{"percent of what", "availability", ">= priority - 1%", `"1%" may mean points or a share of the other figure (like "priority - 0.1pp" or "0.99x priority")`},
		{"a reaction to no fault", "time_to_failover", "<= 1.1x steady", "the run without faults has no time_to_failover (compare with a policy)"},
		{"a value that is none", "latency", "p95 <= 2sec", "latency takes a duration"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := inWorld(t, "1h", "{rate: 1/s}", fmt.Sprintf("policies: [priority]\nthresholds: {%q: %q}", tt.key, tt.value))
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "drill.yaml:5:")
		})
	}
	_, err := inWorld(t, "1h", "{rate: 1/s}", "policies: [{name: steady, from: priority}]\nthresholds: {latency: 'p95 <= 2x steady'}")
	require.ErrorContains(t, err, `"steady" is the run without faults, and a policy here`)
	_, err = inWorld(t, "1h", "{rate: 1/s}", "policies: [priority]\ngate: {'availability{window:1m}': {tolerance: 0.1pp}}")
	require.ErrorContains(t, err, "a change of config cannot be judged by windows")
	_, err = inWorld(t, "1h", "{rate: 1/s}", "policies: [priority]\ngate: {'availability{settle:90m}': {tolerance: 0.1pp}}")
	require.ErrorContains(t, err, "settle of 1h30m leaves nothing of the duration of 1h")
	for _, bare := range []string{"availability: >= 0.99", "availability: [>= 0.99]", "availability: > 0.9"} {
		_, err = inWorld(t, "1h", "{rate: 1/s}", "policies: [priority]\nthresholds:\n  "+bare)
		require.ErrorContains(t, err, `drill.yaml:6:`)
		require.ErrorContains(t, err, `(put a comparison in quotes: ">= 0.99")`)
	}
}
