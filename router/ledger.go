package router

import "github.com/routedrill/routedrill/router/internal/classify"

// bill enters tokens and cost: by the usage where it arrived complete, else by
// estimate. Without any content nothing is taken to be billed.
func (a *attempt) bill(kind classify.Kind) {
	l := a.log
	switch {
	case a.hasUsage:
		l.PromptTokens, l.CachedTokens, l.OutputTokens = a.usage.PromptTokens, a.usage.CachedTokens, a.usage.OutputTokens
	case kind == classify.OK || a.contentBytes > 0:
		l.PromptTokens, l.OutputTokens = a.y.req.PromptEstimate, (a.contentBytes+3)/4
	}
	l.Estimated = !a.hasUsage
	p := a.t.price
	nano := (l.PromptTokens-l.CachedTokens)*p.InputNano + l.CachedTokens*p.CachedInputNano + l.OutputTokens*p.OutputNano
	l.CostMicroUSD = (nano + 500) / 1000
}
