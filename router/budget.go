package router

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/health"
	"github.com/routedrill/routedrill/router/internal/nearest"
	"github.com/routedrill/routedrill/router/internal/spend"
)

// Budget bounds what a router spends on attempts, whatever becomes of them: those
// of fallbacks, hedges and shadows too. What the ledger books is what counts, and
// the most an attempt may cost is reserved before it is made, so that no number of
// requests at once gets past the limit. An attempt counts against every budget
// that all of what is given here describes.
type Budget struct {
	// Name is how refusals and alerts call it; unique.
	Name string

	Provider string // by name; "" is any
	Model    string // as the provider spells it; "" is any
	Route    string // as the client asks for it; "" is any
	Task     string // as in X-Routedrill-Task; "" is any, and requests without one
	Tenant   string // as in X-Routedrill-Tenant; "" is any, and requests without one

	// Per is the period the limit holds for: PerMinute, PerHour, PerDay or
	// PerMonth, those of the calendar in UTC.
	Per           string
	LimitMicroUSD int64 // of each period: 1 to MaxBudget

	// Soft is the share of the limit, 0 to 1, from which the operator is told.
	// 0 is never.
	Soft float64
	// Degrade is the share of the limit, 0 to 1, from which the budget is spared:
	// of a route's targets those that are dearer than its first are left out, and
	// the rest is tried from the cheapest on. If the budget is that of a provider or
	// model, its targets come last instead. 0 is never.
	Degrade float64
}

// The periods of budgets.
const (
	PerMinute = "minute"
	PerHour   = "hour"
	PerDay    = "day"
	PerMonth  = "month"
)

// BudgetPeriods returns the words for [Budget].Per, from the shortest on. The
// slice is the caller's.
func BudgetPeriods() []string { return []string{PerMinute, PerHour, PerDay, PerMonth} }

// The bounds of budgets.
const (
	MaxBudget  = 1_000_000_000_000_000 // micro-USD: a thousand million USD
	MaxBudgets = 1000                  // in a config
)

// budget is a [Budget] at work.
type budget struct {
	Budget
	money         *spend.Budget
	soft, degrade int64 // micro-USD; 0: never
}

func newBudgets(list []Budget) []*budget {
	periods := map[string]spend.Periods{PerMinute: spend.Minutes, PerHour: spend.Hours, PerDay: spend.Days, PerMonth: spend.Months}
	budgets := make([]*budget, 0, len(list))
	for _, b := range list {
		share := func(x float64) int64 { return int64(x * float64(b.LimitMicroUSD)) }
		budgets = append(budgets, &budget{b, spend.NewBudget(b.LimitMicroUSD, periods[b.Per]), share(b.Soft), share(b.Degrade)})
	}
	return budgets
}

// counts reports whether an attempt of the relay at target t counts.
func (b *budget) counts(y *relay, t *target) bool {
	return (b.Provider == "" || b.Provider == t.provider) && (b.Model == "" || b.Model == t.model) && b.concerns(y)
}

// concerns reports whether any attempt of the relay may count.
func (b *budget) concerns(y *relay) bool {
	return (b.Route == "" || b.Route == y.plan.route) && (b.Tenant == "" || b.Tenant == y.rec.Tenant) &&
		(b.Task == "" || b.Task == y.hint(taskHeader))
}

// hold is what one budget has reserved for an attempt.
type hold struct {
	*budget
	reserved spend.Reserved
}

// hold reserves the most an attempt at target t may cost, with every budget it
// counts against, or with none: then it returns the one that is spent.
func (y *relay) hold(t *target, now time.Time) (held []hold, spent *budget) {
	most := int64(-1)
	for _, b := range y.r.budgets {
		if !b.counts(y, t) {
			continue
		}
		if most < 0 {
			most = t.dearest(y)
		}
		r, ok := b.money.Reserve(now, most)
		if !ok {
			release(held)
			return nil, b
		}
		held = append(held, hold{b, r})
	}
	return held, nil
}

// release takes back what was reserved for an attempt that is not made.
func release(held []hold) {
	for _, h := range held {
		h.money.Settle(h.reserved, 0)
	}
}

// spend settles what an attempt has cost, and tells the operator of what that
// brought about.
func (r *Router) spend(held []hold, cost int64) {
	for _, h := range held {
		before, after := h.money.Settle(h.reserved, cost)
		for _, at := range []struct {
			limit int64
			state string
		}{{h.soft, audit.BudgetSoft}, {h.degrade, audit.BudgetDegraded}, {h.LimitMicroUSD, audit.BudgetSpent}} {
			if at.limit > 0 && before < at.limit && after >= at.limit {
				r.log.Warn("budget", "name", h.Name, "state", at.state, "spent_usd", usd(after), "limit_usd", usd(h.LimitMicroUSD), "per", h.Per)
			}
		}
	}
}

func usd(micro int64) float64 { return float64(micro) / 1e6 }

