package explain_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/explain"
	_ "github.com/routedrill/routedrill/report/internal/golden" // the flag -update
	"github.com/routedrill/routedrill/sim/record"
)

const ms = time.Millisecond

// stored is a run log of two cells: in the first the request 7 had a hard time.
func stored(t *testing.T) *bytes.Buffer {
	t.Helper()
	cell := record.Cell{
		Policy: "cost-first", Seed: 3, Planned: 8,
		Tasks: []string{"chat"}, Providers: []string{"a", "b", "c"}, Models: []string{"m"}, Endpoints: []string{"chat"},
		Reasons: []string{"ok", "server_error", "rate_limited"}, Targets: []record.Target{{Name: "a/m"}, {Name: "b/m"}, {Name: "c/m"}, {Name: "d/m"}},
		Requests: []record.Request{
			{Seq: 6, Outcome: record.OK, Status: 200, Provider: record.None, Model: record.None, Answered: record.None, FirstToken: record.Never},
			{
				Seq: 7, Outcome: record.OK, Stream: true, Tries: 1, Status: 200, Provider: 2, Answered: record.None,
				Scheduled: 60 * time.Second, Sent: 60 * time.Second, FirstToken: 60*time.Second + 900*ms, Done: 62 * time.Second,
			},
		},
		Relays: []record.Relay{{Seq: 7, Outcome: record.RelayServed, Status: 200, Start: 60*time.Second + ms, End: 62 * time.Second, Deadline: record.Never}},
		Choices: []record.Choice{{
			Seq: 7, Strategy: "cost-first",
			Candidates: []record.Candidate{{Target: 1, Score: 120.5}, {Target: 0, Score: 130}, {Target: 2, Score: 90, Note: "slow"}, {Target: 3, Out: "lacks tools"}},
			Skips:      []record.Skip{{Target: 1, Reason: "breaker_open", At: 60*time.Second + ms}},
		}},
		Attempts: []record.Attempt{
			{Seq: 7, Target: 0, Status: 503, Reason: 1, Start: 60*time.Second + ms, FirstToken: record.Never, End: 60*time.Second + 40*ms, RetryAfter: 2 * time.Second},
			{
				Seq: 7, N: 1, Target: 2, Status: 200, Served: true, Start: 60*time.Second + 40*ms, FirstToken: 60*time.Second + 890*ms, End: 62 * time.Second,
				CostMicroUSD: 1_234_567, Estimated: true,
			},
		},
		Shadows: []record.Extra{{
			Seq: 7, Target: 3, Status: 200, Valid: true, Start: 60*time.Second + 2*ms, FirstToken: 60*time.Second + 500*ms, End: 61 * time.Second,
			CostMicroUSD: 1000,
		}},
		Transitions: []record.Transition{{Target: 1, To: record.Open, At: 30 * time.Second}, {Target: 0, To: record.Open, At: 60*time.Second + 40*ms}},
		Journal: []record.Entry{
			{Seq: 7, Target: 0, End: record.EndError, Status: 503, Faults: 2, Arrived: 60*time.Second + 2*ms, Started: record.Never, FirstToken: record.Never, Ended: 60*time.Second + 39*ms},
			{
				Seq: 7, Target: 2, End: record.EndComplete, Status: 200, Arrived: 60*time.Second + 41*ms, Started: 60*time.Second + 41*ms, FirstToken: record.Never,
				Ended: 62 * time.Second, PromptTokens: 100, OutputTokens: 20, BillMicroUSD: 1_000_000,
			},
			{
				Seq: 7, Shadow: true, Target: 3, End: record.EndComplete, Status: 200, Arrived: 60*time.Second + 42*ms, Started: record.Never, FirstToken: record.Never,
				Ended: 61 * time.Second, PromptTokens: 100, OutputTokens: 20, BillMicroUSD: 1000,
			},
		},
	}
	other := record.Cell{Policy: "priority", Seed: 3, Planned: 8}
	var log bytes.Buffer
	require.NoError(t, record.WriteLog(&log, &record.Run{Scenario: "drill", Faults: []record.Fault{{ID: "x"}, {ID: "outage"}}, Cells: []record.Cell{cell, other}}))
	return &log
}

func TestWrite(t *testing.T) {
	run, stories, err := record.ReadStories(stored(t), 7)
	require.NoError(t, err)
	require.Len(t, stories, 1, "the other cell has no such request")
	var out strings.Builder
	require.NoError(t, explain.Write(&out, &run, stories))
	require.Equal(t, `request 7 of drill: policy cost-first, seed 3
  task chat (stream), scheduled at 1m0s
  try 1 at the router, +1ms: served 200 in 1.999s
    choice by cost-first: a/m: those before it were passed over
       1  b/m  score 120.5
       2  a/m  score 130
       3  c/m  score 90, slow
       -  d/m  out: lacks tools
    passed over, +1ms: b/m, breaker_open
    attempt 1, +1ms: a/m server_error 503 in 39ms, asks for a wait of 2s
    attempt 2, +40ms: c/m ok 200 in 1.96s, first token after 850ms, $1.234567 (estimated), served
  shadow, +2ms: d/m ok 200 in 998ms, first token after 498ms, $0.001000
  the providers' journal
    +2ms: a/m error 503 in 37ms, hit by outage
    +41ms: c/m complete 200 in 1.959s, bills $1.000000 for 100 + 20 tokens
    +42ms: d/m complete 200 in 958ms, bills $0.001000 for 100 + 20 tokens, as a shadow
  meanwhile, +40ms: breaker of a/m (chat) closed to open
  outcome ok 200, after 2s, first token after 900ms, from c/m
`, out.String())
}

