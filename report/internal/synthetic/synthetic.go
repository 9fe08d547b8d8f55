// Package synthetic makes up one run for the tests of the report and its
// renderers. It simulates nothing: every figure follows from the number of
// the request by plain arithmetic, so golden files never move by themselves.
package synthetic

import (
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

const (
	requests = 600
	gap      = 2 * time.Second
	ms       = time.Millisecond

	openai    = int16(0)
	anthropic = int16(1)
	embedA    = int16(2)
	embedB    = int16(3)
)

// Run returns three policies over twenty minutes in which openai is down from
// 5m to 9m and anthropic is slow from 8m to 11m. Thresholds of `priority`
// hold, one of `round-robin` does not, `single-provider` is not gated.
func Run() *record.Run {
	return &record.Run{
		Scenario: "two-outages", Summary: "OpenAI down for four minutes, then Anthropic slow",
		Source: "https://example.com/postmortem", World: "two-providers", Clock: "virtual",
		Start:    time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		Duration: requests * gap, Recovery: 2 * time.Minute,
		Faults: []record.Fault{
			{ID: "outage", Kind: "status", Start: 5 * time.Minute, End: 9 * time.Minute, Targets: []int16{openai, embedA}},
			{ID: "slow", Kind: "delay", Start: 8 * time.Minute, End: 11 * time.Minute, Targets: []int16{anthropic, embedB}},
		},
		Thresholds: []record.Threshold{
			threshold("availability >= 99%", "availability", "", ">=", 0.99),
			threshold("availability{phase:outage} >= 0.98", "availability", "", ">=", 0.98, "phase", "outage"),
			threshold("ttft{task:support-chat}: p95 < 2s", "ttft", "p95", "<", 2, "task", "support-chat"),
			threshold("cost_per_1k <= 6.00", "cost_per_1k", "", "<=", 6),
			threshold("time_to_failover{fault:outage} <= 60s", "time_to_failover", "", "<=", 60, "fault", "outage"),
		},
		Findings: []string{"openai/gpt-4.1: the router believes output costs 8.00 USD per million tokens, the world says 10.00"},
		Version:  "v0.1.0", Arch: "amd64",
		Replay: "routedrill run two-outages --policy single-provider --policy priority --policy round-robin --seed 1 --clock virtual",
		Cells: []record.Cell{
			cell("single-provider", false, 1),
			cell("priority", true, 1),
			cell("round-robin", true, 1),
		},
	}
}

// Long returns the run with a request in each gap for as long as is wanted. Its
// faults stay where they are.
func Long(lasts, gap time.Duration) *record.Run {
	run := Run()
	run.Duration = lasts
	for i := range run.Cells {
		c := &run.Cells[i]
		*c = cellOf(c.Policy, c.Gated, c.Seed, uint32(lasts/gap), gap)
	}
	return run
}

// Seeds returns the run with a second seed for every policy.
func Seeds() *record.Run {
	run := Run()
	for _, c := range Run().Cells {
		run.Cells = append(run.Cells, cell(c.Policy, c.Gated, 2))
	}
	return run
}

// Invariants returns findings for the cells of a run: all hold but one, in
// the last cell, when broken is set.
func Invariants(run *record.Run, broken bool) map[int][]report.Invariant {
	all := make(map[int][]report.Invariant)
	for i := range run.Cells {
		all[i] = []report.Invariant{
			{Number: 1, Name: "every request has exactly one outcome", Checked: requests},
			{Number: 3, Name: "the router's ledger equals the providers' bill", Checked: 640, Estimates: 12, EstimateErrorMicroUSD: 345},
		}
	}
	if broken {
		inv := &all[len(run.Cells)-1][0]
		inv.Violations, inv.Examples = 2, []string{"request 7: recorded more than once", "request 9: no record of it"}
	}
	return all
}

func threshold(source, metric, agg, op string, value float64, selector ...string) record.Threshold {
	t := record.Threshold{Source: source, Metric: metric, Agg: agg, Op: op, Value: value}
	for i := 0; i+1 < len(selector); i += 2 {
		t.Select = append(t.Select, record.Selector{Key: selector[i], Value: selector[i+1]})
	}
	return t
}

func cell(policy string, gated bool, seed uint64) record.Cell {
	return cellOf(policy, gated, seed, requests, gap)
}

func cellOf(policy string, gated bool, seed uint64, requests uint32, gap time.Duration) record.Cell {
	c := record.Cell{
		Policy: policy, Seed: seed, Gated: gated, Planned: int(requests),
		Tasks:     []string{"support-chat", "search"},
		Providers: []string{"openai", "anthropic"},
		Models:    []string{"gpt-4.1", "claude-sonnet", "embed-small", "embed-large"},
		Targets: []record.Target{
			{Name: "openai/gpt-4.1", Provider: 0, Model: 0, Quality: 0.8},
			{Name: "anthropic/claude-sonnet", Provider: 1, Model: 1, Quality: 0.85},
			{Name: "openai/embed-small", Provider: 0, Model: 2},
			{Name: "anthropic/embed-large", Provider: 1, Model: 3},
		},
		Endpoints: []string{"chat", "embeddings"},
		Reasons:   []string{"ok", "status_503"},
	}
	for seq := range requests {
		addRequest(&c, seq, gap)
	}
	if policy == "priority" {
		open := 5*time.Minute + 10*time.Second
		c.Transitions = []record.Transition{
			{Target: openai, From: record.Closed, To: record.Open, At: open},
			{Target: openai, From: record.Open, To: record.HalfOpen, At: 9*time.Minute + 20*time.Second},
			{Target: openai, From: record.HalfOpen, To: record.Closed, At: 9*time.Minute + 22*time.Second},
		}
	}
	return c
}

// order is the providers a policy tries for a request at an instant.
func order(policy string, seq uint32, at time.Duration) []int16 {
	first, second := openai, anthropic
	switch {
	case policy == "single-provider":
		return []int16{openai}
	case policy == "priority" && at > 5*time.Minute+10*time.Second && at < 9*time.Minute+20*time.Second:
		return []int16{anthropic}
	case policy == "round-robin" && seq%2 == 1:
		return []int16{anthropic}
	case policy == "round-robin" && seq%10 == 0: // too few second attempts: some requests fail
		return []int16{openai}
	}
	return []int16{first, second}
}

func addRequest(c *record.Cell, seq uint32, gap time.Duration) {
	at := time.Duration(seq) * gap
	r := record.Request{
		Seq: seq, Stream: seq%3 != 2, Tries: 1, Scheduled: at, Sent: at + 20*time.Microsecond,
		Provider: record.None, Model: record.None, Answered: record.None, FirstToken: record.Never,
		Outcome: record.HTTPError, Status: 503, Done: at,
	}
	embeddings := seq%3 == 2
	if embeddings {
		r.Task = 1
	}
	relay := record.Relay{Seq: seq, Outcome: record.RelayFailed, Status: 503, Start: at + ms, Deadline: at + 30*time.Second}
	now := at + 2*ms
	for n, provider := range order(c.Policy, seq, at) {
		target := provider
		if embeddings {
			target += embedA
		}
		entry := tryTarget(c, seq, uint8(n), provider, target, now)
		relay.Attempts++
		now = entry.Ended + ms
		if entry.End != record.EndComplete {
			continue
		}
		t := c.Targets[target]
		r.Outcome, r.Status, r.Finished = record.OK, 200, true
		r.Provider, r.Model, r.Answered = t.Provider, t.Model, t.Model
		r.ContentTokens, r.OutputTokens, r.PromptTokens = entry.OutputTokens, entry.OutputTokens, entry.PromptTokens
		if r.Stream {
			r.FirstToken = entry.FirstToken + ms
		}
		relay.Outcome, relay.Status = record.RelayServed, 200
		break
	}
	r.Done, relay.End = now+ms, now
	c.Requests = append(c.Requests, r)
	c.Relays = append(c.Relays, relay)
}

// tryTarget adds one attempt and its entry, which it returns.
func tryTarget(c *record.Cell, seq uint32, n uint8, provider, target int16, now time.Duration) record.Entry {
	spread := time.Duration((uint64(seq)*37+c.Seed*11)%100) * 5 * ms // 0 to 495 ms
	entry := record.Entry{
		Quality: 1,
		Seq:     seq, Target: target, End: record.EndComplete, Status: 200, UsageSent: true,
		Arrived: now + ms, Started: now + ms, TPOT: 20 * ms,
		PromptTokens: 500, OutputTokens: 100, PlannedOut: 100, BillMicroUSD: 1800 + 400*int64(provider),
	}
	switch {
	case target >= embedA:
		entry.Endpoint, entry.FirstToken, entry.TPOT = 1, record.Never, 0
		entry.OutputTokens, entry.PlannedOut, entry.BillMicroUSD = 0, 0, 10
		entry.Ended = now + 100*ms + spread/5
	default:
		entry.FirstToken = now + 200*ms + spread
		entry.Ended = entry.FirstToken + 2*time.Second
	}
	if provider == anthropic && now >= 8*time.Minute && now < 11*time.Minute {
		entry.Faults |= 1 << 1
		entry.Ended += time.Second
		if entry.FirstToken != record.Never {
			entry.FirstToken += time.Second
		}
	}
	attempt := record.Attempt{
		Seq: seq, N: n, Target: target, Status: 200, Served: true, Start: now,
		FirstToken: entry.FirstToken, PromptTokens: entry.PromptTokens, OutputTokens: entry.OutputTokens,
		CostMicroUSD: entry.BillMicroUSD,
	}
	if provider == openai && now >= 5*time.Minute && now < 9*time.Minute {
		entry.Faults |= 1
		entry.End, entry.Status, entry.UsageSent, entry.FirstToken, entry.TPOT = record.EndError, 503, false, record.Never, 0
		entry.PromptTokens, entry.OutputTokens, entry.BillMicroUSD, entry.Ended = 0, 0, 0, now+40*ms
		attempt.Status, attempt.Reason, attempt.Served, attempt.FirstToken = 503, 1, false, record.Never
		attempt.PromptTokens, attempt.OutputTokens, attempt.CostMicroUSD = 0, 0, 0
	}
	attempt.End = entry.Ended
	c.Attempts = append(c.Attempts, attempt)
	c.Journal = append(c.Journal, entry)
	return entry
}
