package check_test

import (
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// Targets and endpoints of the cell under test.
const (
	openai    = int16(0)
	anthropic = int16(1)
	embed     = int16(2)

	chat       = int16(0)
	embeddings = int16(1)
)

const ms = time.Millisecond

// making builds a cell one request at a time.
type making struct{ *record.Cell }

func newMaking() making {
	return making{&record.Cell{
		Policy:    "priority",
		Tasks:     []string{"support"},
		Providers: []string{"openai", "anthropic"},
		Models:    []string{"gpt-4.1", "claude", "embed-3"},
		Targets: []record.Target{
			{Name: "openai/gpt-4.1", Provider: 0, Model: 0},
			{Name: "anthropic/claude", Provider: 1, Model: 1},
			{Name: "openai/embed-3", Provider: 0, Model: 2},
		},
		Endpoints: []string{"chat", "embeddings"},
		Reasons:   []string{"ok", "status_503", "cancelled"},
		Limits: record.Limits{
			MaxAttempts: 3, CooldownMax: 20 * time.Second, TotalTimeout: 30 * time.Second, BreakerProbes: 1,
			RetryBudgetRatio: 0.2, RetryBudgetFloor: 1,
			KeyTTL: 10 * time.Minute, KeyEntries: 100, KeyMaxBytes: 10_000,
		},
		Planned: 11,
	}}
}

// answered adds a request that a target answered.
func (c making) answered(seq uint32, at time.Duration, target int16, tokens uint32) {
	t := c.Targets[target]
	c.Requests = append(c.Requests, record.Request{
		Seq: seq, Outcome: record.OK, Tries: 1, Status: 200, Provider: t.Provider, Model: t.Model, Answered: t.Model,
		Scheduled: at, Sent: at, FirstToken: at + 300*ms, Done: at + 600*ms, Finished: true, ContentTokens: tokens,
	})
}

// relay adds a relay that was served.
func (c making) relay(seq uint32, at time.Duration, attempts uint8) *record.Relay {
	c.Relays = append(c.Relays, record.Relay{
		Seq: seq, Outcome: record.RelayServed, Status: 200, Attempts: attempts,
		Start: at + ms, End: at + 599*ms, Deadline: at + ms + 30*time.Second,
	})
	if seq == 2 {
		c.Relays[len(c.Relays)-1].Endpoint = embeddings
	}
	return &c.Relays[len(c.Relays)-1]
}

// try adds an attempt and its entry: served and billed, or a 503.
func (c making) try(seq uint32, n uint8, at time.Duration, target int16, ok bool) (*record.Attempt, *record.Entry) {
	a := record.Attempt{Seq: seq, N: n, Target: target, Status: 503, Start: at, End: at + 50*ms, FirstToken: record.Never}
	e := record.Entry{Seq: seq, Target: target, End: record.EndError, Status: 503, Arrived: at + ms, Ended: at + 49*ms}
	if ok {
		a.Status, a.Served, a.CostMicroUSD, a.End = 200, true, 700, at+400*ms
		e.Status, e.End, e.UsageSent, e.BillMicroUSD, e.OutputTokens, e.SentTokens = 200, record.EndComplete, true, 700, 40, 40
		e.Ended = at + 399*ms
	}
	if target == embed {
		e.Endpoint = embeddings
	}
	for _, other := range c.Journal {
		if other.Seq == seq && other.Target == target {
			e.Nth++
		}
	}
	c.Attempts, c.Journal = append(c.Attempts, a), append(c.Journal, e)
	return &c.Attempts[len(c.Attempts)-1], &c.Journal[len(c.Journal)-1]
}

func at(s int) time.Duration { return time.Duration(s) * time.Second }

// correctCell is a small cell that keeps every invariant:
//
//	0  answered at once                  1  failed over after a 503
//	2  embeddings                        3  retried at the same target
//	4  in flight while the breaker trips 5  the probe that closes it
//	6  the client gave up: an estimate   7  first try cancelled before it arrived
//	8  a hit of the answer of 5          9  the same, stale
//	10 a job, done at the second try
func correctCell() *record.Cell {
	c := newMaking()
	c.answered(0, at(0), openai, 40)
	c.relay(0, at(0), 1)
	c.try(0, 0, at(0)+2*ms, openai, true)

	c.answered(1, at(10), anthropic, 40)
	c.relay(1, at(10), 2)
	c.try(1, 0, at(10)+2*ms, openai, false)
	c.try(1, 1, at(10)+60*ms, anthropic, true)

	c.answered(2, at(20), embed, 16)
	c.relay(2, at(20), 1)
	c.try(2, 0, at(20)+2*ms, embed, true)

	c.answered(3, at(30), openai, 40)
	c.relay(3, at(30), 2)
	c.try(3, 0, at(30)+2*ms, openai, false)
	retry, _ := c.try(3, 1, at(30)+100*ms, openai, true)
	retry.Retry = true

	c.answered(4, at(40), openai, 40)
	c.relay(4, at(40), 1)
	c.try(4, 0, at(40)+2*ms, openai, true)

	c.answered(5, at(70), openai, 40)
	c.relay(5, at(70), 1)
	probe, _ := c.try(5, 0, at(70)+2*ms, openai, true)
	probe.Probe = true
	c.Transitions = []record.Transition{
		{Target: openai, From: record.Closed, To: record.Open, At: at(40) + 2*ms},
		{Target: openai, From: record.Open, To: record.HalfOpen, At: at(70) + 2*ms},
		{Target: openai, From: record.HalfOpen, To: record.Closed, At: at(70) + 402*ms},
	}

	c.answered(6, at(80), openai, 0)
	r := &c.Requests[6]
	r.Outcome, r.Finished, r.Provider, r.Model, r.Answered = record.DeadlineOver, false, record.None, record.None, record.None
	c.relay(6, at(80), 1).Outcome = record.RelayCancelled
	a, e := c.try(6, 0, at(80)+2*ms, openai, false)
	a.Status, a.Estimated, a.CostMicroUSD = 0, true, 300
	e.Status, e.End, e.BillMicroUSD, e.OutputTokens = 200, record.EndCancelled, 250, 10

	c.answered(7, at(90), openai, 40)
	c.Requests[7].Tries = 2
	first := c.relay(7, at(90), 1)
	first.Outcome, first.End = record.RelayCancelled, at(90)+3*ms
	c.Attempts = append(c.Attempts, record.Attempt{
		Seq: 7, Target: openai, Start: at(90) + 2*ms, End: at(90) + 3*ms, FirstToken: record.Never,
	})
	c.relay(7, at(90)+10*ms, 1).Try = 1
	again, _ := c.try(7, 0, at(90)+12*ms, openai, true)
	again.Try = 1
	// Two more ask what the sixth asked, and get its answer: in time, and late while
	// nobody can serve it.
	c.Limits.CacheTTL, c.Limits.CacheStale = []time.Duration{time.Minute}, time.Hour
	for i := range c.Requests {
		c.Requests[i].Question = uint64(100 + i)
	}
	c.Requests[5].Tenant, c.Requests[5].Cache, c.Requests[5].Body, c.Relays[5].Cache = 2, record.CacheMiss, 4711, record.CacheMiss
	c.cached(8, at(100), record.CacheHit)
	c.cached(9, at(140), record.CacheStale)
	// The last one was taken for later; its first execution failed.
	c.answered(10, at(150), openai, 40)
	late := &c.Requests[10]
	late.Accepted, late.Done, late.Provider, late.Model = at(150)+3*ms, at(170), record.None, record.None
	taken := c.relay(10, at(150), 0)
	taken.Outcome, taken.Status, taken.End, taken.Deadline = record.RelayDeferred, 202, at(150)+2*ms, at(1000)
	failed := c.relay(10, at(151), 1)
	failed.Job, failed.Try, failed.Outcome, failed.Status, failed.End = true, 1, record.RelayFailed, 503, at(151)+60*ms
	x, _ := c.try(10, 0, at(151)+2*ms, openai, false)
	x.Try = 1
	run := c.relay(10, at(165), 1)
	run.Job, run.Try = true, 2
	x, _ = c.try(10, 0, at(165)+2*ms, openai, true)
	x.Try = 2
	// The first one's answer got lost: it was asked again and answered with the same one.
	c.Requests[0].Keyed, c.Requests[0].Tries, c.Relays[0].Bytes = true, 2, 500
	c.Relays = append(c.Relays, record.Relay{
		Seq: 0, Try: 1, Outcome: record.RelayReplayed, Status: 200, Bytes: 500, Start: at(35), End: at(35), Deadline: record.Never,
	})
	// Where two of the requests may go; the second one's fallback is among it.
	c.Bounds = []record.Bound{{Targets: []int16{openai, embed}}, {Targets: []int16{openai, anthropic}}}
	c.Requests[3].Bound, c.Requests[1].Bound = 1, 2
	// Two are paid from one period of a budget, and one from the next.
	c.Limits.Budgets = []record.BudgetLimit{{Name: "hourly", Targets: []int16{openai}, Ends: []record.Offset{at(60), at(3660)}, MicroUSD: 100_000}}
	c.Bounds = append(c.Bounds, record.Bound{Budgets: []int16{0}})
	c.Requests[0].Bound, c.Requests[4].Bound, c.Requests[7].Bound = 3, 3, 3
	c.Bounds = append(c.Bounds, record.Bound{Space: []int16{embed}})
	c.Requests[2].Bound = 4
	// The second one was also sent elsewhere, for comparison.
	c.Limits.Shadows = []record.ShadowLimit{{Target: anthropic, HourMicroUSD: 2000}}
	c.Shadows = []record.Extra{{
		Seq: 1, Endpoint: chat, Target: anthropic, Status: 200, Valid: true, CostMicroUSD: 1400,
		Start: at(10) + 2*ms, FirstToken: record.Never, End: at(10) + 900*ms,
	}}
	c.Journal = append(c.Journal, record.Entry{
		Seq: 1, Shadow: true, Target: anthropic, Status: 200, End: record.EndComplete, UsageSent: true, BillMicroUSD: 1400,
		OutputTokens: 80, SentTokens: 80, Arrived: at(10) + 3*ms, Ended: at(10) + 899*ms,
	})
	// The router also asked anthropic how it is, by itself.
	c.Limits.ProbesHourMicroUSD = 100
	c.Probes = []record.Extra{{
		Seq: 4_000_000_000, Endpoint: chat, Target: anthropic, Status: 200, Valid: true, CostMicroUSD: 9,
		Start: at(75), FirstToken: record.Never, End: at(75) + 400*ms,
	}}
	c.ProbeEntries = []record.Entry{{
		Seq: 4_000_000_000, Target: anthropic, Endpoint: chat, Status: 200, End: record.EndComplete, UsageSent: true, BillMicroUSD: 9,
		Arrived: at(75) + ms, Ended: at(75) + 399*ms,
	}}
	return c.Cell
}

// cached adds a request that the sixth one's answer is given to.
func (c making) cached(seq uint32, at time.Duration, state record.CacheState) {
	c.answered(seq, at, openai, 40)
	q := &c.Requests[len(c.Requests)-1]
	q.Question, q.Tenant, q.Cache, q.Body = c.Requests[5].Question, 2, state, 4711
	c.relay(seq, at, 0)
	r := &c.Relays[len(c.Relays)-1]
	r.Outcome, r.Cache, r.Origin, r.End, r.Age = record.RelayCached, state, 5, r.Start+ms, r.Start-c.Requests[5].Done+ms
	q.Age = uint32(r.Age / time.Second)
}
