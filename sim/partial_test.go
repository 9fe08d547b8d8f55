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
		s, err := scenarios.Load("regional-outage", scenarios.Options{Set: []string{"duration=12m", "timeline=" + timeline}}, sim.Vocabulary())
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
	const when = "at: 3m, for: 6m, fault: {kind: status, status: 503}"
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

// toolsDrill has two providers, of which the first is quicker, and chat with and
// without tools.
const toolsDrill = `
version: 1
name: tools
duration: 10m
world:
  providers:
    a: {region: us-east, models: {m: {price: {input: 1, output: 4}, quality: 0.8, ttft: {p50: 300ms, p95: 600ms}, itl: 5ms}}}
    b: {region: us-east, models: {m: {price: {input: 1, output: 4}, quality: 0.8, ttft: {p50: 500ms, p95: 900ms}, itl: 6ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: 5/s}
  tasks:
    - {name: chat, weight: 50, model: r, prompt_tokens: 100, output_tokens: 60}
    - {name: tools, weight: 50, model: r, tools: true, prompt_tokens: 100, output_tokens: 60}
timeline: %s
`

// TestPartialIncidentOfTools breaks chat with tools at one provider: chat without
// stays there to less than a point, under every policy that does not go by how much
// is under way.
func TestPartialIncidentOfTools(t *testing.T) {
	cells := func(timeline string) map[string]*record.Cell {
		run := runScenario(t, load(t, toolsDrill, timeline), "")
		cells := map[string]*record.Cell{}
		for i := range run.Cells {
			requireInvariants(t, &run.Cells[i])
			cells[run.Cells[i].Policy] = &run.Cells[i]
		}
		return cells
	}
	calm := cells("[]")
	hit := cells("[{id: part, at: 2m, for: 6m, provider: a, tools: true, fault: {kind: status, status: 503}}]")
	require.Len(t, hit, 9)
	for policy, cell := range hit {
		before, after := share(calm[policy], "chat", "a"), share(cell, "chat", "a")
		if policy == "least-busy" { // by what it is: where tools have gone to, there is less room for chat
			require.Greater(t, after, before-0.01)
			continue
		}
		require.InDelta(t, before, after, 0.01, "%s: share of chat", policy)
	}
	require.Less(t, share(hit["round-robin"], "tool", "a"), share(calm["round-robin"], "tool", "a")-0.2, "tools went elsewhere")
	for _, c := range hit["priority"].Transitions {
		require.Equal(t, "tools", hit["priority"].Endpoints[c.Endpoint])
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
