package sim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// TestQuotaNearlyFull drills the engine at 90 % of the combined quota, and again
// with the headers taken away by which it knows what is left. Requests, faults and
// luck are the same. Without -incidents it is the drill's first eight minutes.
func TestQuotaNearlyFull(t *testing.T) {
	set := []string{"duration=8m"}
	if *allIncidents {
		set = nil
	}
	s, err := scenarios.Load("quota-nearly-full", scenarios.Options{Set: set}, sim.Vocabulary())
	require.NoError(t, err)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	drill := func(m mutant) map[string]*record.Cell {
		run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}}.WithEngine(m.engine))
		require.NoError(t, err)
		cells := map[string]*record.Cell{}
		for i := range run.Cells {
			requireInvariants(t, &run.Cells[i])
			cells[run.Cells[i].Policy] = &run.Cells[i]
		}
		return cells
	}
	aware, blind := drill(mutant{}), drill(mutant{transport: withoutQuotas})
	before := refusals(blind["priority"])
	require.Greater(t, before, 100, "the quotas are tight")
	for _, p := range policies {
		if p.Name == "single-provider" {
			continue // has nowhere to turn
		}
		t.Run(p.Name, func(t *testing.T) {
			with, without := refusals(aware[p.Name]), refusals(blind[p.Name])
			t.Logf("429s of providers: %d, without the headers %d; of priority without them %d", with, without, before)
			for _, r := range aware[p.Name].Requests {
				require.NotEqual(t, uint16(http.StatusTooManyRequests), r.Status)
			}
			require.LessOrEqual(t, with*10, before)
			require.LessOrEqual(t, with*10, without)
		})
	}
}

// refusals is how many attempts ended in a 429.
func refusals(c *record.Cell) int {
	n := 0
	for _, a := range c.Attempts {
		if a.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// withoutQuotas takes away what answers tell of quotas. How long a 429 asks to
// wait stays.
func withoutQuotas(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(q)
		if err != nil {
			return res, err
		}
		for name := range res.Header {
			if strings.Contains(name, "Ratelimit") {
				delete(res.Header, name)
			}
		}
		return res, nil
	})
}
