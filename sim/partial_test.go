package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// TestPartialIncidents breaks one endpoint, one model and one region, and nothing
// else: what is not broken keeps its share of the traffic, under every policy, to
// less than a point.
func TestPartialIncidents(t *testing.T) {
	load := func(timeline string) map[string]*record.Cell {
		s, err := scenarios.Load("regional-outage", scenarios.Options{Set: []string{"timeline=" + timeline}}, sim.Vocabulary())
		require.NoError(t, err)
		policies, err := sim.Policies(s, nil, nil)
		require.NoError(t, err)
		run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}})
		require.NoError(t, err)
		cells := map[string]*record.Cell{}
		for i := range run.Cells {
			requireInvariants(t, &run.Cells[i])
			cells[run.Cells[i].Policy] = &run.Cells[i]
		}
		return cells
	}
	const when = "at: 8m, for: 15m, fault: {kind: status, status: 503}"
	calm := load("[]")
	for _, row := range []struct {
		name, selects string
		broken        string // a target that must have lost traffic
		of            string // of the tasks beginning so
		keeps         string // the provider whose share of them stays
	}{
		{"the embeddings of one provider", "provider: openai-us, endpoint: embeddings", "openai-us/text-embedding-3-small", "chat", "openai-us"},
		{"one model of one provider", "provider: openai-us, model: gpt-4.1", "openai-us/gpt-4.1", "search", "openai-us"},
		{"one region", "region: us-central", "google/gemini-3.5-flash-lite", "search", "openai-eu"},
	} {
		t.Run(row.name, func(t *testing.T) {
			hit := load("[{id: part, " + row.selects + ", " + when + "}]")
			for policy, cell := range hit {
				before, after := share(calm[policy], row.of, row.keeps), share(cell, row.of, row.keeps)
				require.InDelta(t, before, after, 0.01, "%s: share of %s at %s", policy, row.of, row.keeps)
			}
			require.Less(t, served(hit["round-robin"], row.broken), served(calm["round-robin"], row.broken)/2, "it was broken")
		})
	}
}

// share is the share of a provider of the answers to tasks that begin so.
func share(c *record.Cell, task, provider string) float64 {
	own, all := 0, 0
	for _, r := range c.Requests {
		if r.Outcome != record.OK || c.Tasks[r.Task][:4] != task[:4] {
			continue
		}
		if all++; c.Providers[r.Provider] == provider {
			own++
		}
	}
	return float64(own) / float64(all)
}

// served is how many answers a target gave.
func served(c *record.Cell, target string) int {
	n := 0
	for _, a := range c.Attempts {
		if a.Served && c.TargetName(a.Target) == target {
			n++
		}
	}
	return n
}
