package check_test

import (
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// corruption changes a correct cell and says which invariants must fire.
type corruption struct {
	name    string
	corrupt func(c *record.Cell)
	want    []int
}

var oneOutcomeCorruptions = []corruption{
	{"1: outcome missing", func(c *record.Cell) { c.Requests[6].Outcome = record.NoOutcome }, []int{1}},
	{"1: outcome unknown", func(c *record.Cell) { c.Requests[6].Outcome = 99 }, []int{1}},
	{"1: request missing in the middle", func(c *record.Cell) { c.Requests = append(c.Requests[:3:3], c.Requests[4:]...) }, []int{1}},
	{"1: last request missing", func(c *record.Cell) { c.Requests = c.Requests[:7] }, []int{1}},
	{"1: request twice", func(c *record.Cell) { c.Requests = append(c.Requests, c.Requests[2]) }, []int{1}},
	{"1: more than planned", func(c *record.Cell) { c.Planned = 7 }, []int{1}},
	{"1: interrupted and twice", func(c *record.Cell) {
		c.Interrupted = true
		c.Requests = append(c.Requests[:3], c.Requests[0])
	}, []int{1}},
	{"interrupted with requests missing", func(c *record.Cell) { c.Interrupted, c.Requests = true, c.Requests[:3] }, []int{}},
}

var honestSuccessCorruptions = []corruption{
	{"2: end never arrived", func(c *record.Cell) { c.Requests[0].Finished = false }, []int{2}},
	{"2: no content", func(c *record.Cell) { c.Requests[0].ContentTokens = 0 }, []int{2}},
	{"2: a token lost", func(c *record.Cell) { c.Requests[0].ContentTokens-- }, []int{2}},
	{"2: no vectors", func(c *record.Cell) { c.Requests[2].ContentTokens = 0 }, []int{2}},
	{"2: failure called ok", func(c *record.Cell) { c.Requests[6].Outcome = record.OK }, []int{2, 4}},
	{"2: provider cut it short", func(c *record.Cell) { entryOf(c, 0, 0).End = record.EndReset }, []int{2, 4}},
	{"embeddings have no finish sign", func(c *record.Cell) { c.Requests[2].Finished = false }, []int{}},
}

var ledgerEqualsBillCorruptions = []corruption{
	{"3: booked too much", func(c *record.Cell) { attemptOf(c, 0, 0).CostMicroUSD++ }, []int{3}},
	{"3: billed too much", func(c *record.Cell) { entryOf(c, 1, 1).BillMicroUSD++ }, []int{3}},
	{"3: estimate in spite of usage", func(c *record.Cell) { attemptOf(c, 0, 0).Estimated = true }, []int{3}},
	{"an error marked as an estimate of nothing", func(c *record.Cell) { attemptOf(c, 1, 0).Estimated = true }, []int{}},
	{"3: estimate not marked", func(c *record.Cell) { attemptOf(c, 6, 0).Estimated = false }, []int{3}},
	{"3: lucky estimate not marked", func(c *record.Cell) {
		attemptOf(c, 6, 0).Estimated = false
		attemptOf(c, 6, 0).CostMicroUSD = 250
	}, []int{3}},
	{"3: cost of an attempt that never arrived", func(c *record.Cell) { attemptOf(c, 7, 0).CostMicroUSD = 9 }, []int{3}},
	{"booked at the price before", func(c *record.Cell) { reprice(c, 0, 300) }, []int{}},
	{"booked at the price before, which was higher", func(c *record.Cell) { reprice(c, 0, -300) }, []int{}},
	{"3: booked at neither price", func(c *record.Cell) { reprice(c, 0, 300); attemptOf(c, 0, 0).CostMicroUSD++ }, []int{3}},
	{"3: another price that nobody changed", func(c *record.Cell) { reprice(c, 0, 300); entryOf(c, 0, 0).RepricedMicroUSD = 0 }, []int{3}},
	{"3: usage not sent", func(c *record.Cell) { entryOf(c, 0, 0).UsageSent = false }, []int{3}},
	{"3, 7: billed without an attempt", func(c *record.Cell) {
		for i := range c.Attempts {
			if c.Attempts[i].Seq == 6 {
				c.Attempts = append(c.Attempts[:i:i], c.Attempts[i+1:]...)
				break
			}
		}
	}, []int{3, 7}},
	{"estimate of a broken relay with usage", func(c *record.Cell) {
		attemptOf(c, 0, 0).Estimated = true
		c.Relays[0].Outcome = record.RelayBroken
	}, []int{}},
}

// reprice bills a request at another price.
func reprice(c *record.Cell, seq uint32, by int64) {
	e := entryOf(c, seq, 0)
	e.BillMicroUSD, e.RepricedMicroUSD = e.BillMicroUSD+by, by
}

var auditNamesServerCorruptions = []corruption{
	{"4: header names another provider", func(c *record.Cell) { c.Requests[0].Provider = 1 }, []int{4}},
	{"4: header names another model", func(c *record.Cell) { c.Requests[0].Model = 1 }, []int{4}},
	{"4: header missing", func(c *record.Cell) { c.Requests[0].Provider = record.None }, []int{4}},
	{"4: answer names another model", func(c *record.Cell) { c.Requests[0].Answered = 1 }, []int{4}},
	{"4: embeddings answer names no model", func(c *record.Cell) { c.Requests[2].Answered = record.None }, []int{4}},
	{"4: nobody served", func(c *record.Cell) { attemptOf(c, 0, 0).Served = false }, []int{4}},
	{"4: two served", func(c *record.Cell) { attemptOf(c, 1, 0).Served = true }, []int{4}},
	{"4: served by one that failed", func(c *record.Cell) {
		attemptOf(c, 1, 0).Served = true
		attemptOf(c, 1, 1).Served = false
	}, []int{4}},
	{"4: target out of range", func(c *record.Cell) { attemptOf(c, 0, 0).Target = 77 }, []int{3, 4, 7}},
}

var breakerHoldsCorruptions = []corruption{
	{"5: admitted while open", func(c *record.Cell) {
		attemptOf(c, 4, 0).Start += ms
		entryOf(c, 4, 0).Arrived += ms
	}, []int{5}},
	{"a last resort asks no breaker", func(c *record.Cell) {
		attemptOf(c, 4, 0).Start += ms
		entryOf(c, 4, 0).Arrived += ms
		attemptOf(c, 4, 0).LastResort = true
	}, []int{}},
	{"5: not a probe", func(c *record.Cell) { attemptOf(c, 5, 0).Probe = false }, []int{5}},
	{"5: probe too early", func(c *record.Cell) { c.Transitions[1].At += ms }, []int{5}},
	{"5: breaker stays open", func(c *record.Cell) { c.Transitions = c.Transitions[:1] }, []int{5}},
	{"5: two probes at once", func(c *record.Cell) {
		c.Transitions[2].At = 100 * time.Second
		attemptOf(c, 5, 0).End = 81 * time.Second
		for seq := uint32(6); seq < 8; seq++ {
			attemptOf(c, seq, 0).Probe = true
		}
		attemptOf(c, 7, 1).Probe = true
	}, []int{5}},
	{"5: arrival the audit does not know", func(c *record.Cell) {
		c.Journal = append(c.Journal, record.Entry{
			Seq: 7, Nth: 1, Target: openai, End: record.EndError, Arrived: 50 * time.Second, Ended: 51 * time.Second,
		})
	}, []int{5, 7}},
	{"5: other endpoint is not guarded", func(c *record.Cell) {
		for i := range c.Transitions {
			c.Transitions[i].Endpoint = embeddings
		}
	}, []int{}},
	{"5: asked at another endpoint than its breaker's", func(c *record.Cell) {
		attemptOf(c, 4, 0).Start += ms
		entryOf(c, 4, 0).Arrived += ms
		entryOf(c, 4, 0).Endpoint = embeddings
	}, []int{5}},
	{"guarded by the breaker of the client's endpoint", func(c *record.Cell) {
		attemptOf(c, 4, 0).Start += ms
		entryOf(c, 4, 0).Arrived += ms
		c.Relays[4].Endpoint = embeddings
	}, []int{}},
	{"5: slack admits a late timer", func(c *record.Cell) {
		c.Transitions[1].At += ms
		c.Limits.Slack = ms
	}, []int{}},
	{"one probe after another", func(c *record.Cell) {
		c.Transitions[2].At = 100 * time.Second
		for seq := uint32(6); seq < 8; seq++ {
			attemptOf(c, seq, 0).Probe = true
		}
		attemptOf(c, 7, 1).Probe = true
	}, []int{}},
}

// Request 1 is refused by openai at 10.05s and the next attempt there begins at
// 30.002s; that of request 2 is at another of its targets.
var waitsHeededCorruptions = []corruption{
	{"6: a wait cut short", func(c *record.Cell) { asks(c, 1, 19999*ms) }, []int{6}},
	{"a wait that is over", func(c *record.Cell) { asks(c, 1, 19900*ms) }, []int{}},
	{"a longer wait than counts", func(c *record.Cell) {
		c.Limits.CooldownMax = 19 * time.Second
		asks(c, 1, time.Hour)
	}, []int{}},
	{"6: the cap is not over either", func(c *record.Cell) { asks(c, 1, time.Hour) }, []int{6}},
	{"6: a later, shorter wait does not end a longer one", func(c *record.Cell) {
		c.Limits.CooldownMax = time.Hour
		asks(c, 1, 20060*ms) // until 30.111s; the attempt at 30.002s is a last resort
		attemptOf(c, 3, 0).LastResort = true
		asks(c, 3, ms)
	}, []int{6, 7}},
	{"last resort", func(c *record.Cell) {
		asks(c, 1, time.Hour)
		attemptOf(c, 3, 0).LastResort = true
		attemptOf(c, 3, 1).Try = 1 // the last resort is the last of its try
		c.Relays[3].Attempts = 1
		again := c.Relays[3]
		again.Try = 1
		c.Relays = append(c.Relays, again)
		c.Limits.RetryBudgetFloor = 9
		c.Limits.CooldownMax = 19990 * ms
	}, []int{}},
	{"a wait the router never saw", func(c *record.Cell) {
		asks(c, 1, time.Hour)
		attemptOf(c, 1, 0).Status = 0
	}, []int{}},
	{"a refusal of the request itself", func(c *record.Cell) {
		asks(c, 1, time.Hour)
		attemptOf(c, 1, 0).Status, entryOf(c, 1, 0).Status = 400, 400
	}, []int{}},
	{"slack admits an early timer", func(c *record.Cell) {
		asks(c, 1, 19952*ms)
		c.Limits.Slack = ms
	}, []int{}},
}

// asks makes the first answer to a request state a wait.
func asks(c *record.Cell, seq uint32, wait time.Duration) { entryOf(c, seq, 0).Wait = wait }

var limitsHoldCorruptions = []corruption{
	{"7: too many attempts", func(c *record.Cell) { c.Limits.MaxAttempts = 1 }, []int{7}},
	{"7: count differs from the audit", func(c *record.Cell) { c.Relays[1].Attempts = 1 }, []int{7}},
	{"7: attempt past the deadline", func(c *record.Cell) { attemptOf(c, 0, 0).End = 31 * time.Second }, []int{7}},
	{"7: attempt without an end", func(c *record.Cell) { attemptOf(c, 0, 0).End = record.Never }, []int{7}},
	{"7: relay past the deadline", func(c *record.Cell) { c.Relays[0].End = 31 * time.Second }, []int{7}},
	{"7: deadline past the total timeout", func(c *record.Cell) { c.Relays[0].Deadline += ms }, []int{7}},
	{"7: retry budget spent", func(c *record.Cell) { c.Limits.RetryBudgetFloor, c.Limits.RetryBudgetRatio = 0, 0.2 }, []int{7}},
	{"7: a last resort is paid for like a retry", func(c *record.Cell) {
		attemptOf(c, 0, 0).LastResort = true
		c.Limits.RetryBudgetFloor, c.Limits.RetryBudgetRatio = 0, 0.6
	}, []int{7}},
	{"7: something after the last resort", func(c *record.Cell) { attemptOf(c, 1, 0).LastResort = true }, []int{7}},
	{"7: relay missing", func(c *record.Cell) { c.Relays = c.Relays[1:] }, []int{7}},
	{"7: an arrival the audit does not know, which costs nothing", func(c *record.Cell) {
		c.Journal = append(c.Journal, record.Entry{
			Seq: 1, Nth: 1, Target: openai, End: record.EndError, Status: 503, Arrived: 11 * time.Second, Ended: 12 * time.Second,
		})
	}, []int{7}},
	{"retry budget just enough", func(c *record.Cell) { c.Limits.RetryBudgetFloor, c.Limits.RetryBudgetRatio = 0, 0.25 }, []int{}},
	{"rejected before it was planned", func(c *record.Cell) {
		c.Relays = append(c.Relays, record.Relay{
			Seq: 99, Outcome: record.RelayRejected, Status: 413, Start: ms, End: 2 * ms, Deadline: record.Never,
		})
	}, []int{}},
	{"7: rejected and never ended", func(c *record.Cell) {
		c.Relays = append(c.Relays, record.Relay{
			Seq: 99, Outcome: record.RelayRejected, Status: 413, Start: ms, End: record.Never, Deadline: record.Never,
		})
	}, []int{7}},
	{"slack admits a late end", func(c *record.Cell) {
		c.Relays[0].End = c.Relays[0].Deadline + ms
		c.Limits.Slack = ms
	}, []int{}},
}

var onceOnlyCorruptions = []corruption{
	{"8: executed again", func(c *record.Cell) { again(c, at(35)) }, []int{8}},
	{"8: executed again, much later", func(c *record.Cell) { again(c, at(0)+9*time.Minute) }, []int{8}},
	{"8: an arrival that the audit does not know", func(c *record.Cell) {
		c.Journal = append(c.Journal, record.Entry{Seq: 0, Nth: 2, Target: openai, End: record.EndError, Status: 503, Arrived: at(35), Ended: at(36)})
	}, []int{7, 8}},
	{"executed again, without a key", func(c *record.Cell) { c.Requests[0].Keyed = false; again(c, at(35)) }, []int{}},
	{"executed again, past its time", func(c *record.Cell) { c.Limits.KeyTTL = time.Second; again(c, at(35)) }, []int{}},
	{"executed again, where nothing is remembered", func(c *record.Cell) { c.Limits.KeyTTL = 0; again(c, at(35)) }, []int{}},
	{"executed again, too long to be kept", func(c *record.Cell) { c.Relays[0].Bytes = 1251; again(c, at(35)) }, []int{}},
	{"executed again after a failure", func(c *record.Cell) { c.Relays[0].Outcome = record.RelayFailed; again(c, at(35)) }, []int{}},
	{"executed again, driven out by another", func(c *record.Cell) {
		c.Requests[3].Keyed, c.Limits.KeyEntries = true, 1
		again(c, at(35))
	}, []int{}},
}

// again executes request 0 once more.
func again(c *record.Cell, when time.Duration) {
	relay := &c.Relays[len(c.Relays)-1]
	relay.Outcome, relay.Attempts, relay.Start, relay.End, relay.Deadline = record.RelayServed, 1, when, when+500*ms, when+10*time.Second
	a, _ := making{c}.try(0, 0, when+2*ms, openai, true)
	a.Try = 1
}

var boundsHoldCorruptions = []corruption{
	{"12: a fallback outside the limits", func(c *record.Cell) { c.Bounds[1].Targets = []int16{openai} }, []int{12}},
	{"12: a first attempt outside the limits", func(c *record.Cell) { c.Bounds[1].Targets = []int16{anthropic, embed} }, []int{12}},
	{"12: nowhere to go, and yet served", func(c *record.Cell) { c.Bounds[0].Targets = []int16{} }, []int{12}},
	{"12: a last resort outside the limits", func(c *record.Cell) {
		attemptOf(c, 1, 1).LastResort = true
		c.Limits.RetryBudgetFloor = 9
		c.Bounds[1].Targets = []int16{openai}
	}, []int{12}},
	{"12: an arrival there that the audit does not know", func(c *record.Cell) {
		c.Journal = append(c.Journal, record.Entry{
			Seq: 3, Target: anthropic, End: record.EndError, Status: 503, Arrived: at(30) + 60*ms, Ended: at(30) + 70*ms,
		})
	}, []int{7, 12}},
	{"11: embeddings of another space", func(c *record.Cell) { c.Bounds[3].Space = []int16{anthropic} }, []int{11}},
	{"another space, and no answer", func(c *record.Cell) {
		c.Bounds[3].Space = []int16{anthropic}
		c.Requests[2].Outcome, c.Requests[2].Status = record.HTTPError, 503
	}, []int{}},
	{"limits of another request", func(c *record.Cell) { c.Requests[1].Bound, c.Bounds[1].Targets = 0, nil }, []int{}},
}

// The journal's last entry is the shadow's.
var shadowCorruptions = []corruption{
	{"3: a shadow booked too low", func(c *record.Cell) { c.Shadows[0].CostMicroUSD-- }, []int{3}},
	{"3: a shadow billed too much", func(c *record.Cell) { c.Journal[len(c.Journal)-1].BillMicroUSD++ }, []int{3}},
	{"3: a valid shadow's cost is an estimate in spite of usage", func(c *record.Cell) { c.Shadows[0].Estimated = true }, []int{3}},
	{"a shadow's estimate without usage", func(c *record.Cell) {
		c.Shadows[0].Estimated, c.Shadows[0].Valid, c.Shadows[0].CostMicroUSD = true, false, 0
		c.Journal[len(c.Journal)-1].UsageSent = false
	}, []int{}},
	{"3, 7: a shadow missing in the audit", func(c *record.Cell) { c.Shadows = nil }, []int{3, 7}},
	{"interrupted with a shadow missing", func(c *record.Cell) { c.Interrupted, c.Shadows = true, nil }, []int{}},
	{"3, 7: a shadow passed off as an attempt", func(c *record.Cell) { c.Journal[len(c.Journal)-1].Shadow = false }, []int{3, 7}},
	{"3: an attempt passed off as a shadow", func(c *record.Cell) { c.Journal[0].Shadow = true }, []int{2, 3, 4, 7}},
	{"5: a shadow past an open breaker", func(c *record.Cell) {
		c.Transitions = append(c.Transitions,
			record.Transition{Target: anthropic, From: record.Closed, To: record.Open, At: at(10) + ms},
			record.Transition{Target: anthropic, From: record.Open, To: record.HalfOpen, At: at(10) + 3*ms},
			record.Transition{Target: anthropic, From: record.HalfOpen, To: record.Closed, At: at(10) + 4*ms})
	}, []int{5}},
	{"5: a shadow at a half-open breaker", func(c *record.Cell) {
		c.Transitions = append(c.Transitions,
			record.Transition{Target: anthropic, From: record.Closed, To: record.Open, At: at(10) - ms},
			record.Transition{Target: anthropic, From: record.Open, To: record.HalfOpen, At: at(10) + ms},
			record.Transition{Target: anthropic, From: record.HalfOpen, To: record.Closed, At: at(10) + 4*ms})
	}, []int{5}},
	{"7: a shadow without end", func(c *record.Cell) { c.Shadows[0].End += 31 * time.Second }, []int{7}},
	{"7, 12: a shadow nobody asked for", func(c *record.Cell) { c.Limits.Shadows = nil }, []int{7, 12}},
	{"12: shadows above their budget", func(c *record.Cell) { c.Limits.Shadows[0].HourMicroUSD = 1399 }, []int{12}},
	{"shadows of two hours", func(c *record.Cell) {
		second, entry := c.Shadows[0], c.Journal[len(c.Journal)-1]
		second.Seq, second.Start, second.End = 7, time.Hour+at(10), time.Hour+at(11)
		entry.Seq, entry.Arrived, entry.Ended = 7, second.Start+ms, second.End-ms
		c.Shadows, c.Journal = append(c.Shadows, second), append(c.Journal, entry)
	}, []int{}},
	{"12: shadows of one hour", func(c *record.Cell) {
		second, entry := c.Shadows[0], c.Journal[len(c.Journal)-1]
		second.Seq, second.Start, second.End = 7, at(90), at(91)
		entry.Seq, entry.Arrived, entry.Ended = 7, second.Start+ms, second.End-ms
		c.Shadows, c.Journal = append(c.Shadows, second), append(c.Journal, entry)
	}, []int{12}},
	{"12: a shadow outside the limits of its request", func(c *record.Cell) {
		c.Shadows[0].Seq, c.Journal[len(c.Journal)-1].Seq = 3, 3
	}, []int{12}},
}

// probeCorruptions change the one active probe, at 75 s.
var probeCorruptions = []corruption{
	{"3: a probe booked too low", func(c *record.Cell) { c.Probes[0].CostMicroUSD-- }, []int{3}},
	{"3: a probe billed too much", func(c *record.Cell) { c.ProbeEntries[0].BillMicroUSD++ }, []int{3}},
	{"3, 7: a probe missing in the audit", func(c *record.Cell) { c.Probes = nil }, []int{3, 7}},
	{"interrupted with a probe missing", func(c *record.Cell) { c.Interrupted, c.Probes = true, nil }, []int{}},
	{"3, 7: a probe of another target", func(c *record.Cell) { c.Probes[0].Target = openai }, []int{3, 7}},
	{"a probe that never arrived", func(c *record.Cell) {
		c.Probes[0].CostMicroUSD, c.Probes[0].Valid, c.Probes[0].Status, c.ProbeEntries = 0, false, 0, nil
	}, []int{}},
	{"5: a probe past an open breaker", func(c *record.Cell) {
		c.Transitions = append(c.Transitions, around(at(75), record.Open)...)
	}, []int{5}},
	{"5: a probe at a half-open breaker that did not admit it", func(c *record.Cell) {
		c.Transitions = append(c.Transitions, around(at(75), record.HalfOpen)...)
	}, []int{5}},
	{"a probe that a half-open breaker admitted", func(c *record.Cell) {
		c.Transitions = append(c.Transitions, around(at(75), record.HalfOpen)...)
		c.Probes[0].HalfOpen = true
	}, []int{}},
	{"5: more probes at once than a half-open breaker admits", func(c *record.Cell) {
		c.Transitions = append(c.Transitions, around(at(75), record.HalfOpen)...)
		for i := range c.Limits.BreakerProbes + 1 {
			p, e := c.Probes[0], c.ProbeEntries[0]
			p.Seq, p.HalfOpen, e.Seq = uint32(i), true, uint32(i)
			c.Probes, c.ProbeEntries = append(c.Probes, p), append(c.ProbeEntries, e)
		}
		c.Probes, c.ProbeEntries = c.Probes[1:], c.ProbeEntries[1:]
	}, []int{5}},
	{"6: a probe before a wait is over", func(c *record.Cell) {
		again, entry := c.Probes[0], c.ProbeEntries[0]
		again.Start, again.End = at(80), at(81)
		entry.Arrived, entry.Ended = at(80)+ms, at(81)-ms
		c.Probes[0].Status, c.Probes[0].Valid, c.Probes[0].CostMicroUSD = 429, false, 0
		c.ProbeEntries[0].Status, c.ProbeEntries[0].End, c.ProbeEntries[0].BillMicroUSD, c.ProbeEntries[0].Wait = 429, record.EndError, 0, 20*time.Second
		c.Probes, c.ProbeEntries = append(c.Probes, again), append(c.ProbeEntries, entry)
	}, []int{6}},
	{"7: a probe without end", func(c *record.Cell) { c.Probes[0].End += 31 * time.Second }, []int{7}},
	{"12: probes above their budget", func(c *record.Cell) { c.Limits.ProbesHourMicroUSD = 8 }, []int{12}},
}

// around opens anthropic's breaker long before an instant, and has it in a state
// at that instant.
func around(t time.Duration, state record.BreakerState) []record.Transition {
	return []record.Transition{
		{Target: anthropic, From: record.Closed, To: record.Open, At: t - 2*ms},
		{Target: anthropic, From: record.Open, To: state, At: t - ms},
		{Target: anthropic, From: state, To: record.Closed, At: t + 3*ms},
	}
}

var budgetCorruptions = []corruption{
	{"a budget used to the last", func(c *record.Cell) { c.Limits.Budgets[0].MicroUSD = 1400 }, []int{}},
	{"12: more is booked than a budget has", func(c *record.Cell) { c.Limits.Budgets[0].MicroUSD = 1399 }, []int{12}},
	{"12: more is booked in one period", func(c *record.Cell) {
		c.Limits.Budgets[0].Ends[0], c.Limits.Budgets[0].MicroUSD = at(3600), 1400
	}, []int{12}},
	{"12: one more is paid from it", func(c *record.Cell) { c.Requests[5].Bound, c.Limits.Budgets[0].MicroUSD = 3, 1399 }, []int{12}},
	{"a budget of other targets", func(c *record.Cell) {
		c.Limits.Budgets[0].Targets, c.Limits.Budgets[0].MicroUSD = []int16{anthropic}, 1
	}, []int{}},
	{"a budget of nobody's", func(c *record.Cell) { c.Bounds[2].Budgets, c.Limits.Budgets[0].MicroUSD = nil, 1 }, []int{}},
	{"a provider that tells a wrong usage", func(c *record.Cell) {
		entryOf(c, 4, 0).UsageWrong, c.Limits.Budgets[0].MicroUSD = true, 1399
	}, []int{}},
	{"12: a shadow is paid from a budget too", func(c *record.Cell) {
		c.Requests[1].Bound, c.Limits.Budgets[0].Targets, c.Limits.Budgets[0].MicroUSD = 3, []int16{anthropic}, 2099
	}, []int{12}},
	{"a shadow and its request, paid to the last", func(c *record.Cell) {
		c.Requests[1].Bound, c.Limits.Budgets[0].Targets, c.Limits.Budgets[0].MicroUSD = 3, []int16{anthropic}, 2100
	}, []int{}},
}

// Requests 8 and 9 are answered with the answer of 5, the second one when it is
// stale.
var cacheCorruptions = []corruption{
	{"10: for another tenant", func(c *record.Cell) { c.Requests[8].Tenant = 1 }, []int{10}},
	{"10: for nobody's tenant", func(c *record.Cell) { c.Requests[5].Tenant = 0 }, []int{10}},
	{"10: for another question", func(c *record.Cell) { c.Requests[9].Question++ }, []int{10}},
	{"10: past its TTL", func(c *record.Cell) { c.Limits.CacheTTL[0] = relayOf(c, 8).Age }, []int{10}},
	{"just within its TTL", func(c *record.Cell) { c.Limits.CacheTTL[0] = relayOf(c, 8).Age + 1 }, []int{}},
	{"10: past its TTL and not marked", func(c *record.Cell) {
		relayOf(c, 9).Cache, c.Requests[9].Cache = record.CacheHit, record.CacheHit
	}, []int{10}},
	{"10: stale within its TTL", func(c *record.Cell) {
		relayOf(c, 8).Cache, c.Requests[8].Cache = record.CacheStale, record.CacheStale
	}, []int{10}},
	{"10: too stale", func(c *record.Cell) { c.Limits.CacheStale = relayOf(c, 9).Age - time.Minute }, []int{10}},
	{"just not too stale", func(c *record.Cell) { c.Limits.CacheStale = relayOf(c, 9).Age - time.Minute + 1 }, []int{}},
	{"10: of a task that is not kept", func(c *record.Cell) { c.Limits.CacheTTL[0] = 0 }, []int{10}},
	{"10: of another instant than its age says", func(c *record.Cell) { relayOf(c, 8).Age -= 2 * ms }, []int{10}},
	{"10: before there was an answer", func(c *record.Cell) { relayOf(c, 5).End = at(101) }, []int{7, 10}},
	{"10: from an error", func(c *record.Cell) {
		c.Requests[5].Outcome, relayOf(c, 5).Outcome, relayOf(c, 5).Status = record.HTTPError, record.RelayFailed, 503
	}, []int{10}},
	{"10: from an answer that was cut", func(c *record.Cell) {
		for i := range c.Journal {
			if c.Journal[i].Seq == 5 {
				c.Journal[i].End = record.EndCut
			}
		}
	}, []int{2, 4, 10}},
	{"10: from nowhere", func(c *record.Cell) { relayOf(c, 8).Origin = 77 }, []int{2, 4, 10}},
	{"10: from another replica", func(c *record.Cell) { relayOf(c, 8).Replica = 1 }, []int{10}},
	{"10: from another answer out of the cache", func(c *record.Cell) { relayOf(c, 9).Origin, relayOf(c, 9).Age = 8, 40*time.Second-ms }, []int{2, 4, 10}},
	{"10: not marked", func(c *record.Cell) { c.Requests[8].Cache = record.CacheMiss }, []int{10}},
	{"10: marked, but not in the audit", func(c *record.Cell) { c.Requests[4].Cache = record.CacheHit }, []int{10}},
	{"10: another age", func(c *record.Cell) { c.Requests[9].Age++ }, []int{10}},
	{"10: other bytes", func(c *record.Cell) { c.Requests[8].Body++ }, []int{10}},
	{"bytes of a first answer that is not known", func(c *record.Cell) { c.Requests[5].Body = 0 }, []int{}},
	{"4: the wrong server of a cached answer", func(c *record.Cell) { c.Requests[8].Provider, c.Requests[8].Model = 1, 1 }, []int{4}},
	{"2: a token of a cached answer lost", func(c *record.Cell) { c.Requests[8].ContentTokens-- }, []int{2}},
}

// relayOf is the first relay of a request.
func relayOf(c *record.Cell, seq uint32) *record.Relay {
	for i := range c.Relays {
		if c.Relays[i].Seq == seq {
			return &c.Relays[i]
		}
	}
	panic("no such relay")
}

func attemptOf(c *record.Cell, seq uint32, n int) *record.Attempt {
	for i := range c.Attempts {
		if c.Attempts[i].Seq == seq {
			return &c.Attempts[i+n]
		}
	}
	panic("no such attempt")
}

func entryOf(c *record.Cell, seq uint32, n int) *record.Entry {
	for i := range c.Journal {
		if c.Journal[i].Seq == seq {
			return &c.Journal[i+n]
		}
	}
	panic("no such entry")
}