// economise spares the budgets that are to be spared.
func (y *relay) economise(now time.Time) {
	cheaply := false
	for _, b := range y.r.budgets {
		if b.degrade == 0 || !b.concerns(y) || b.money.State(now).Spent < b.degrade {
			continue
		}
		if b.Provider == "" && b.Model == "" {
			cheaply = true
			continue
		}
		y.spare(now, audit.BudgetDegraded, func(t *target) bool { return b.counts(y, t) })
	}
	if cheaply {
		y.cheaply(now)
	}
}

// cheaply leaves out the targets that are dearer than the first of the route that
// could serve, and puts the rest in the order of their prices for this request:
// of the same tokens at all of them.
func (y *relay) cheaply(now time.Time) {
	cost := func(t *target) float64 {
		c, _ := y.expect(t, &health.Sums{}, &usage{})
		return c
	}
	most := cost(y.primary())
	var kept []*target
	for _, t := range y.targets {
		if cost(t) > most {
			y.skip(t, now, audit.BudgetDegraded)
		} else {
			kept = append(kept, t)
		}
	}
	slices.SortStableFunc(kept, func(a, b *target) int { return cmp.Compare(cost(a), cost(b)) })
	y.targets = kept
}

// primary is the first target of the route among those that can serve the request.
func (y *relay) primary() *target {
	i := slices.IndexFunc(y.plan.targets, func(t *target) bool { return slices.Contains(y.targets, t) })
	return y.plan.targets[i]
}

// overBudget answers a request for which a budget had nothing left.
func (y *relay) overBudget(b *budget, now time.Time) {
	end := b.money.State(now).End
	h := y.w.Header()
	h.Set("Retry-After", strconv.FormatInt(wholeSeconds(end.Sub(now)), 10))
	h.Set("X-Should-Retry", "false") // not by an SDK, within its patience
	y.fail(apiError{http.StatusTooManyRequests, "insufficient_quota", "budget_exceeded", fmt.Sprintf(
		"the budget %q of %.2f USD per %s has not enough left for this request; the next %s begins at %s",
		b.Name, usd(b.LimitMicroUSD), b.Per, b.Per, end.Format(time.RFC3339))})
}

// BudgetStatus is what is left of a budget in its period.
type BudgetStatus struct {
	Name     string     `json:"name"`
	Per      string     `json:"per"`
	State    string     `json:"state"` // ok, or as in the log
	LimitUSD float64    `json:"limit_usd"`
	SpentUSD float64    `json:"spent_usd"`
	HeldUSD  float64    `json:"held_usd"` // for what is under way
	EndsAt   *time.Time `json:"ends_at"`
}

func (b *budget) view(now time.Time) BudgetStatus {
	s := b.money.State(now)
	state := "ok"
	switch {
	case s.Spent >= b.LimitMicroUSD:
		state = audit.BudgetSpent
	case b.degrade > 0 && s.Spent >= b.degrade:
		state = audit.BudgetDegraded
	case b.soft > 0 && s.Spent >= b.soft:
		state = audit.BudgetSoft
	}
	return BudgetStatus{b.Name, b.Per, state, usd(b.LimitMicroUSD), usd(s.Spent), usd(s.Held), moment(s.End)}
}

// validateBudgets checks the budgets; known are the targets.
func (c *Config) validateBudgets(v *problems) {
	if len(c.Budgets) > MaxBudgets {
		v.add("budgets: %d are more than %d", len(c.Budgets), MaxBudgets)
	}
	seen := map[string]bool{}
	for _, b := range c.Budgets {
		at := "budgets." + b.Name
		if !fitID(b.Name) || seen[b.Name] {
			v.add("%s: a budget's name must be unique, of up to 128 printable characters without blanks", at)
		}
		seen[b.Name] = true
		if !slices.Contains(BudgetPeriods(), b.Per) {
			v.add("%s.per: %q is not one of %v", at, b.Per, BudgetPeriods())
		}
		if b.LimitMicroUSD < 1 || b.LimitMicroUSD > MaxBudget {
			v.add("%s.limit: %d micro-USD is not within 1 and %d", at, b.LimitMicroUSD, MaxBudget)
		}
		share(v, at+".soft", b.Soft)
		share(v, at+".degrade", b.Degrade)
		providers, models, routes := c.namesFor(b)
		for _, n := range []struct {
			what, name string
			all        []string
		}{{"provider", b.Provider, providers}, {"model", b.Model, models}, {"route", b.Route, routes}} {
			if n.name == "" || slices.Contains(n.all, n.name) {
				continue
			}
			hint := ""
			if near := nearest.Word(n.name, n.all); near != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", near)
			}
			v.add("%s.%s: there is no %s %q%s", at, n.what, n.what, n.name, hint)
		}
	}
}

// namesFor are the providers and routes there are, and the models of the budget's
// provider, or of all.
func (c *Config) namesFor(b Budget) (providers, models, routes []string) {
	for _, p := range c.Providers {
		providers = append(providers, p.Name)
		for _, m := range p.Models {
			if b.Provider == "" || b.Provider == p.Name {
				models = append(models, m.Name)
			}
		}
	}
	for _, r := range c.Routes {
		routes = append(routes, r.Name)
	}
	return providers, models, routes
}
