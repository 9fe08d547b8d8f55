package sim_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

// faultDrill is four requests in a fifth of a second, all hit by one fault, then
// time for what takes its time. One attempt each: what the router makes of it is the point.
const faultDrill = `
version: 1
name: one-fault
duration: 2s
world:
  providers: {p: {quotas: {rpm: 150}, models: {m: {price: {input: 1, output: 4}, quality: 0.8, ttft: 20ms, itl: 2ms}}}}
  routes: {r: [p/m]}
  load: {arrivals: constant, stages: [{for: 200ms, rate: 20/s}, {for: 1800ms, rate: 0}]}
  tasks: [{name: t, model: r, stream: %t, prompt_tokens: 40, output_tokens: 60}]
timeline: [{id: f, at: 0s, for: 2s, fault: %s}]
policies:
  - name: one
    from: single-provider
    resilience: {max_attempts: 1, total_timeout: 1200ms, attempt_timeout: 700ms, ttft_timeout: 500ms, idle_timeout: 500ms,
                 stream: {min_tokens_per_second: 8, window: 600ms}, breaker: {min_samples: 1000}, cooldown: {default: 0s, max: 0s}}
`

// TestEveryFaultOnBothClocks: a fault in virtual time and on real sockets is the
// same to the router, to the client and on the bill.
func TestEveryFaultOnBothClocks(t *testing.T) {
	rows := map[string]struct {
		fault   string
		stream  bool
		reason  string // of the router's audit
		outcome record.Outcome
		end     record.EntryEnd
	}{
		"none":                        {"none", true, "ok", record.OK, record.EndComplete},
		"status":                      {"{kind: status, status: 503}", true, "server_error", record.HTTPError, record.EndError},
		"status html":                 {"{kind: status, status: 502, body: html}", false, "server_error", record.HTTPError, record.EndError},
		"status empty":                {"{kind: status, status: 500, body: empty}", false, "server_error", record.HTTPError, record.EndError},
		"status numeric":              {"{kind: status, status: 429, body: numeric}", false, "rate_limited", record.HTTPError, record.EndError},
		"false_rate_limit":            {"{kind: false_rate_limit, retry_after: 2s}", false, "rate_limited", record.HTTPError, record.EndError},
		"false_unauthorized":          {"false_unauthorized", false, "unauthorized", record.HTTPError, record.EndError},
		"model_retired":               {"model_retired", false, "model_missing", record.HTTPError, record.EndError},
		"content_filter":              {"content_filter", false, "content_filter", record.HTTPError, record.EndError},
		"filtered_answer":             {"{kind: filtered_answer, after: 10}", false, "ok", record.Filtered, record.EndComplete},
		"filtered_answer stream":      {"{kind: filtered_answer, after: 10}", true, "ok", record.Filtered, record.EndComplete},
		"refuse":                      {"refuse", false, "connection_refused", record.HTTPError, 0},
		"slow_accept":                 {"{kind: slow_accept, add: 900ms}", true, "ttft_timeout", record.HTTPError, record.EndCancelled},
		"reset":                       {"reset", false, "connection_lost", record.HTTPError, record.EndReset},
		"hang":                        {"hang", true, "ttft_timeout", record.HTTPError, record.EndCancelled},
		"hang whole":                  {"hang", false, "attempt_timeout", record.HTTPError, record.EndCancelled},
		"hang after headers":          {"{kind: hang, from: body}", true, "ttft_timeout", record.HTTPError, record.EndCancelled},
		"hang whole after headers":    {"{kind: hang, from: body}", false, "attempt_timeout", record.HTTPError, record.EndCancelled},
		"delay":                       {"{kind: delay, add: 900ms}", true, "ttft_timeout", record.HTTPError, record.EndCancelled},
		"slow_first_token":            {"{kind: slow_first_token, add: 900ms}", true, "ttft_timeout", record.HTTPError, record.EndCancelled},
		"slow_first_token, bearable":  {"{kind: slow_first_token, add: 150ms}", true, "ok", record.OK, record.EndComplete},
		"trickle":                     {"{kind: trickle, tokens_per_second: 1}", true, "idle_timeout", record.StreamError, record.EndCancelled},
		"trickle under the idle time": {"{kind: trickle, tokens_per_second: 20}", true, "total_timeout", record.StreamError, record.EndCancelled},
		"trickle below the minimum":   {"{kind: trickle, tokens_per_second: 4}", true, "stream_slow", record.StreamError, record.EndCancelled},
		"stall":                       {"{kind: stall, after: 10}", true, "idle_timeout", record.StreamError, record.EndCancelled},
		"stall before the first":      {"{kind: stall, after: 0}", true, "ttft_timeout", record.HTTPError, record.EndCancelled},
		"stall whole":                 {"{kind: stall, after: 10}", false, "attempt_timeout", record.HTTPError, record.EndCancelled},
		"cut":                         {"{kind: cut, after: 10}", true, "connection_lost", record.StreamError, record.EndReset},
		"cut whole":                   {"{kind: cut, after: 10}", false, "connection_lost", record.HTTPError, record.EndReset},
		"cut clean":                   {"{kind: cut, after: 10, end: clean}", true, "stream_truncated", record.StreamError, record.EndCut},
		"cut clean before the first":  {"{kind: cut, after: 0, end: clean}", true, "stream_truncated", record.HTTPError, record.EndCut},
		"cut clean whole":             {"{kind: cut, after: 10, end: clean}", false, "invalid_answer", record.HTTPError, record.EndCut},
		"no_terminator":               {"no_terminator", true, "stream_truncated", record.StreamError, record.EndComplete},
		"malformed_chunk":             {"{kind: malformed_chunk, after: 10}", true, "stream_malformed", record.StreamError, 0},
		"duplicate_chunk":             {"{kind: duplicate_chunk, after: 10}", true, "ok", record.OK, record.EndComplete},
		"stream_error":                {"{kind: stream_error, after: 10}", true, "stream_error", record.StreamError, record.EndCut},
		"stream_error before first":   {"{kind: stream_error, after: 0, status: 503}", true, "stream_error", record.HTTPError, record.EndCut},
		"error_body":                  {"error_body", false, "invalid_answer", record.HTTPError, record.EndComplete},
		"empty_answer":                {"empty_answer", false, "invalid_answer", record.HTTPError, record.EndComplete},
		"empty_answer stream":         {"empty_answer", true, "invalid_answer", record.HTTPError, record.EndComplete},
		"truncated_json":              {"truncated_json", false, "invalid_answer", record.HTTPError, record.EndComplete},
		"wrong_model":                 {"{kind: wrong_model, model: m2}", false, "ok", record.OK, record.EndComplete},
		"usage":                       {"usage", false, "ok", record.OK, record.EndComplete},
		"usage stream":                {"usage", true, "ok", record.OK, record.EndComplete},
		"usage wrong":                 {"{kind: usage, how: wrong, factor: 3}", false, "ok", record.OK, record.EndComplete},
		"degraded":                    {"{kind: degraded, quality: 0.25}", false, "ok", record.OK, record.EndComplete},
		"price":                       {"{kind: price, factor: 3}", false, "ok", record.OK, record.EndComplete},
		"retry_after":                 {"{kind: retry_after, style: date, value: 24h}", false, "ok", record.OK, record.EndComplete},
		"quota_squeeze":               {"{kind: quota_squeeze, factor: 0.01}", false, "", 0, 0},
	}
	tried := map[string]bool{}
	for name := range rows {
		tried[strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == ',' })[0]] = true
	}
	for _, k := range fault.Kinds() {
		require.True(t, tried[k.Name], "no row tries the fault %s", k.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row := rows[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, faultDrill, row.stream, row.fault)
			want := behaviour{row.reason, row.outcome.String(), row.end.String()}
			virtual := runOn(t, s, sim.Virtual)
			requireInvariants(t, virtual)
			got := behaviourOf(t, virtual, want)
			// Real time is disturbed by whatever else the machine does; a difference
			// between the clocks shows every time.
			for try := 0; ; try++ {
				cell := runOn(t, s, sim.Wall)
				wall, bad := behaviourOf(t, cell, want), broken(cell)
				if slices.Equal(got, wall) && len(bad) == 0 {
					break
				}
				if try == 3 {
					require.Equal(t, got, wall, "virtual time and the wall clock differ")
					require.Empty(t, bad)
				}
			}
			if row.reason != "" {
				require.Equal(t, slices.Repeat([]behaviour{want}, 4), got)
			}
		})
	}
}

