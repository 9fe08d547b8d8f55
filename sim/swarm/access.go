package swarm

import (
	"slices"

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
