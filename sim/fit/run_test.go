package fit_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fit"
)

// result runs the scenario of a fitted world with its own policies.
func result(t *testing.T, w *fit.World, seeds ...uint64) (*scenarios.Scenario, *report.Result) {
	t.Helper()
	s := loaded(t, w)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: seeds})
	require.NoError(t, err)
	return s, report.Compute(run, nil)
}

// TestFittedScenarioRuns: by itself it passes, and every fault hits.
func TestFittedScenarioRuns(t *testing.T) {
	_, got := result(t, fitted(t, logs(t, short, 1)[0]), 1, 2, 3)
	require.Equal(t, report.Pass, got.Verdict, "%v", got.Reasons)
	require.NotEmpty(t, got.Faults)
}

// TestTrafficSplit: a route over several targets keeps the shares of the log, with
// errors at the one that is asked less.
func TestTrafficSplit(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("time,provider,model,status,latency_ms,prompt_tokens,output_tokens,route\n")
	draw := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a log made up for a test
	for i := range 3600 {
		provider, status := "OpenAI", 200
		if draw.Float64() < 0.3 {
			if provider = "azure_openai"; draw.Float64() < 0.05 {
				status = 429
			}
		}
		fmt.Fprintf(&b, "%d,%s,m,%d,900,100,50,smart\n", i, provider, status)
	}
	s, got := result(t, fitted(t, b.Bytes()), 1)
	require.Equal(t, "openai", s.World.Providers[0].Vendor)
	require.Equal(t, "azure", s.World.Providers[1].Vendor)
	require.Equal(t, report.Pass, got.Verdict, "%v", got.Reasons)
	require.True(t, got.Faults[0].Fired)
	require.Equal(t, "as-logged", got.Cells[2].Policy)
	// Less than 0.3 for what failed there, and while it cooled down after that.
	require.InDelta(t, 0.27, float64(got.Cells[2].ServedBy["azure_openai"]), 0.03)
}

func TestVendors(t *testing.T) {
	for provider, row := range map[string]struct{ model, vendor string }{
		"openai": {"gpt-4.1", "openai"}, "OPENAI": {"gpt-4.1", "openai"}, "vertex_ai": {"gemini-2.5-pro", "google"},
		"azure-openai-eu": {"gpt-4.1", "azure"}, "ours": {"gpt-4.1", "ours"}, "": {"claude-sonnet-4-6", "anthropic"},
		"bedrock": {"anthropic.claude", "aws"},
	} {
		world := fitted(t, fmt.Appendf(nil, "time,provider,model,status,latency_ms,prompt_tokens,output_tokens\n0,%s,%s,200,9,5,5\n1,%s,%s,200,9,5,5\n",
			provider, row.model, provider, row.model))
		require.Equal(t, row.vendor, loaded(t, world).World.Providers[0].Vendor, provider)
	}
}
