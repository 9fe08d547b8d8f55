package sim

import (
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// bounder works out where each request may go, for the checkers: from the config
// and from where the world's providers really are, by rules of its own, so that a
// mistake of the router's is not repeated.
type bounder struct {
	cell   *cell
	list   []record.Bound
	number map[boundKey]uint16 // 0: no limits
}

type boundKey struct {
	model  string
	tenant uint32
}

// bounds sets the bound of every request of a cell.
func (c *cell) bounds(out *record.Cell) {
	b := &bounder{cell: c, number: map[boundKey]uint16{}}
	for i := range out.Requests {
		r := &out.Requests[i]
		r.Bound = b.of(&c.plan.Specs[r.Seq])
	}
	out.Bounds = b.list
}

func (b *bounder) of(spec *load.Spec) uint16 {
	key := boundKey{b.cell.plan.Model(*spec, &b.cell.scenario.World.Tasks[spec.Task]), spec.Tenant}
	n, known := b.number[key]
	if !known {
		n = b.add(key)
		b.number[key] = n
	}
	return n
}

// add works out a bound that is new. Few requests share none: there are as many
// as pairs of a route and a tenant with limits, and equal ones share an entry.
func (b *bounder) add(key boundKey) uint16 {
	c := &b.cell.config
	var residency []string
	if i := slices.IndexFunc(c.Routes, func(r router.Route) bool { return r.Name == key.model }); i >= 0 {
		residency = c.Routes[i].Residency
	}
	tenant := tenantOf(c.Tenants, key.tenant)
	if residency == nil && tenant.Regions == nil && tenant.Providers == nil {
		return 0
	}
	var bound record.Bound
	for _, p := range b.cell.scenario.World.Providers {
		if residency != nil && !lies(p.Region, residency) || tenant.Regions != nil && !lies(p.Region, tenant.Regions) ||
			tenant.Providers != nil && !slices.Contains(tenant.Providers, p.Name) {
			continue
		}
		for _, m := range p.Models {
			bound.Targets = append(bound.Targets, b.cell.names.target(p.Name+"/"+m.Name))
		}
	}
	i := slices.IndexFunc(b.list, func(other record.Bound) bool { return slices.Equal(other.Targets, bound.Targets) })
	if i < 0 {
		i = len(b.list)
		b.list = append(b.list, bound)
	}
	return uint16(i + 1)
}

// tenantOf is the limits of a tenant of the load; 0 names nobody.
func tenantOf(tenants []router.Tenant, n uint32) router.Tenant {
	own := -1
	if n > 0 {
		own = slices.IndexFunc(tenants, func(t router.Tenant) bool { return t.Name == load.TenantName(n) })
	}
	if own < 0 {
		own = slices.IndexFunc(tenants, func(t router.Tenant) bool { return t.Name == router.AnyTenant })
	}
	if own < 0 {
		return router.Tenant{}
	}
	return tenants[own]
}

// lies reports whether a region is one of a list: each a name, or the beginning
// of names with a star behind it.
func lies(region string, in []string) bool {
	for _, name := range in {
		if name == region && region != "" || region != "" && strings.HasSuffix(name, "*") && strings.HasPrefix(region, name[:len(name)-1]) {
			return true
		}
	}
	return false
}

// access refuses limits that do not fit the world, once the config's providers
// are complete.
func (p *Policy) access(w *scenarios.World, c *router.Config) error {
	if err := c.ValidateAccess(); err != nil {
		return invalid("policy %s in the world %s: %w", p.Name, w.Name, err)
	}
	return nil
}
