package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// conducts is what the engine does about each fault, request by request, under
// the built-in policy `priority` in the library's conduct pack: the attempts with
// what came of each; `>` is at once, `~` after the short wait of a quick retry.
// Then what the client saw, how long it took (without the wait of a quick retry),
// and what the primary and the fallback billed, in micro-dollars.
var conducts = map[string]map[string]int{
	"none":               {"primary:ok = ok after 690ms, billed 300+0": 8},
	"status":             {"primary:server_error ~ primary:server_error > fallback:ok = ok after 790ms, billed 0+600": 8},
	"false_unauthorized": {"primary:unauthorized > fallback:ok = ok after 790ms, billed 0+600": 8},
	"false_rate_limit": { // five seconds of peace after each refusal
		"primary:rate_limited > fallback:ok = ok after 790ms, billed 0+600": 2,
		"fallback:ok = ok after 790ms, billed 0+600":                        6,
	},
	"model_retired":    {"primary:model_missing > fallback:ok = ok after 790ms, billed 0+600": 8},
	"content_filter":   {"primary:content_filter = http_error 400 after 0s, billed 0+0": 8},
	"filtered_answer":  {"primary:ok = filtered after 290ms, billed 140+0": 8},
	"refuse":           {"primary:connection_refused > fallback:ok = ok after 790ms, billed 0+600": 8},
	"slow_accept":      {"primary:ok = ok after 3.69s, billed 300+0": 8},
	"reset":            {"primary:connection_lost ~ primary:connection_lost > fallback:ok = ok after 790ms, billed 0+600": 8},
	"hang":             {"primary:ttft_timeout > fallback:ok = ok after 8.79s, billed 0+600": 8},
	"delay":            {"primary:ok = ok after 2.38s, billed 300+0": 8},
	"slow_first_token": {"primary:ttft_timeout > fallback:ok = ok after 8.79s, billed 100+600": 8},
	"trickle":          {"primary:idle_timeout = stream_error after 10.2s, billed 104+0": 8},
	"stall":            {"primary:idle_timeout = stream_error after 10.39s, billed 180+0": 8},
	"cut":              {"primary:connection_lost = stream_error after 400ms, billed 180+0": 8},
	"no_terminator":    {"primary:stream_truncated = stream_error after 690ms, billed 300+0": 8},
	// The event that cannot be read is the next after 20 tokens, and a few are in it.
	"malformed_chunk": {"primary:stream_malformed = stream_error after 440ms, billed 200+0": 8},
	"duplicate_chunk": {"primary:ok = ok after 690ms, billed 300+0": 8},
	"stream_error":    {"primary:stream_error > fallback:ok = ok after 990ms, billed 100+600": 8},
	"error_body":      {"primary:invalid_answer > fallback:ok = ok after 1.48s, billed 300+600": 8},
	"empty_answer":    {"primary:invalid_answer > fallback:ok = ok after 990ms, billed 100+600": 8},
	"truncated_json":  {"primary:invalid_answer > fallback:ok = ok after 1.48s, billed 300+600": 8},
	"wrong_model":     {"primary:ok = ok after 690ms, billed 300+0": 8},
	"usage":           {"primary:ok = ok after 690ms, billed 300+0": 8},
	"degraded":        {"primary:ok = ok after 690ms, billed 300+0": 8},
	"price":           {"primary:ok = ok after 690ms, billed 750+0": 8},
	"quota_squeeze": { // two in ten seconds, then a refusal until the ten seconds are over
		"primary:ok = ok after 690ms, billed 300+0":                         2,
		"primary:rate_limited > fallback:ok = ok after 790ms, billed 0+600": 1,
		"fallback:ok = ok after 790ms, billed 0+600":                        5,
	},
	"retry_after": { // five in ten seconds, then a refusal for seven
		"primary:ok = ok after 690ms, billed 300+0":                         5,
		"primary:rate_limited > fallback:ok = ok after 790ms, billed 0+600": 1,
		"fallback:ok = ok after 790ms, billed 0+600":                        2,
	},
}

// TestConduct puts every fault in front of the engine, one by one.
func TestConduct(t *testing.T) {
	for _, kind := range fault.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			want, tried := conducts[kind.Name]
			require.True(t, tried, "nothing says what is to come of it")
			run := requireConduct(t, strings.ReplaceAll(kind.Name, "_", "-"), want)
			require.Equal(t, kind.Name, run.Faults[0].Kind)
		})
	}
}

