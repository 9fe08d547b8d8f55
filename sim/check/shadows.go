package check

import (
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// A shadow is a request that the router sent to one more target, for comparison.
// It is no attempt of the request, so the rules about attempts do not see it. What
// holds for it all the same is checked here, as parts of the rules that say so.
//
// A shadow of the audit and an entry of the journal belong together when they are
// of the same request and target and the entry arrived while the shadow ran.

// matchShadows pairs shadows and the entries marked as such.
func (l *Logs) matchShadows() {
	l.entryOfShadow, l.shadowOf = filled(len(l.shadows)), filled(len(l.shadowJournal))
	slack := l.cell.Limits.Slack
	entries := newCursor(l.shadowJournal, entrySeq)
	for i := range l.shadows {
		s := &l.shadows[i]
		lo, hi := entries.span(s.Seq)
		for j := lo; j < hi; j++ {
			e := &l.shadowJournal[j]
			if l.shadowOf[j] == missing && e.Target == s.Target && e.Arrived >= s.Start-slack && !after(e.Arrived, endOf(s.End), slack) {
				l.entryOfShadow[i], l.shadowOf[j] = int32(j), int32(i)
				break
			}
		}
	}
}

// entryOfShadowAt returns the journal's entry of a shadow, nil when it never arrived.
func (l *Logs) entryOfShadowAt(i int) *record.Entry {
	if j := l.entryOfShadow[i]; j != missing {
		return &l.shadowJournal[j]
	}
	return nil
}

// checkShadowBills is the part of [LedgerEqualsBill] about shadows: as of attempts.
func (l *Logs) checkShadowBills(r *Result) {
	for i := range l.shadows {
		s := &l.shadows[i]
		r.Checked++
		booked := record.Attempt{
			Seq: s.Seq, Target: s.Target, Served: s.Valid, Estimated: s.Estimated,
			PromptTokens: s.PromptTokens, OutputTokens: s.OutputTokens, CostMicroUSD: s.CostMicroUSD,
		}
		l.compareCost(r, &booked, l.entryOfShadowAt(i), s.Valid)
	}
	for j := range l.shadowJournal {
		e := &l.shadowJournal[j]
		if l.shadowOf[j] == missing && e.BillMicroUSD != 0 && !l.cell.Interrupted {
			r.violate(e.Seq, "%s billed %d µUSD for a shadow the router did not book", l.targetName(e.Target), e.BillMicroUSD)
		}
	}
}

// checkShadowBreakers is the part of [BreakerHolds] about shadows: they ask no
// breaker for a permit, and go nowhere where it is not closed.
func (l *Logs) checkShadowBreakers(r *Result, breakers map[breakerKey][]period) {
	for i := range l.shadows {
		s := &l.shadows[i]
		r.Checked++
		periods := breakers[breakerKey{s.Replica, s.Target, s.Endpoint}]
		if periods != nil && !statesAt(periods, s.Start, l.cell.Limits.Slack).closed {
			r.violate(s.Seq, "a shadow was sent to %s at %v while its breaker was not closed", l.targetName(s.Target), s.Start)
		}
	}
}

// checkShadowLimits is the part of [LimitsHold] about shadows: they go to the
// targets of Limits.Shadows alone, within Limits.TotalTimeout, and what arrived as
// one is in the audit.
func (l *Logs) checkShadowLimits(r *Result) {
	limits := &l.cell.Limits
	for i := range l.shadows {
		s := &l.shadows[i]
		r.Checked++
		if !slices.ContainsFunc(limits.Shadows, func(x record.ShadowLimit) bool { return x.Target == s.Target }) {
			r.violate(s.Seq, "a shadow was sent to %s, and no route has it as a shadow target", l.targetName(s.Target))
		}
		if limits.TotalTimeout > 0 && after(s.End, s.Start+limits.TotalTimeout, max(limits.Slack, time.Millisecond)) {
			r.violate(s.Seq, "a shadow at %s took %v, above %v", l.targetName(s.Target), s.End-s.Start, limits.TotalTimeout)
		}
	}
	for j := range l.shadowJournal {
		if e := &l.shadowJournal[j]; l.shadowOf[j] == missing && !l.cell.Interrupted {
			r.violate(e.Seq, "arrived at %s at %v as a shadow that is not in the audit", l.targetName(e.Target), e.Arrived)
		}
	}
}

// checkShadowBounds is the part of [BoundsHold] about shadows: they go where their
// request may go, and no more is billed for those of a target that were sent in
// one hour of the run by one replica than Limits.Shadows have for it together. Where the router
// was told another price or a wrong usage, what it booked counts: it could not
// know better. Those sent within Limits.Slack of a full hour count for none.
func (l *Logs) checkShadowBounds(r *Result) {
	requests := newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	type hour struct {
		replica uint8
		target  int16
		n       int64
	}
	spent := map[hour]int64{}
	for i := range l.shadows {
		s, e := &l.shadows[i], l.entryOfShadowAt(i)
		r.Checked++
		if bound := l.bound(requests, s.Seq); bound != nil && !slices.Contains(bound.Targets, s.Target) {
			r.violate(s.Seq, "a shadow was sent to %s, where it may not go", l.targetName(s.Target))
		}
		cost := s.CostMicroUSD
		if e != nil && !e.UsageWrong && !l.ownPrice(s.Target) {
			cost = e.BillMicroUSD
		}
		h := hour{s.Replica, s.Target, int64(s.Start / time.Hour)}
		if in := s.Start % time.Hour; h.n > 0 && in < l.cell.Limits.Slack || time.Hour-in <= l.cell.Limits.Slack {
			continue
		}
		before := spent[h]
		spent[h] += cost
		if limit := l.shadowBudget(s.Target); before <= limit && spent[h] > limit {
			r.violate(s.Seq, "with it the shadows at %s have cost %d µUSD in hour %d, %d permitted", l.targetName(s.Target), spent[h], h.n+1, limit)
		}
	}
}

// shadowBudget is what may be spent on shadows at a target in an hour.
func (l *Logs) shadowBudget(target int16) (sum int64) {
	for _, x := range l.cell.Limits.Shadows {
		if x.Target == target {
			sum += x.HourMicroUSD
		}
	}
	return sum
}
