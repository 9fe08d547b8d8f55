package router

import (
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/classify"
)

// bill enters tokens and cost: by the usage where it arrived complete, else by
// estimate. Without any content nothing is taken to be billed, unless it was we
// who stopped a target at work: that has read the prompt. What it had written by then
// and nobody saw is not known, and not booked.
func (a *attempt) bill(kind classify.Kind) {
	l := a.log
	switch {
	case a.hasUsage:
		u := a.usage
		l.PromptTokens, l.CachedTokens, l.CacheWriteTokens, l.OutputTokens = u.PromptTokens, u.CachedTokens, u.CacheWriteTokens, u.OutputTokens
	case kind == classify.OK || stopped(kind) || a.contentBytes > 0:
		l.PromptTokens, l.OutputTokens = a.y.req.PromptEstimate, (a.contentBytes+3)/4
	}
	l.Estimated = !a.hasUsage
	l.CostMicroUSD = a.t.costOf(l)
	l.FirstMicroUSD = a.y.plan.targets[0].costOf(l)
}

// stopped reports whether an attempt ended because the router, or its client, waited
// no longer.
func stopped(kind classify.Kind) bool {
	switch kind {
	case classify.HedgeLost, classify.ClientGone,
		classify.TotalTimeout, classify.AttemptTimeout, classify.TTFTTimeout, classify.IdleTimeout, classify.StreamSlow:
		return true
	}
	return false
}

// costOf is what an attempt's tokens cost at the target, in micro-USD.
func (t *target) costOf(l *audit.Attempt) int64 {
	p := t.price.of(l.PromptTokens)
	fresh := l.PromptTokens - l.CachedTokens - l.CacheWriteTokens
	nano := fresh*p.InputNano + l.CachedTokens*p.CachedInputNano + l.CacheWriteTokens*p.CacheWriteNano + l.OutputTokens*p.OutputNano
	return (nano + 500) / 1000
}
