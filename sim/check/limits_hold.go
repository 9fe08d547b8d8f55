package check

import (
	"cmp"
	"slices"
	"sort"

	"github.com/routedrill/routedrill/sim/record"
)

// LimitsHold is invariant 7: attempts, deadlines and the retry budget.
//
//   - A relay makes at most Limits.MaxAttempts attempts (0 means no bound) and
//     the audit has exactly as many of them as the relay says. None arrives at a
//     provider without being in the audit (an interrupted cell may lack records).
//   - A relay and its attempts end by its deadline, and the deadline lies
//     within Limits.TotalTimeout of its start (0 means no bound).
//   - A relay makes at most one last-resort attempt, and it is its last.
//   - The attempts of a relay follow one another, but for one hedge where
//     Limits.Hedging allows it; see checkRace.
//   - At any time at most RetryBudgetFloor + RetryBudgetRatio × relays started
//     by then at a replica have been retries, hedges or last resorts of it.
//
// Shadows and active probes are no attempts; see checkExtraLimits for what bounds
// them.
//
// Instants may be Limits.Slack late.
func LimitsHold(l *Logs) Result {
	r := Result{Checked: len(l.relays)}
	next := 0 // first attempt not accounted for
	for i := range l.relays {
		relay := &l.relays[i]
		next = l.orphans(&r, next, relay)
		count := 0
		for ; next < len(l.attempts) && !beyond(&l.attempts[next], relay); next++ {
			if count > 0 && l.attempts[next-1].LastResort {
				r.violate(relay.Seq, "attempt %d of try %d came after the last resort", l.attempts[next].N, relay.Try)
			}
			count++
			l.checkAttempt(&r, relay, &l.attempts[next])
		}
		l.checkRace(&r, next-count, next)
		l.checkRelay(&r, relay, count)
	}
	l.orphans(&r, next, nil)
	l.checkArrivals(&r)
	l.checkShadowTargets(&r)
	l.checkExtraLimits(&r, l.shadows)
	l.checkExtraLimits(&r, l.probes)
	l.checkRetryBudget(&r)
	return r
}

// orphans reports attempts that lie before a relay (nil: all that are left)
// and so belong to none. It returns the first attempt after them.
func (l *Logs) orphans(r *Result, next int, relay *record.Relay) int {
	for ; next < len(l.attempts); next++ {
		attempt := &l.attempts[next]
		if relay != nil && !before(attempt, relay) {
			break
		}
		r.violate(attempt.Seq, "attempt %d of try %d belongs to no relay", attempt.N, attempt.Try)
	}
	return next
}

// checkArrivals reports what arrived and is no attempt of the audit.
func (l *Logs) checkArrivals(r *Result) {
	for j := range l.journal {
		if entry := &l.journal[j]; l.attemptOf[j] == missing && !l.cell.Interrupted {
			r.violate(entry.Seq, "arrived at %s at %v without an attempt in the audit", l.targetName(entry.Target), entry.Arrived)
		}
	}
}

// before and beyond compare an attempt's request and try with a relay's.
func before(attempt *record.Attempt, relay *record.Relay) bool {
	return attempt.Seq < relay.Seq || attempt.Seq == relay.Seq && attempt.Try < relay.Try
}

func beyond(attempt *record.Attempt, relay *record.Relay) bool {
	return attempt.Seq > relay.Seq || attempt.Seq == relay.Seq && attempt.Try > relay.Try
}

func (l *Logs) checkRelay(r *Result, relay *record.Relay, count int) {
	limits := &l.cell.Limits
	if limits.MaxAttempts > 0 && int(relay.Attempts) > limits.MaxAttempts {
		r.violate(relay.Seq, "try %d made %d attempts, %d permitted", relay.Try, relay.Attempts, limits.MaxAttempts)
	}
	if int(relay.Attempts) != count {
		r.violate(relay.Seq, "try %d made %d attempts, the audit has %d", relay.Try, relay.Attempts, count)
	}
	if relay.Outcome == record.RelayDeferred {
		return // the deadline is the job's, which is for another rule to see to
	}
	if limits.TotalTimeout > 0 && after(relay.Deadline, relay.Start+limits.TotalTimeout, limits.Slack) {
		r.violate(relay.Seq, "the deadline of try %d lies %v after its start, %v permitted",
			relay.Try, relay.Deadline-relay.Start, limits.TotalTimeout)
	}
	if relay.Deadline == record.Never && relay.Attempts == 0 {
		// Rejected before it was planned: no deadline was set, but it ends.
		if relay.End == record.Never && !l.cell.Interrupted {
			r.violate(relay.Seq, "try %d, which had no deadline, did not end", relay.Try)
		}
		return
	}
	if l.late(relay.End, relay.Deadline) {
		r.violate(relay.Seq, "try %d ended at %v, its deadline was %v", relay.Try, relay.End, relay.Deadline)
	}
}

func (l *Logs) checkAttempt(r *Result, relay *record.Relay, attempt *record.Attempt) {
	if l.late(attempt.End, relay.Deadline) {
		r.violate(attempt.Seq, "attempt %d of try %d ended at %v, the deadline was %v",
			attempt.N, attempt.Try, attempt.End, relay.Deadline)
	}
}

// late reports whether something ended after its deadline. What has no end
// is late, except where the run was cut short.
func (l *Logs) late(end, deadline record.Offset) bool {
	if end == record.Never {
		return !l.cell.Interrupted
	}
	return after(end, deadline, l.cell.Limits.Slack)
}

// checkRetryBudget replays the retries in the order of time.
func (l *Logs) checkRetryBudget(r *Result) {
	limits := &l.cell.Limits
	var retries []*record.Attempt
	for i := range l.attempts {
		if a := &l.attempts[i]; a.Retry || a.LastResort || a.Hedge {
			retries = append(retries, &l.attempts[i])
		}
	}
	if len(retries) == 0 {
		return
	}
	slices.SortStableFunc(retries, func(a, b *record.Attempt) int { return cmp.Compare(a.Start, b.Start) })
	starts := map[uint8][]record.Offset{}
	for i := range l.relays {
		relay := &l.relays[i]
		if relay.Outcome == record.RelayDeferred {
			continue // it earns when it is executed
		}
		starts[relay.Replica] = append(starts[relay.Replica], relay.Start)
	}
	for _, list := range starts {
		slices.Sort(list)
	}
	made := map[uint8]int{}
	for _, retry := range retries {
		made[retry.Replica]++
		n, until, begun := made[retry.Replica], retry.Start+limits.Slack, starts[retry.Replica]
		relays := sort.Search(len(begun), func(k int) bool { return begun[k] > until })
		// The millionth of a retry keeps a product such as 0.2 × 5 from
		// falling short of the whole number it stands for.
		allowed := float64(limits.RetryBudgetFloor) + limits.RetryBudgetRatio*float64(relays) + 1e-6
		if float64(n) > allowed {
			r.violate(retry.Seq, "retry %d at %v after %d relays exceeds the budget of %d + %g per relay",
				n, retry.Start, relays, limits.RetryBudgetFloor, limits.RetryBudgetRatio)
		}
	}
}