// TestPromptBlockedByGemini: where the filter's refusal is an answer without
// candidates, the router passes it on as one that the filter ended, and pays for it.
func TestPromptBlockedByGemini(t *testing.T) {
	for name, stream := range map[string]bool{"whole": false, "streamed": true} {
		t.Run(name, func(t *testing.T) {
			s := load(t, strings.Replace(faultDrill, "p: {quotas", "p: {wire: gemini, quotas", 1), stream, "content_filter")
			want := behaviour{"ok", record.Filtered.String(), record.EndComplete.String()}
			for _, clock := range []sim.Clock{sim.Virtual, sim.Wall} {
				cell := runOn(t, s, clock)
				requireInvariants(t, cell)
				require.Equal(t, slices.Repeat([]behaviour{want}, 4), behaviourOf(t, cell, want))
				require.Positive(t, cell.Journal[0].BillMicroUSD)
			}
		})
	}
}

// behaviour is what came of one request, for the router, the client and the provider.
type behaviour struct{ reason, outcome, end string }

// behaviourOf is what came of the four requests of a drill. What is not wanted
// of a row is not looked at: some refuse only some requests, and what a provider
// sees of a caller that leaves depends on when it looks.
func behaviourOf(t *testing.T, c *record.Cell, want behaviour) []behaviour {
	t.Helper()
	require.Len(t, c.Requests, 4)
	if want.reason == "" {
		return nil
	}
	list := make([]behaviour, len(c.Attempts))
	for i := range list[:min(len(list), 4)] {
		list[i] = behaviour{c.Reasons[c.Attempts[i].Reason], c.Requests[i].Outcome.String(), want.end}
		if want.end != record.EntryEnd(0).String() && i < len(c.Journal) {
			list[i].end = c.Journal[i].End.String()
		}
	}
	return list
}

// runOn runs the one cell of a scenario on a clock.
func runOn(t *testing.T, s *scenarios.Scenario, clock sim.Clock) *record.Cell {
	t.Helper()
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}, Clock: clock})
	require.NoError(t, err)
	return &run.Cells[0]
}
