package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// bounder works out where each request may go and what it is paid from, for the
// checkers: from the config and from where the world's providers really are, by
// rules of its own, so that a mistake of the router's is not repeated.
type bounder struct {
	cell   *cell
	list   []record.Bound
	number map[boundKey]uint16 // 0: no limits
}

type boundKey struct {
	model  string
	tenant uint32
	task   uint16
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
	key := boundKey{b.cell.plan.Model(*spec, &b.cell.scenario.World.Tasks[spec.Task]), spec.Tenant, spec.Task}
	n, known := b.number[key]
	if !known {
		n = b.add(key)
		b.number[key] = n
	}
	return n
}

// add works out a bound that is new. Few requests share none: there are as many
// as triples of a route, a tenant and a task with limits, and equal ones share an
// entry.
func (b *bounder) add(key boundKey) uint16 {
	c := &b.cell.config
	var residency []string
	if i := slices.IndexFunc(c.Routes, func(r router.Route) bool { return r.Name == key.model }); i >= 0 {
		residency = c.Routes[i].Residency
	}
	tenant := tenantOf(c.Tenants, key.tenant)
	limited := residency != nil || tenant.Regions != nil || tenant.Providers != nil
	bound := record.Bound{Budgets: b.budgets(key), Space: b.space(key)}
	if !limited && bound.Budgets == nil && bound.Space == nil {
		return 0
	}
	if limited {
		bound.Targets = []int16{}
	}
	for _, p := range b.cell.scenario.World.Providers {
		if !limited || residency != nil && !lies(p.Region, residency) || tenant.Regions != nil && !lies(p.Region, tenant.Regions) ||
			tenant.Providers != nil && !slices.Contains(tenant.Providers, p.Name) {
			continue
		}
		for _, m := range p.Models {
			bound.Targets = append(bound.Targets, b.cell.names.target(p.Name+"/"+m.Name))
		}
	}
	i := slices.IndexFunc(b.list, func(other record.Bound) bool {
		return (other.Targets == nil) == !limited && slices.Equal(other.Targets, bound.Targets) && slices.Equal(other.Budgets, bound.Budgets) &&
			(other.Space == nil) == (bound.Space == nil) && slices.Equal(other.Space, bound.Space)
	})
	if i < 0 {
		i = len(b.list)
		b.list = append(b.list, bound)
	}
	return uint16(i + 1)
}

// space is the targets whose embeddings can be compared with those of the first
// target of the request's route; nil for what asks for no embeddings.
func (b *bounder) space(key boundKey) (list []int16) {
	if b.cell.scenario.World.Tasks[key.task].Endpoint != "embeddings" {
		return nil
	}
	first := key.model // it may name a target
	if i := slices.IndexFunc(b.cell.config.Routes, func(r router.Route) bool { return r.Name == key.model }); i >= 0 {
		first = b.cell.config.Routes[i].Targets[0]
	}
	list = []int16{}
	for _, t := range b.cell.names.targets {
		if b.spaceOf(t.Name) == b.spaceOf(first) {
			list = append(list, b.cell.names.target(t.Name))
		}
	}
	return list
}

// spaceOf is the embedding space of a target: its model's name, unless the config
// says otherwise.
func (b *bounder) spaceOf(target string) string {
	provider, model, _ := strings.Cut(target, "/")
	for _, p := range b.cell.config.Providers {
		for _, m := range p.Models {
			if p.Name == provider && m.Name == model && m.EmbeddingSpace != "" {
				return m.EmbeddingSpace
			}
		}
	}
	return model
}

// budgets are those that a request is paid from.
func (b *bounder) budgets(key boundKey) (list []int16) {
	task := b.cell.scenario.World.Tasks[key.task].Name
	tenant := ""
	if key.tenant > 0 {
		tenant = load.TenantName(key.tenant)
	}
	for i, x := range b.cell.config.Budgets {
		is := func(wanted, has string) bool { return wanted == "" || wanted == has }
		if is(x.Route, key.model) && is(x.Task, task) && is(x.Tenant, tenant) {
			list = append(list, int16(i))
		}
	}
	return list
}

// budgetLimits are the budgets of the config, with their periods in a run.
func (c *cell) budgetLimits() (limits []record.BudgetLimit) {
	start := c.scenario.Start.UTC()
	end := start.Add(c.scenario.Duration)
	for _, b := range c.config.Budgets {
		limit := record.BudgetLimit{Name: b.Name, MicroUSD: b.LimitMicroUSD}
		for _, t := range c.names.targets {
			provider, model, _ := strings.Cut(t.Name, "/")
			if (b.Provider == "" || b.Provider == provider) && (b.Model == "" || b.Model == model) {
				limit.Targets = append(limit.Targets, c.names.target(t.Name))
			}
		}
		y, m, d := start.Date()
		for at := start; !at.After(end); {
			switch b.Per {
			case router.PerMinute:
				at = at.Truncate(time.Minute).Add(time.Minute)
			case router.PerHour:
				at = at.Truncate(time.Hour).Add(time.Hour)
			case router.PerDay:
				d++
				at = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
			default:
				m++
				at = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
			}
			limit.Ends = append(limit.Ends, at.Sub(start))
		}
		limits = append(limits, limit)
	}
	return limits
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