// TestLostAnswersAreRepeated: each request is executed once, and every further try
// of it gets the answer there has been.
func TestLostAnswersAreRepeated(t *testing.T) {
	s, err := scenarios.Load("conduct-lost-answers", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	run := runScenario(t, s, "")
	c := &run.Cells[0]
	requireInvariants(t, c)
	tries, replays := 0, 0
	for i := range c.Requests {
		require.Equal(t, record.OK, c.Requests[i].Outcome)
		tries += int(c.Requests[i].Tries)
	}
	for i := range c.Relays {
		if c.Relays[i].Outcome == record.RelayReplayed {
			require.Zero(t, c.Relays[i].Attempts)
			replays++
		}
	}
	require.Len(t, c.Requests, 28)
	require.Len(t, c.Relays, tries)
	require.Equal(t, tries-28, replays)
	require.Greater(t, replays, 5)
	require.Len(t, c.Attempts, 28)
	require.Len(t, c.Journal, 28)
}

// hedgeConducts is the same for the scenarios about a slow primary under policies
// that hedge; `+` is beside the attempt before, that long after its start.
var hedgeConducts = map[string]map[string]int{
	"hedge":      {"primary:hedge_lost +500ms fallback:ok = ok after 1.29s, billed 100+600": 8},
	"hedge-lost": {"primary:ok +1.2s fallback:hedge_lost = ok after 2.38s, billed 300+200": 8},
	"hedge-budget": {
		"primary:hedge_lost +500ms fallback:ok = ok after 1.29s, billed 100+600": 3,
		"primary:ok = ok after 2.38s, billed 300+0":                              5,
	},
}

func TestConductOfHedges(t *testing.T) {
	for name, want := range hedgeConducts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireConduct(t, name, want)
		})
	}
}

// requireConduct runs a scenario of the pack.
func requireConduct(t *testing.T, name string, want map[string]int) *record.Run {
	t.Helper()
	s, err := scenarios.Load("conduct-"+name, scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	run := runScenario(t, s, "")
	c := &run.Cells[0]
	requireInvariants(t, c)
	require.Len(t, run.Faults, 1)
	require.Empty(t, c.Transitions, "eight failures in thirty seconds are too few for a breaker")
	got := map[string]int{}
	for i := range c.Requests {
		r := &c.Requests[i]
		if run.Faults[0].Active(r.Scheduled) {
			got[conductOf(t, c, r)]++
		} else {
			require.Equal(t, record.OK, r.Outcome, "request %d, before the fault", r.Seq)
		}
	}
	require.Equal(t, want, got)
	return run
}

// conductOf tells what became of a request.
func conductOf(t *testing.T, c *record.Cell, r *record.Request) string {
	t.Helper()
	const hop = 2 * time.Millisecond       // what the ways to the gateway and to a provider take at most
	const backoff = 100 * time.Millisecond // the first, at most
	var steps strings.Builder
	took := r.Done - r.Sent
	var start record.Offset // of the attempt before
	last := r.Sent
	for i := range c.Attempts {
		a := &c.Attempts[i]
		if a.Seq != r.Seq {
			continue
		}
		gap := a.Start - last
		switch {
		case a.Hedge:
			fmt.Fprintf(&steps, " +%v ", (a.Start - start).Truncate(10*time.Millisecond))
		case steps.Len() == 0:
			require.Less(t, gap, hop)
		case gap < hop && !a.Retry:
			steps.WriteString(" > ")
		case gap <= backoff+hop && a.Retry:
			steps.WriteString(" ~ ")
			took -= gap
		default:
			fmt.Fprintf(&steps, " after %v ", gap)
		}
		target := c.Targets[a.Target]
		steps.WriteString(c.Providers[target.Provider] + ":" + c.Reasons[a.Reason])
		start, last = a.Start, a.End
	}
	outcome := r.Outcome.String()
	if r.Status != 200 {
		outcome += fmt.Sprintf(" %d", r.Status)
	}
	var bill [2]int64
	for i := range c.Journal {
		if e := &c.Journal[i]; e.Seq == r.Seq {
			bill[c.Targets[e.Target].Provider] += e.BillMicroUSD
		}
	}
	return fmt.Sprintf("%s = %s after %v, billed %d+%d", steps.String(), outcome,
		took.Truncate(10*time.Millisecond), bill[0], bill[1])
}

// TestLibraryKeepsTheInvariants runs the scenarios of the library that belong to
// no pack and bring their load along.
func TestLibraryKeepsTheInvariants(t *testing.T) {
	for _, sum := range scenarios.List() {
		if sum.Group != "" || sum.Name == "azure-conversation-trace" {
			continue // the packs have tests of their own; the trace is not ours to hand on
		}
		t.Run(sum.Name, func(t *testing.T) {
			t.Parallel()
			s, err := scenarios.Load(sum.Name, scenarios.Options{}, sim.Vocabulary())
			require.NoError(t, err)
			run := runScenario(t, s, "")
			for i := range run.Cells {
				requireInvariants(t, &run.Cells[i])
			}
		})
	}
}
