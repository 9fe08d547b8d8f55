package router

import (
	"cmp"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/health"
)

// settle closes the attempt's books, once.
func (a *attempt) settle(kind classify.Kind) {
	if a.settled {
		return
	}
	a.settled = true
	if a.clock.timer != nil {
		a.clock.timer.Stop()
	}
	now := time.Now()
	a.cancel()
	if a.body != nil {
		_ = a.body.Close() // all that was wanted has been read
	}
	row := kind.Row()
	a.log.Reason = row.Reason
	if a.log.End.IsZero() {
		a.log.End = now
	}
	a.bill(kind)
	a.y.r.spend(a.permit.held, a.log.CostMicroUSD)
	a.y.r.book(a, now)
	if a.y.isShadow {
		return
	}
	if d := a.cooldown(row.Cooling); d > 0 {
		a.t.cool(now.Add(d))
	}
	a.t.heed(a.y.r.log, kind, a.log.Status)
	outcome := a.outcome(kind, now)
	if !a.y.isProbe { // whose answers are short
		a.observe(kind, outcome, now)
	}
	// The cooldown stands before the permit is given back, so that nobody can
	// slip in between.
	a.monitor(kind, outcome, now)
	a.permit.done(now, kind == classify.OK && !a.y.isProbe, outcome, a.log)
}

// monitor tells the target's monitor how the attempt went, unless that says
// nothing about the target. Being refused for a limit does: who asks there is
// not served.
func (a *attempt) monitor(kind classify.Kind, outcome breaker.Outcome, now time.Time) {
	row := kind.Row()
	limited := row.Cooling == classify.Short || row.Cooling == classify.Long
	if outcome == breaker.Excluded && !limited {
		return
	}
	r := health.Result{
		Failed: outcome == breaker.Failure || limited, TimedOut: row.Status == http.StatusGatewayTimeout,
		Status: a.log.Status, Answered: kind == classify.OK && !a.y.isProbe, Took: a.log.End.Sub(a.log.Start) - a.busy,
	}
	if !a.log.FirstToken.IsZero() {
		r.TTFT = a.log.FirstToken.Sub(a.log.Start)
	}
	if a.hasUsage {
		r.Usage = health.Usage{Estimate: a.y.req.PromptEstimate, Prompt: a.log.PromptTokens, Cached: a.log.CachedTokens, Output: a.log.OutputTokens}
	}
	a.t.monitors[a.y.endpoint].Record(now, r)
	a.t.burnings[a.y.endpoint].observed(a.y.r, now, &r)
}

// outcome is what the breaker is told. A client in a hurry must not be able to
// open a breaker for everybody: a timeout that only its own deadline brought
// about is held against a target that had at least the time to a first token.
func (a *attempt) outcome(kind classify.Kind, now time.Time) breaker.Outcome {
	if kind == classify.TotalTimeout && a.busy > now.Sub(a.log.Start)/10 && now.Add(-a.busy).Before(a.y.deadline) {
		return breaker.Excluded // without the time the client took over what it was sent, it had not passed
	}
	if slow := a.y.r.resilience.Breaker.SlowCall; kind == classify.HedgeLost && slow > 0 && now.Sub(a.log.Start) >= slow {
		return breaker.Success // it has not failed, and was slow: the breaker counts both
	}
	if a.y.isProbe && a.permit.Probe && kind.Row().Breaker == breaker.Success && a.y.r.resilience.Breaker.SlowCall > 0 {
		return breaker.Excluded // a short answer does not show that long ones have become quick again
	}
	short := now.Sub(a.log.Start) < a.y.plan.limits.TTFTTimeout
	if a.y.hurried && short && (kind == classify.TotalTimeout || kind == classify.AttemptTimeout && a.cut) {
		return breaker.Excluded
	}
	return kind.Row().Breaker
}

// cooldown is how long the target is to be left alone.
func (a *attempt) cooldown(c classify.Cooling) time.Duration {
	limits := a.y.r.resilience.Cooldown
	wait := a.log.RetryAfter
	switch {
	case c == classify.None:
		return 0
	case c == classify.Long:
		return max(cmp.Or(limits.Payment, limits.Max), min(wait, limits.Max))
	case c == classify.Short && wait == 0:
		wait = limits.Default
	}
	return min(wait, limits.Max)
}
