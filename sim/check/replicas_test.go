package check_test

import (
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// Replicas of the router have breakers, waits, budgets and a memory of their own:
// what one of them knows binds no other.
var replicaCorruptions = []corruption{
	{"all of it at another replica", func(c *record.Cell) {
		for seq := range uint32(10) {
			atReplica(c, seq, 7)
		}
		for i := range c.Transitions {
			c.Transitions[i].Replica = 7
		}
	}, []int{}},
	{"a breaker that is open at another replica", func(c *record.Cell) { opened(c, 1) }, []int{}},
	{"5: admitted by a replica whose breaker is open", func(c *record.Cell) {
		opened(c, 1)
		atReplica(c, 0, 1)
	}, []int{5}},
	{"5: an arrival that the audit does not know, at such a replica", func(c *record.Cell) {
		opened(c, 1)
		c.Relays = append(c.Relays, record.Relay{
			Seq: 99, Replica: 1, Outcome: record.RelayRefused, Status: 503, Start: at(5), End: at(7), Deadline: at(9),
		})
		c.Journal = append(c.Journal, record.Entry{Seq: 99, Target: openai, End: record.EndError, Status: 503, Arrived: at(6), Ended: at(7)})
	}, []int{5, 7}},
	{"5: two probes of one replica at once", func(c *record.Cell) { probing(c) }, []int{5}},
	{"a probe each of two replicas at once", func(c *record.Cell) {
		probing(c)
		atReplica(c, 6, 1)
		for _, t := range c.Transitions {
			t.Replica = 1
			c.Transitions = append(c.Transitions, t)
		}
	}, []int{}},
	{"a wait that another replica was asked for", func(c *record.Cell) {
		asks(c, 1, time.Hour)
		atReplica(c, 1, 1)
	}, []int{}},
	{"7: a retry that the replica's own requests do not earn", func(c *record.Cell) {
		c.Limits.RetryBudgetFloor, c.Limits.RetryBudgetRatio = 0, 0.25 // just enough for all four together
		atReplica(c, 3, 1)
	}, []int{7}},
	{"8: executed again, in spite of answers at another replica", func(c *record.Cell) {
		c.Requests[3].Keyed, c.Limits.KeyEntries = true, 1
		atReplica(c, 3, 1)
		again(c, at(35))
	}, []int{8}},
	{"a shadow of each of two replicas, of one hour", func(c *record.Cell) {
		second, entry := c.Shadows[0], c.Journal[len(c.Journal)-1]
		second.Seq, second.Replica, second.Start, second.End = 7, 1, at(90), at(91)
		entry.Seq, entry.Arrived, entry.Ended = 7, second.Start+ms, second.End-ms
		c.Shadows, c.Journal = append(c.Shadows, second), append(c.Journal, entry)
	}, []int{}},
}

// opened is a breaker of a replica that is open all the time.
func opened(c *record.Cell, replica uint8) {
	c.Transitions = append(c.Transitions, record.Transition{Replica: replica, Target: openai, From: record.Closed, To: record.Open})
}

// probing makes requests 5 and 6 probes at once.
func probing(c *record.Cell) {
	c.Transitions[2].At = at(89)
	attemptOf(c, 5, 0).End = at(81)
	attemptOf(c, 6, 0).Probe = true
}

// atReplica moves all of a request to a replica.
func atReplica(c *record.Cell, seq uint32, replica uint8) {
	for i := range c.Relays {
		if c.Relays[i].Seq == seq {
			c.Relays[i].Replica = replica
		}
	}
	for i := range c.Attempts {
		if c.Attempts[i].Seq == seq {
			c.Attempts[i].Replica = replica
		}
	}
	for i := range c.Shadows {
		if c.Shadows[i].Seq == seq {
			c.Shadows[i].Replica = replica
		}
	}
}
