package router

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/internal/retry"
)

// maxRounds bounds the attempt loop whatever else fails to. A hundred attempts take
// as many rounds at most, and waiting takes a few dozen, however long, since each
// wait is a share of all that has been waited.
const maxRounds = 200

// turn is what a relay has made of one of its targets.
type turn struct {
	tries  int
	hedged int  // the round, from 1, in which it had the hedge; 0: none
	out    bool // not to be asked again by this relay
}

// manner is how an attempt comes about.
type manner uint8

const (
	inTurn     manner = iota
	quickly           // the quick retry
	hedging           // beside an attempt that takes long
	lastResort        // nothing else is left, and no breaker asked
)

// run is the attempt loop: rounds over the targets, each tried when it is
// admitted, with a pause between rounds; after them the last resort.
func (y *relay) run() {
	for round := range maxRounds {
		y.round = round + 1
		for i := range y.targets {
			if y.turns[i].hedged < y.round && y.visit(i) {
				return
			}
		}
		if y.standIn() { // rather than to wait
			return
		}
		if !y.pause(round) {
			break
		}
	}
	if !y.resort() {
		y.giveUp()
	}
}

// visit tries target i if it may be tried, perhaps twice, and reports whether
// the relay is over.
func (y *relay) visit(i int) (over bool) {
	made := len(y.rec.Attempts)
	over = y.try(i, inTurn)
	if !over && len(y.rec.Attempts) == made+1 && y.again(i) {
		over = y.try(i, quickly)
	}
	return over
}

// try makes an attempt at target i if it may be tried, and reports whether the
// relay is over.
func (y *relay) try(i int, how manner) (over bool) {
	now := time.Now()
	switch {
	case y.gone():
		y.rec.Outcome = audit.Cancelled
		return true
	case y.deadline.Sub(now) < MinAttemptTime:
		y.last, y.alike = classify.TotalTimeout, false
		y.giveUp()
		return true
	case len(y.rec.Attempts) >= y.plan.limits.MaxAttempts:
		y.giveUp()
		return true
	case y.turns[i].out:
		return false
	}
	permit, ok := y.admit(i, how, now)
	if !ok {
		return false
	}
	if after, ok := y.hedgeAfter(i, how, now); ok {
		return y.race(i, how, permit, now, after)
	}
	a := newAttempt(y, i, how, permit, now)
	return y.conclude(a, a.run())
}

// conclude does what an attempt's end calls for, and reports whether the relay
// is over.
func (y *relay) conclude(a *attempt, kind classify.Kind) (over bool) {
	row := kind.Row()
	switch {
	case kind == classify.OK || y.sent:
		y.ended(a, kind)
		return true
	case kind == classify.ClientGone:
		y.rec.Outcome = audit.Cancelled
		return true
	case a.refusal == nil:
	case row.Verdict == classify.Larger && y.widen(a.t):
		y.refusal = a.refusal
	default:
		y.relayRefusal(a.refusal)
		return true
	}
	y.last, y.alike = kind, y.failed == 0 || y.alike && kind == y.last
	y.failed++
	y.turns[a.i].out = y.turns[a.i].out || !row.Again
	if row.Verdict == classify.Stop {
		y.giveUp()
		return true
	}
	return false
}

// admit asks retry budget, cooldown, bulkhead, breaker and the budgets of money
// for an attempt, and notes where the answer is no. A token of the retry budget is only looked at before the
// others are asked, and taken after: a refusal must cost nobody anything.
func (y *relay) admit(i int, how manner, now time.Time) (permit, bool) {
	t := y.targets[i]
	costs := y.turns[i].tries > 0 || how == lastResort || how == hedging
	if costs && !y.r.budget.Has() {
		y.skip(t, now, audit.RetryBudget)
		return permit{}, false
	}
	var p permit
	var why string
	if how == lastResort {
		p, why = t.admitAnyway(now)
	} else {
		p, why = t.admit(y.endpoint, now)
	}
	switch {
	case why != "":
	case p.Probe && (how == quickly || how == hedging):
		why = audit.BreakerOpen
		p.giveBack()
	default:
		var spent *budget
		if p.held, spent = y.hold(t, now); spent != nil {
			why = audit.BudgetSpent
			y.broke, y.turns[i].out = spent, true
			p.giveBack()
			break
		}
		if costs && !y.r.budget.Take() {
			why = audit.RetryBudget
			release(p.held)
			p.giveBack()
			break
		}
		return p, true
	}
	if y.round == 1 && how == inTurn {
		t.burnings[y.endpoint].passed(y.r, now, why)
	}
	y.skip(t, now, why)
	return permit{}, false
}

