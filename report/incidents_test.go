package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/sim/record"
)

// TestIncidents: a relapse belongs to the incident of its provider and router, and
// clients are counted over all of it, under every policy with the same seed.
func TestIncidents(t *testing.T) {
	run := synthetic.Seeds() // a request every two seconds, seeds 1 and 2
	at := func(provider string, replica uint8, follows bool, started, ended time.Duration) record.Incident {
		return record.Incident{
			Provider: provider, Replica: replica, Follows: follows, Started: started, Detected: started + time.Second, Mitigated: record.Never, Ended: ended,
			Told: []byte(`{"started":"` + started.String() + `"}`),
		}
	}
	run.Cells[1].Incidents = []record.Incident{
		at("openai", 0, false, 5*time.Minute, 6*time.Minute),
		at("anthropic", 0, false, 6*time.Minute, 7*time.Minute),
		at("openai", 1, false, 6*time.Minute, 7*time.Minute),
		at("openai", 0, true, 8*time.Minute, 9*time.Minute),
		at("anthropic", 0, false, 18*time.Minute, record.Never),
	}
	cell := report.Compute(run, nil).Cells[1]
	require.Len(t, cell.Incidents, 4)
	first := cell.Incidents[0]
	require.Equal(t, report.Seconds(5*time.Minute), first.Started)
	require.Equal(t, report.Seconds(9*time.Minute), *first.Ended)
	require.Nil(t, first.Mitigated)
	require.Len(t, first.Told, 2)
	require.JSONEq(t, `{"started":"8m0s"}`, string(first.Told[1]))
	require.Len(t, first.Under, 3, "one for each policy")
	for i, policy := range []string{"single-provider", "priority", "round-robin"} {
		u := first.Under[i]
		require.Equal(t, policy, u.Policy)
		require.Equal(t, 121, u.Requests, "four minutes, both ends included")
		answered := 0
		for _, r := range run.Cells[i].Requests {
			if r.Scheduled >= 5*time.Minute && r.Scheduled <= 9*time.Minute && r.Outcome == record.OK {
				answered++
			}
		}
		require.Equal(t, answered, u.Answered)
		require.Equal(t, answered, u.Latency.N)
		require.Positive(t, *u.Cost)
	}
	require.Less(t, first.Under[0].Answered, first.Under[1].Answered)
	last := cell.Incidents[3]
	require.Nil(t, last.Ended)
	require.Equal(t, 60, last.Under[1].Requests, "to the end of the run")
}
