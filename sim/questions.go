package sim

import (
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/record"
)

// questions says of every request of a cell with a cache what it asked and on
// whose behalf, for the checkers: from the plan of the load alone.
func (c *cell) questions(out *record.Cell) {
	if out.Limits.CacheTTL == nil {
		return
	}
	for i := range out.Requests {
		r := &out.Requests[i]
		spec := c.plan.Specs[r.Seq]
		r.Tenant = spec.Tenant
		r.Question = client.Question(&c.scenario.World.Tasks[spec.Task], spec)
	}
}

// cacheTTLs is how long the router keeps answers of each task; nil without a
// cache.
func (c *cell) cacheTTLs() []time.Duration {
	if len(c.config.Cache.TTL) == 0 {
		return nil
	}
	var ttls []time.Duration
	for _, t := range c.scenario.World.Tasks {
		ttl, ok := c.config.Cache.TTL[t.Name]
		if !ok {
			ttl = c.config.Cache.TTL[router.AnyTask]
		}
		ttls = append(ttls, ttl)
	}
	return ttls
}