// Of several routers, the one that served is named, and only its breakers.
func TestWriteReplicas(t *testing.T) {
	log := record.Run{Scenario: "drill", Replicas: 3, Cells: []record.Cell{{
		Tasks: []string{"chat"}, Endpoints: []string{"chat"}, Targets: []record.Target{{Name: "a/m"}, {Name: "b/m"}},
		Requests:    []record.Request{{Outcome: record.OK, Done: time.Second, Provider: record.None, Model: record.None, Answered: record.None}},
		Relays:      []record.Relay{{Replica: 2, Outcome: record.RelayServed, End: time.Second, Deadline: record.Never}},
		Transitions: []record.Transition{{Replica: 1, Target: 0, To: record.Open, At: ms}, {Replica: 2, Target: 1, To: record.Open, At: ms}},
	}}}
	var b bytes.Buffer
	require.NoError(t, record.WriteLog(&b, &log))
	run, stories, err := record.ReadStories(&b, 0)
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, explain.Write(&out, &run, stories))
	require.Contains(t, out.String(), "try 1 at router 3 of 3, +0s: served")
	require.Contains(t, out.String(), "breaker of b/m (chat) closed to open")
	require.NotContains(t, out.String(), "breaker of a/m")
}

// Why the first attempt went where it did, in words.
func TestReasons(t *testing.T) {
	two := func(note string) []record.LogCandidate {
		return []record.LogCandidate{{Target: "a/m", Note: note}, {Target: "b/m"}}
	}
	for _, row := range []struct {
		name, strategy string
		candidates     []record.LogCandidate
		first, want    string
	}{
		{"score", "cost-first", two(""), "a/m", "choice by cost-first: a/m: the lowest score\n"},
		{"order", "priority", two(""), "a/m", "choice by priority: a/m: the first of the route\n"},
		{"alone", "priority", two("")[:1], "a/m", "a/m: there is no other\n"},
		{"explored", "latency-first", two("explored"), "a/m", "a/m: it is cold, and this request's turn to get to know it\n"},
		{"a word of its own", "ours", two("poor"), "a/m", "choice by ours: a/m: poor\n"},
		{"the second", "cost-first", two(""), "b/m", "b/m: those before it were passed over\n"},
		{"nothing", "cost-first", two(""), "", "choice by cost-first: nothing could be tried\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := record.Story{Relays: make([]record.LogRelay, 1), Choices: []record.LogChoice{{Strategy: row.strategy, Candidates: row.candidates}}}
			if row.first != "" {
				s.Attempts = []record.LogAttempt{{Target: row.first}}
			}
			var out strings.Builder
			require.NoError(t, explain.Write(&out, &record.LogRun{}, []record.Story{s}))
			require.Contains(t, out.String(), row.want)
		})
	}
}

func TestReadStories(t *testing.T) {
	_, stories, err := record.ReadStories(stored(t), 99)
	require.NoError(t, err)
	require.Empty(t, stories)
	for _, bad := range []string{"", "{}", `{"type":"run","log_version":2}`, "nothing of the kind"} {
		_, _, err := record.ReadStories(strings.NewReader(bad), 1)
		require.ErrorIs(t, err, record.ErrNoLog, bad)
	}
	_, _, err = record.ReadStories(strings.NewReader(`{"type":"run","log_version":1}`+"\n{\"type\":"), 1)
	require.ErrorContains(t, err, "line 2 of the run log")
	_, _, err = record.ReadStories(strings.NewReader(`{"type":"run","log_version":1}`+"\n"+strings.Repeat("x", 2<<20)), 1)
	require.ErrorContains(t, err, "too long")
}

// An answer out of the cache names the request it was made for.
func TestWriteOfACachedAnswer(t *testing.T) {
	cell := record.Cell{
		Policy: "p", Seed: 1, Tasks: []string{"faq"}, Providers: []string{"a"}, Models: []string{"m"}, Endpoints: []string{"chat"},
		Requests: []record.Request{{Seq: 9, Outcome: record.OK, Status: 200, Tries: 1, Answered: record.None, FirstToken: record.Never, Done: ms}},
		Relays: []record.Relay{{
			Seq: 9, Outcome: record.RelayCached, Status: 200, End: ms, Deadline: record.Never, Cache: record.CacheStale, Origin: 4, Age: 75 * time.Second,
		}},
	}
	var log, out bytes.Buffer
	require.NoError(t, record.WriteLog(&log, &record.Run{Scenario: "s", Cells: []record.Cell{cell}}))
	run, stories, err := record.ReadStories(&log, 9)
	require.NoError(t, err)
	require.NoError(t, explain.Write(&out, &run, stories))
	require.Contains(t, out.String(), ": cached 200 in 1ms\n    out of the cache (stale): the answer to request 4, 1m15s old\n")
}
