package check

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// checkShadowBreakers is the part of [BreakerHolds] about shadows: they ask no
// breaker for a permit, and go nowhere where it is not closed.
func (l *Logs) checkShadowBreakers(r *Result, breakers map[breakerKey][]period) {
	for i := range l.shadows.list {
		s := &l.shadows.list[i]
		r.Checked++
		periods := breakers[breakerKey{s.Replica, s.Target, s.Endpoint}]
		if periods != nil && !statesAt(periods, s.Start, l.cell.Limits.Slack).closed {
			r.violate(s.Seq, "a shadow was sent to %s at %v while its breaker was not closed", l.targetName(s.Target), s.Start)
		}
	}
}

// checkShadowTargets is the part of [LimitsHold] about shadows alone: they go to
// the targets of Limits.Shadows.
func (l *Logs) checkShadowTargets(r *Result) {
	for i := range l.shadows.list {
		s := &l.shadows.list[i]
		if !slices.ContainsFunc(l.cell.Limits.Shadows, func(x record.ShadowLimit) bool { return x.Target == s.Target }) {
			r.violate(s.Seq, "a shadow was sent to %s, and no route has it as a shadow target", l.targetName(s.Target))
		}
	}
}

// checkShadowBounds is the part of [BoundsHold] about shadows: they go where their
// request may go, and those of a target and replica cost no more in an hour than
// Limits.Shadows have for it together.
func (l *Logs) checkShadowBounds(r *Result) {
	requests := newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	for i := range l.shadows.list {
		s := &l.shadows.list[i]
		r.Checked++
		if bound := l.bound(requests, s.Seq); bound != nil && !slices.Contains(bound.Targets, s.Target) {
			r.violate(s.Seq, "a shadow was sent to %s, where it may not go", l.targetName(s.Target))
		}
	}
	l.checkSpending(r, l.shadows, func(target int16) (int16, int64) { return target, l.shadowBudget(target) })
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
