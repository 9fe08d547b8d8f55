package router

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/spend"
)

// The axes of the ledger.
const (
	byProvider = iota
	byModel
	byRoute
	byTask
	byTenant
	axes
)

// spending is what the router has spent since it was made, on attempts, shadows and
// probes.
type spending struct {
	since  time.Time
	ledger *spend.Ledger
	watch  spend.Watch
}

// book enters what an attempt has cost, and tells of a jump.
func (r *Router) book(a *attempt, now time.Time) {
	if a.log.CostMicroUSD == 0 {
		return
	}
	r.spending.ledger.Book(now, a.log.CostMicroUSD, a.t.provider, a.t.model, a.y.plan.route, a.y.hint(taskHeader), a.y.rec.Tenant)
	if j, jumped := r.spending.watch.Book(now, a.log.CostMicroUSD); jumped {
		r.jumped(j, now)
	}
}

func (r *Router) jumped(j spend.Jump, now time.Time) {
	times := math.Round(float64(j.Spent)/float64(j.Usual)*100) / 100
	r.log.Warn("spend jumped", "minute", j.Since.UTC(), "spent_usd", usd(j.Spent), "usual_usd", usd(j.Usual), "times", times)
	if r.alerts.Objective > 0 {
		r.tell(audit.Alert{Signal: audit.SignalSpend, At: now, Since: j.Since, Rate: times})
	}
}

// Spending is what a router has spent by its ledger, on attempts, shadows and probes.
// Each list is by name, of 200 names at most; what was spent on all later ones stands
// under "(other)". A request that names no task or tenant counts for "".
type Spending struct {
	Since     time.Time     `json:"since"` // when the router was made
	Providers []SpendingRow `json:"providers"`
	Models    []SpendingRow `json:"models"`
	Routes    []SpendingRow `json:"routes"`
	Tasks     []SpendingRow `json:"tasks"`
	Tenants   []SpendingRow `json:"tenants"`
}

// SpendingRow is what was spent on one name: in all, and so far in this minute, hour
// and day of UTC.
type SpendingRow struct {
	Name      string  `json:"name"`
	TotalUSD  float64 `json:"total_usd"`
	MinuteUSD float64 `json:"minute_usd"`
	HourUSD   float64 `json:"hour_usd"`
	DayUSD    float64 `json:"day_usd"`
}

// Spending returns what was spent up to now. An attempt counts when it has ended.
func (r *Router) Spending() Spending {
	now := time.Now()
	rows := func(axis int) []SpendingRow {
		list := []SpendingRow{}
		for _, x := range r.spending.ledger.Rows(axis, now) {
			list = append(list, SpendingRow{x.Name, usd(x.Total), usd(x.Minute), usd(x.Hour), usd(x.Day)})
		}
		return list
	}
	return Spending{r.spending.since.UTC(), rows(byProvider), rows(byModel), rows(byRoute), rows(byTask), rows(byTenant)}
}
