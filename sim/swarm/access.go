package swarm

import (
	"slices"
	"strconv"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/sim/load"
)

// tenants limits some of the tenants, and now and then all others.
func (w *world) tenants(d *draw) []string {
	if !d.chance(0.3) {
		return nil
	}
	lines := []string{"  tenants:"}
	for _, name := range some(d, []string{`"*"`, load.TenantName(1), load.TenantName(2), load.TenantName(3)}) {
		own := flow{}
		if regions := w.regions(d, w.targets(false)); regions != nil && d.chance(0.6) {
			own.add("regions", regions)
		}
		if d.chance(0.5) {
			var names []string
			for _, p := range w.providers {
				names = append(names, p.name)
			}
			own.add("providers", some(d, names))
		}
		lines = append(lines, "    "+name+": "+own.String())
	}
	return lines
}

// budgets bound what is spent: some far too little, some nothing at all.
func (w *world) budgets(d *draw) []string {
	if !d.chance(0.2) {
		return nil
	}
	lines := []string{"  budgets:"}
	for i := range d.count(1, 3) {
		b := flow{}
		b.add("limit", rounded(d.spread(0.001, 100)))
		b.add("per", pick(d, router.BudgetPeriods()...))
		p := pick(d, w.providers...)
		if d.chance(0.3) {
			b.add("provider", strconv.Quote(p.name))
		}
		if d.chance(0.2) {
			b.add("model", strconv.Quote(pick(d, p.models...).name))
		}
		if d.chance(0.2) {
			b.add("route", pick(d, w.routes...).name)
		}
		if d.chance(0.2) {
			b.add("tenant", load.TenantName(uint32(d.count(1, 3))))
		}
		if d.chance(0.3) {
			b.add("soft", max(rounded(d.uniform()), 0.001))
		}
		if d.chance(0.5) {
			b.add("degrade", max(rounded(d.uniform()), 0.001))
		}
		lines = append(lines, "    budget-"+strconv.Itoa(i)+": "+b.String())
	}
	return lines
}

// regions are some of those of the targets, as a limit has them; nil when none
// has any.
func (w *world) regions(d *draw, targets []string) []string {
	var all []string
	for _, t := range targets {
		if p, _ := w.find(t); p.region != "" && !slices.Contains(all, p.region) {
			all = append(all, p.region)
		}
	}
	if all == nil {
		return nil
	}
	regions := some(d, all)
	if d.chance(0.3) {
		regions[0] = regions[0][:2] + "*"
	}
	return regions
}
