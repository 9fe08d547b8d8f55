package check

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// BoundsHold is invariant 12: no attempt goes to a target that its request's
// tenant or the residency of its route leaves out, fallbacks, probes and last
// resorts included. Both the audit and the journal are asked: what arrived at a
// provider counts, whoever sent it. Shadows go where their request may go; they and
// active probes stay within their budgets. In no period is more booked on a budget
// than its limit.
func BoundsHold(l *Logs) Result {
	var r Result
	requests := newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	for i := range l.attempts {
		a := &l.attempts[i]
		if bound := l.bound(requests, a.Seq); bound != nil {
			r.Checked++
			if !slices.Contains(bound.Targets, a.Target) {
				r.violate(a.Seq, "attempted %s, where it may not go", l.targetName(a.Target))
			}
		}
	}
	requests = newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	for i := range l.journal {
		e := &l.journal[i]
		if bound := l.bound(requests, e.Seq); bound != nil && !slices.Contains(bound.Targets, e.Target) && l.attemptOf[i] == missing {
			r.violate(e.Seq, "arrived at %s, where it may not go", l.targetName(e.Target))
		}
	}
	l.checkShadowBounds(&r)
	l.checkBudgets(&r)
	l.checkProbeBounds(&r)
	return r
}

// bound is where a request may go; nil when that is anywhere.
func (l *Logs) bound(requests *cursor[record.Request], seq uint32) *record.Bound {
	lo, hi := requests.span(seq)
	if lo == hi {
		return nil // the request is missing, which is for invariant 1 to say
	}
	if n := int(l.requests[lo].Bound); n > 0 && n <= len(l.cell.Bounds) && l.cell.Bounds[n-1].Targets != nil {
		return &l.cell.Bounds[n-1]
	}
	return nil
}
