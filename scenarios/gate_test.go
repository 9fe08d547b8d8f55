package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func TestGateIsDecoded(t *testing.T) {
	s, err := scenarios.Load("testdata/good-v1-gate.yaml", scenarios.Options{ReadFile: readFile}, words())
	require.NoError(t, err)
	pairs := func(key, value string) []scenarios.Pair { return []scenarios.Pair{{Key: key, Value: value}} }
	require.Equal(t, scenarios.Gate{Except: []string{"priority"}, Metrics: []scenarios.GateMetric{
		{Source: "availability", Metric: "availability", Tolerance: 0.0005, Text: "0.05pp", File: "testdata/good-v1-gate.yaml", Line: 11},
		{Source: "availability{phase:outage}", Metric: "availability", Select: pairs("phase", "outage"), Tolerance: 0.01, Relative: true, Text: "1%", File: "testdata/good-v1-gate.yaml", Line: 12},
		{Source: "ttft_p95{task:support-chat}", Metric: "ttft", Agg: "p95", Select: pairs("task", "support-chat"), Tolerance: 0.05, Relative: true, Text: "5%", File: "testdata/good-v1-gate.yaml", Line: 13},
		{Source: "latency_mean", Metric: "latency", Agg: "mean", Tolerance: 0.05, Text: "50ms", File: "testdata/good-v1-gate.yaml", Line: 14},
		{Source: "cost_per_1k", Metric: "cost_per_1k", Tolerance: 0.1, Text: "0.10", File: "testdata/good-v1-gate.yaml", Line: 15},
		{Source: "retry_amplification", Metric: "retry_amplification", Text: "0", File: "testdata/good-v1-gate.yaml", Line: 16},
	}}, s.Gate)
}
