package check

import "github.com/routedrill/routedrill/sim/record"

// hedgeLost is the audit's reason for an attempt that was cancelled because
// the other of two answered.
const hedgeLost = "hedge_lost"

// checkRace is the part of [LimitsHold] about the attempts [lo, hi) of one relay.
//
//   - An attempt begins when all before it are over, unless it is a hedge: that
//     begins while one is under way, at a target that has not been tried, and is
//     neither a probe nor a last resort. A relay has at most one.
//   - An attempt that lost has one beside it that did not, has not served, has
//     ended with it at the latest, and was cancelled at the provider too.
func (l *Logs) checkRace(r *Result, lo, hi int) {
	attempts := l.attempts[lo:hi]
	hedged := false
	for k := range attempts {
		a, before := &attempts[k], attempts[:k]
		slack := l.cell.Limits.Slack
		if a.Hedge {
			slack = -slack // it may come as the other ends
		}
		other := underWay(before, a.Start+slack)
		switch {
		case !a.Hedge && other != nil:
			r.violate(a.Seq, "attempt %d of try %d began while attempt %d was under way, and is no hedge", a.N, a.Try, other.N)
		case !a.Hedge:
		case !l.cell.Limits.Hedging:
			r.violate(a.Seq, "attempt %d of try %d is a hedge, and no route has any", a.N, a.Try)
		case hedged:
			r.violate(a.Seq, "attempt %d of try %d is a second hedge", a.N, a.Try)
		case other == nil:
			r.violate(a.Seq, "attempt %d of try %d is a hedge of nothing", a.N, a.Try)
		case tried(before, a.Target):
			r.violate(a.Seq, "attempt %d of try %d is a hedge at %s, which was tried before", a.N, a.Try, l.targetName(a.Target))
		case a.Probe || a.LastResort:
			r.violate(a.Seq, "attempt %d of try %d is a hedge, and a probe or last resort", a.N, a.Try)
		}
		hedged = hedged || a.Hedge
		if l.hasLost(a) {
			l.checkLoser(r, attempts, k, l.entry(lo+k))
		}
	}
}

// checkLoser judges attempt k, which lost; entry is nil when it never arrived.
func (l *Logs) checkLoser(r *Result, attempts []record.Attempt, k int, entry *record.Entry) {
	a := &attempts[k]
	var rival *record.Attempt
	switch {
	case a.Hedge && k > 0:
		rival = &attempts[k-1]
	case k+1 < len(attempts) && attempts[k+1].Hedge:
		rival = &attempts[k+1]
	}
	switch {
	case rival == nil || l.hasLost(rival):
		r.violate(a.Seq, "attempt %d of try %d lost to nobody", a.N, a.Try)
	case a.Served:
		r.violate(a.Seq, "attempt %d of try %d lost, and served", a.N, a.Try)
	case rival.Served && after(a.End, rival.End, l.cell.Limits.Slack):
		r.violate(a.Seq, "attempt %d of try %d lost, and went on until %v, %v after the other", a.N, a.Try, a.End, a.End-rival.End)
	case entry != nil && after(endOf(entry.Ended), max(a.End, entry.Arrived), l.cell.Limits.Slack):
		r.violate(a.Seq, "attempt %d of try %d lost at %v, and %s worked on it until %v", a.N, a.Try, a.End, l.targetName(a.Target), entry.Ended)
	}
}

func (l *Logs) hasLost(a *record.Attempt) bool {
	return a.Reason >= 0 && int(a.Reason) < len(l.cell.Reasons) && l.cell.Reasons[a.Reason] == hedgeLost
}

// underWay is one of the attempts that has not ended at an instant, or nil.
func underWay(attempts []record.Attempt, at record.Offset) *record.Attempt {
	for i := range attempts {
		if a := &attempts[i]; endOf(a.End) > at {
			return a
		}
	}
	return nil
}

func tried(attempts []record.Attempt, target int16) bool {
	for i := range attempts {
		if attempts[i].Target == target {
			return true
		}
	}
	return false
}