// again decides on the quick retry of target i, whose attempt has just failed,
// and waits for it: once per relay, after a transient failure or where the
// target itself asked for a short wait, while its breaker is closed, the budget
// allows, and neither time nor attempts are taken from a fallback.
func (y *relay) again(i int) bool {
	l := &y.plan.limits
	a := &y.rec.Attempts[len(y.rec.Attempts)-1]
	row := y.last.Row()
	asked := a.RetryAfter
	switch {
	case y.quick || l.QuickRetry == 0 || a.Probe || y.turns[i].out:
		return false
	case asked == 0 && row.Verdict != classify.Here || asked > l.QuickRetry:
		return false
	}
	now := time.Now()
	h := keyed.Hash(y.r.seed, "quick", y.rec.RequestID, "", 0)
	wait := asked + retry.Wait(min(l.Backoff.Base, l.QuickRetry), l.Backoff.Max, 0, h)
	fallbacks := y.fallbacks(i, now.Add(wait)) // whoever is free again by then needs an attempt too
	if len(y.rec.Attempts)+fallbacks >= l.MaxAttempts || !y.r.budget.Has() ||
		y.targets[i].retryAt(y.endpoint, now).Sub(now) > wait ||
		y.deadline.Sub(now)-wait < max(y.kept(fallbacks, now), MinAttemptTime) {
		return false
	}
	y.quick = true
	y.sleep(wait)
	return true
}

// fallbacks counts the targets beside i that have not been tried and could be
// now.
func (y *relay) fallbacks(i int, now time.Time) int {
	n := 0
	for j, t := range y.targets {
		if j != i && !y.turns[j].out && y.turns[j].tries == 0 && !t.retryAt(y.endpoint, now).After(now) {
			n++
		}
	}
	return n
}

// kept is the time an attempt at now must leave to so many fallbacks.
func (y *relay) kept(fallbacks int, now time.Time) time.Duration {
	if fallbacks == 0 {
		return 0
	}
	return min(y.plan.limits.Reserve, y.deadline.Sub(now)/2)
}

// pause waits until a target may be tried again, and reports whether there is
// any point in another round.
func (y *relay) pause(round int) bool {
	l := &y.plan.limits
	if len(y.rec.Attempts) >= l.MaxAttempts {
		return false
	}
	now := time.Now()
	at, ok := y.soonest(now)
	if !ok {
		return false
	}
	wait := at.Sub(now)
	most := min(l.MaxWait-y.waited, y.deadline.Sub(now)-MinAttemptTime)
	if most-wait < max(l.Backoff.Base, 2*time.Millisecond) {
		return false // too little is left to choose an instant in
	}
	// A jitter comes on top of the time that must pass. It is as long as all the
	// waiting together, so that a crowd which waits for one instant comes back no
	// faster than it gathered: of a burst, the failures are counted first, being
	// quicker than answers, and would open the breaker that has just closed. A
	// backoff of microseconds has too few instants to tell a crowd apart, so there
	// is a fraction of a millisecond more.
	h := keyed.Hash(y.r.seed, "backoff", y.rec.RequestID, "", round)
	crowd := y.waited + wait
	limit := min(max(l.Backoff.Max, crowd), most-wait-time.Millisecond)
	wait += retry.Wait(min(max(l.Backoff.Base, crowd), limit), limit, round, h) + y.offset("backoff", round)
	y.waited += wait
	y.sleep(wait)
	return true
}

// sleep waits, or until the client goes. Which of the two woke us is of no
// account: whoever goes on looks at the state.
func (y *relay) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-y.q.Context().Done():
	}
}

// soonest is the earliest instant at which a target of the plan may be tried;
// false when none may be at all.
func (y *relay) soonest(now time.Time) (at time.Time, ok bool) {
	has := y.r.budget.Has()
	for i, t := range y.targets {
		if y.turns[i].out || y.turns[i].tries > 0 && !has {
			continue
		}
		if x := t.retryAt(y.endpoint, now); !ok || x.Before(at) {
			at, ok = x, true
		}
	}
	return at, ok
}

// resort makes the last resort's one attempt, at the first target that this
// relay has not tried and that has not asked to be left alone, and reports
// whether the relay is over. Each costs a token of the retry budget, so that a
// target that is down does not get all the traffic after all.
func (y *relay) resort() (over bool) {
	if !y.plan.limits.LastResort {
		return false
	}
	now := time.Now()
	for i, t := range y.targets {
		if y.turns[i].tries == 0 && !y.turns[i].out && !t.coolAt(now).After(now) {
			return y.try(i, lastResort)
		}
	}
	return false
}

// widen leaves only the targets in the relay that have a larger context than t,
// whose context was too small, and reports whether there are any. What is not
// known is not larger.
func (y *relay) widen(t *target) bool {
	found := false
	for i, other := range y.targets {
		if t.context == 0 || other.context <= t.context {
			y.turns[i].out = true
		}
		found = found || !y.turns[i].out
	}
	return found
}
