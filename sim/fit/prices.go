package fit

import (
	"math"

	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// Price is what the tokens cost, in USD per million with three decimals.
type Price struct {
	Input, Output float64
	N             int     // requests it was fitted to; 0 when the log has no costs
	Error         float64 // mean distance of a request's cost from the fitted one ÷ mean cost
}

// fitPrice fits cost = input·prompt + output·answer by least squares, each price
// from zero. Discounts, such as those for cached tokens, end up in the prices.
func fitPrice(rows []*requestlog.Row, known bool) Price {
	if !known {
		return Price{}
	}
	var pp, po, oo, cp, co, total float64
	n := 0
	for _, r := range rows {
		if !r.OK() {
			continue
		}
		p, o, c := float64(r.PromptTokens), float64(r.OutputTokens), r.CostUSD
		pp, po, oo = pp+p*p, po+p*o, oo+o*o
		cp, co = cp+c*p, co+c*o
		total += c
		n++
	}
	if n == 0 {
		return Price{}
	}
	var a, b float64
	if det := pp*oo - po*po; det > 1e-9*pp*oo {
		a, b = (cp*oo-co*po)/det, (co*pp-cp*po)/det
	} else if pp > 0 {
		a = cp / pp
	}
	if a < 0 && oo > 0 {
		a, b = 0, co/oo
	}
	if b < 0 && pp > 0 {
		a, b = cp/pp, 0
	}
	price := Price{Input: math.Round(max(a, 0)*1e9) / 1e3, Output: math.Round(max(b, 0)*1e9) / 1e3, N: n}
	for _, r := range rows {
		if r.OK() && total > 0 {
			price.Error += math.Abs(r.CostUSD-price.cost(r)) / total
		}
	}
	return price
}

func (p Price) cost(r *requestlog.Row) float64 {
	return (p.Input*float64(r.PromptTokens) + p.Output*float64(r.OutputTokens)) / 1e6
}
