package router

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
)

// permit is the right to one attempt at a target: a place in its bulkheads, and
// what its breaker has given. It is settled once, with done or giveBack. What
// budgets hold for the attempt goes along with it, and is settled with the bill.
type permit struct {
	breaker.Permit
	t    *target
	held []hold
}

// admit asks for an attempt now. The cheap questions come first, and the
// breaker last, since a probe it hands out is taken from another request. Where
// the answer is no, why is the audit's word for it.
func (t *target) admit(e endpoint, now time.Time) (p permit, why string) {
	if now.UnixNano() < t.coolUntil.Load() {
		return permit{}, audit.CoolingDown
	}
	if !t.enter() {
		return permit{}, audit.BulkheadFull
	}
	given, ok := t.breakers[e].Allow(now)
	if !ok {
		t.leave()
		return permit{}, audit.BreakerOpen
	}
	return permit{Permit: given, t: t}, ""
}

// admitAnyway asks everybody but the breaker, whose permit is an empty one: it
// learns nothing of the attempt.
func (t *target) admitAnyway(now time.Time) (p permit, why string) {
	switch {
	case now.UnixNano() < t.coolUntil.Load():
		return permit{}, audit.CoolingDown
	case !t.enter():
		return permit{}, audit.BulkheadFull
	}
	return permit{t: t}, ""
}

// enter takes a place in the target's bulkhead and in its provider's.
func (t *target) enter() bool {
	if !t.bulkhead.Enter() {
		return false
	}
	if !t.shared.Enter() {
		t.bulkhead.Leave()
		return false
	}
	return true
}

func (t *target) leave() {
	t.shared.Leave()
	t.bulkhead.Leave()
}

// done settles the permit of an attempt that ended now; answered says that it
// shows how long an answer takes. The place is given back
// first, since a sink told of the breaker may panic.
func (p permit) done(now time.Time, answered bool, outcome breaker.Outcome, log *audit.Attempt) {
	p.t.leave()
	took := now.Sub(log.Start)
	if !log.FirstToken.IsZero() {
		took = log.FirstToken.Sub(log.Start)
	}
	p.Done(now, breaker.Result{Outcome: outcome, Reason: log.Reason, Took: took, Answered: answered})
}

// giveBack returns a permit that is not used.
func (p permit) giveBack() {
	p.t.leave()
	p.Return()
}

// maxSkips bounds what one relay notes of targets it passed over.
const maxSkips = 16

// skip notes that a target is passed over.
func (y *relay) skip(t *target, now time.Time, why string) {
	if len(y.rec.Skips) < maxSkips {
		y.rec.Skips = append(y.rec.Skips, audit.Skip{Target: t.name, Reason: why, At: now})
	}
}
