package check_test

import "github.com/routedrill/routedrill/sim/record"

// hedged gives request 0 a hedge at anthropic, which begins 100 ms after the
// attempt that served, lost to it and was told.
func hedged(c *record.Cell) *record.Attempt {
	c.Limits.Hedging, c.Limits.RetryBudgetFloor = true, 2
	c.Reasons = append(c.Reasons, "hedge_lost")
	c.Relays[0].Attempts = 2
	lost := record.Attempt{
		N: 1, Target: anthropic, Status: 200, Reason: int16(len(c.Reasons) - 1), Hedge: true, Estimated: true, CostMicroUSD: 300,
		Start: 102 * ms, End: 402 * ms, FirstToken: record.Never,
	}
	c.Attempts = append(c.Attempts[:1:1], append([]record.Attempt{lost}, c.Attempts[1:]...)...)
	entry := record.Entry{Target: anthropic, End: record.EndCancelled, Status: 200, Arrived: 103 * ms, Ended: 402 * ms, BillMicroUSD: 250, OutputTokens: 10}
	c.Journal = append(c.Journal[:1:1], append([]record.Entry{entry}, c.Journal[1:]...)...)
	return &c.Attempts[1]
}

var raceCorruptions = []corruption{
	{"a hedge that lost", func(c *record.Cell) { hedged(c) }, []int{}},
	{"a hedge that failed", func(c *record.Cell) { hedged(c).Reason = 1 }, []int{}},
	{"7: no hedge, and begun beside another", func(c *record.Cell) {
		a := hedged(c)
		a.Hedge, a.Reason = false, 1
	}, []int{7}},
	{"7: a hedge where there are none", func(c *record.Cell) {
		hedged(c)
		c.Limits.Hedging = false
	}, []int{7}},
	{"7: two hedges", func(c *record.Cell) {
		a := *hedged(c)
		a.N, a.Target, a.Reason, a.CostMicroUSD = 2, embed, 1, 0
		c.Relays[0].Attempts = 3
		c.Limits.RetryBudgetFloor = 9
		c.Attempts = append(c.Attempts[:2:2], append([]record.Attempt{a}, c.Attempts[2:]...)...)
	}, []int{7}},
	{"7: a hedge of nothing", func(c *record.Cell) {
		a := hedged(c)
		a.Reason, a.Start, a.End = 1, 410*ms, 500*ms
		entryOf(c, 0, 1).Arrived, entryOf(c, 0, 1).Ended = 411*ms, 499*ms
	}, []int{7}},
	{"7: a hedge at the same target", func(c *record.Cell) {
		hedged(c).Target, entryOf(c, 0, 1).Target = openai, openai
	}, []int{7}},
	{"7: a hedge as a probe", func(c *record.Cell) { hedged(c).Probe = true }, []int{7}},
	{"7: hedges are paid for like retries", func(c *record.Cell) {
		hedged(c)
		c.Limits.RetryBudgetFloor, c.Limits.RetryBudgetRatio = 0, 0.25
	}, []int{7}},
	{"7: both lost", func(c *record.Cell) {
		hedged(c)
		attemptOf(c, 0, 0).Reason = attemptOf(c, 0, 1).Reason
		attemptOf(c, 0, 0).Served = false
		c.Requests[0].Outcome = record.DeadlineOver
	}, []int{7}},
	{"7: lost to nobody", func(c *record.Cell) {
		a := hedged(c)
		attemptOf(c, 1, 0).Reason = a.Reason
	}, []int{7}},
	{"4, 7: lost, and served", func(c *record.Cell) { hedged(c).Served = true }, []int{4, 7}},
	{"7: lost, and went on", func(c *record.Cell) { hedged(c).End = 404 * ms }, []int{7}},
	{"7: lost, and not cancelled", func(c *record.Cell) {
		hedged(c)
		entryOf(c, 0, 1).Ended = 404 * ms
	}, []int{7}},
	{"3: lost, and not booked", func(c *record.Cell) {
		a := hedged(c)
		a.Estimated, a.CostMicroUSD = false, 0
	}, []int{3}},
}
