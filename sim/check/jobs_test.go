package check_test

import "github.com/routedrill/routedrill/sim/record"

// jobRelay is relay n of the one that was taken for later: its acceptance, an execution
// that failed, and one that was served.
func jobRelay(c *record.Cell, n int) *record.Relay {
	for i := range c.Relays {
		if c.Relays[i].Seq == 10 {
			return &c.Relays[i+n]
		}
	}
	panic("no such relay")
}

// unaccept makes an ordinary relay of an acceptance.
func unaccept(r *record.Relay) { r.Outcome, r.Deadline = record.RelayServed, r.Start+at(20) }

var jobCorruptions = []corruption{
	{"9: a result that changes", func(c *record.Cell) { c.Requests[10].Changed = true }, []int{9}},
	{"9: a job that is gone", func(c *record.Cell) { c.Requests[10].Outcome, c.Requests[10].Status = record.HTTPError, 404 }, []int{9}},
	{"9: dead, though it was done", func(c *record.Cell) { c.Requests[10].Outcome = record.Dead }, []int{9}},
	{"9: done, and not shown", func(c *record.Cell) {
		c.Requests[10].Outcome, c.Requests[10].Done = record.DeadlineOver, at(600)
	}, []int{9}},
	{"done just before the deadline", func(c *record.Cell) {
		c.Requests[10].Outcome, c.Requests[10].Done = record.DeadlineOver, at(166)
	}, []int{}},
	{"9: done twice", func(c *record.Cell) { jobRelay(c, 1).Outcome = record.RelayServed }, []int{9}},
	{"accepted twice without a key, and lost once", func(c *record.Cell) {
		jobRelay(c, 1).Outcome = record.RelayServed
		again := *jobRelay(c, 0)
		again.Try = 3
		c.Relays = append(c.Relays, again)
	}, []int{}},
	{"9: accepted twice with a key, and done twice", func(c *record.Cell) {
		c.Requests[10].Keyed = true
		jobRelay(c, 1).Outcome = record.RelayServed
		again := *jobRelay(c, 0)
		again.Try = 3
		c.Relays = append(c.Relays, again)
	}, []int{9}},
	{"9: done, and never executed with an answer", func(c *record.Cell) { jobRelay(c, 2).Outcome = record.RelayFailed }, []int{9}},
	{"9: begun after its deadline", func(c *record.Cell) { jobRelay(c, 0).Deadline = at(160) }, []int{9}},
	{"9: accepted, and not in the audit", func(c *record.Cell) { unaccept(jobRelay(c, 0)) }, []int{9}},
	{"9: executed, and never accepted", func(c *record.Cell) {
		unaccept(jobRelay(c, 0))
		c.Requests[10].Accepted = 0
		c.Requests[10].Provider, c.Requests[10].Model = 0, 0
	}, []int{9}},
	{"7: an execution past its own deadline", func(c *record.Cell) { jobRelay(c, 2).Deadline = at(165) + 100*ms }, []int{7}},
	{"3: an execution that costs nothing", func(c *record.Cell) { attemptOf(c, 10, 1).CostMicroUSD = 0 }, []int{3}},
}
