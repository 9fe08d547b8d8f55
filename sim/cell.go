package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// cell is one scenario × policy × seed, ready to run on either clock.
type cell struct {
	scenario *scenarios.Scenario
	policy   Policy
	seed     uint64
	config   router.Config // base URLs are set by the clock
	plan     *load.Plan
	names    *names
	progress *Progress
	stop     *atomic.Bool
	explain  bool          // keep the router's choices
	engine   engine        // nil is the real one
	target   *Target       // a gateway that is not ours takes the router's place; nil = none does
	remarks  []string      // what was odd about a run against it
	slack    time.Duration // how late a timer or a hop may be on this clock
}

// wrap names the cell in an error.
func (c *cell) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("scenario %s, policy %s, seed %d: %w", c.scenario.Name, c.policy.Name, c.seed, err)
}

// longest is the longest time a request may take.
func (c *cell) longest() time.Duration {
	var d time.Duration
	for _, t := range c.scenario.World.Tasks {
		d = max(d, t.Deadline)
	}
	return d
}

// client makes the requests of the load, through hop, until ctx ends.
func (c *cell) client(ctx context.Context, origin time.Time, col *collector, hop http.RoundTripper, base *url.URL) *client.Client {
	return &client.Client{
		Plan: c.plan, Tasks: c.scenario.World.Tasks, Origin: origin, Seed: c.seed, Base: base,
		Hop: hop, Run: ctx, Provider: c.names.provider, Model: c.names.model, Done: col.request,
	}
}

// attack sends the load, and a warm-up beside it, and waits until every request has its outcome.
func (c *cell) attack(cancel func(), cl *client.Client) {
	var beside sync.WaitGroup
	if c.plan.WarmUps > 0 {
		beside.Go(cl.WarmUp)
	}
	load.Attack(load.Options{
		Arrivals: c.plan.Load(), Origin: cl.Origin, Transport: cl, Stop: c.stop, Stopped: cancel,
	})
	beside.Wait()
}

// result turns the collected logs into a record.
func (c *cell) result(col *collector) (_ record.Cell, err error) {
	if n := col.foreign.Load(); n > 0 && c.target == nil {
		return record.Cell{}, fmt.Errorf("sim: %d records carry a request id the load never made", n)
	}
	n := c.names
	out := record.Cell{
		Policy: c.policy.Name, Seed: c.seed, Gated: c.policy.Gated,
		Tasks: n.tasks, Providers: n.providers, Models: n.models, Targets: c.targets(),
		Endpoints: n.endpoints, Reasons: n.reasons, Skips: n.skips,
		Routes: c.routes(), Limits: c.limits(), Planned: len(c.plan.Arrivals),
	}
	out.Outside = c.target != nil
	col.fill(&out)
	if out.Incidents, err = col.incidents(time.Now()); err != nil {
		return record.Cell{}, fmt.Errorf("sim: %w", err)
	}
	c.bounds(&out)
	c.questions(&out)
	if c.stop != nil && c.stop.Load() {
		cut := slices.ContainsFunc(out.Requests, func(r record.Request) bool { return r.Outcome == record.Interrupted })
		out.Interrupted = cut || len(out.Requests) < out.Planned
	}
	return out, nil
}

// targets are the names' targets, marked where the router believes in another
// price than the world bills.
func (c *cell) targets() []record.Target {
	out := slices.Clone(c.names.targets)
	for _, p := range c.config.Providers {
		for _, m := range p.Models {
			at := c.names.target(p.Name + "/" + m.Name)
			for _, truth := range c.scenario.World.Providers {
				if t := truth.Model(m.Name); truth.Name == p.Name && t != nil && at >= 0 {
					out[at].OwnPrice = believedPrice(t.Price) != m.Price
				}
			}
		}
	}
	return out
}

// routes are the routes of the config.
func (c *cell) routes() []record.Route {
	out := make([]record.Route, len(c.config.Routes))
	for i, r := range c.config.Routes {
		out[i] = record.Route{Name: r.Name, First: c.names.target(r.Targets[0])}
	}
	return out
}

// numbers finds routes by name; they count from 1.
func numbers(routes []record.Route) map[string]uint16 {
	at := make(map[string]uint16, len(routes))
	for i, r := range routes {
		at[r.Name] = uint16(i + 1)
	}
	return at
}

// limits are the router's own bounds, for the checkers. Routes may set their
// own; the widest counts.
func (c *cell) limits() record.Limits {
	r := c.config.Resilience
	out := record.Limits{
		MaxAttempts: r.MaxAttempts, TotalTimeout: r.TotalTimeout, BreakerProbes: r.Breaker.Probes,
		RetryBudgetRatio: r.RetryBudget.Ratio, RetryBudgetFloor: r.RetryBudget.Floor,
		CooldownMax: r.Cooldown.Max, Hedging: r.Hedge != router.Hedge{}, Slack: c.slack,
	}
	keys := c.config.Idempotency
	if keys == (router.Idempotency{}) {
		keys = router.DefaultIdempotency()
	}
	out.CacheTTL, out.CacheStale = c.cacheTTLs(), c.config.Cache.StaleIfError
	out.KeyTTL, out.KeyEntries, out.KeyMaxBytes = keys.TTL, keys.Entries, int64(keys.MaxBytes)
	out.Budgets = c.budgetLimits()
	if p := c.config.Health.Probes; p.Every > 0 {
		out.ProbesHourMicroUSD = p.BudgetMicroUSD
	}
	for _, route := range c.config.Routes {
		if s := route.Shadow; s != nil {
			out.Shadows = append(out.Shadows, record.ShadowLimit{Target: c.names.target(s.Target), HourMicroUSD: s.BudgetMicroUSD})
		}
		if l := route.Limits; l != nil {
			out.MaxAttempts = max(out.MaxAttempts, l.MaxAttempts)
			out.TotalTimeout = max(out.TotalTimeout, l.TotalTimeout)
			out.Hedging = out.Hedging || l.Hedge != router.Hedge{}
		}
	}
	return out
}

// eventGap is how far tokens of a stream are coalesced: 250 ms, and never so
// far that the router could take a pause for a stall, or an event to come for a
// rate too low.
func (c *cell) eventGap() time.Duration {
	gap := 250 * time.Millisecond
	narrow := func(l *router.Limits) {
		gap = min(gap, l.IdleTimeout/4)
		if l.Stream.MinTokensPerSecond > 0 {
			gap = min(gap, l.Stream.Window/4)
		}
	}
	narrow(&c.config.Resilience.Limits)
	for _, route := range c.config.Routes {
		if route.Limits != nil {
			narrow(route.Limits)
		}
	}
	return max(gap, time.Millisecond)
}

// demand tells a fake what a request really needs.
func (c *cell) demand(id string) (fakeproviders.Demand, bool) {
	seq, _, ok := requestOf(id)
	if !ok || int(seq) >= len(c.plan.Specs) {
		return fakeproviders.Demand{}, false
	}
	spec := c.plan.Specs[seq]
	task := &c.scenario.World.Tasks[spec.Task]
	out := fakeproviders.Demand{Task: task.Name, OutputTokens: int(spec.OutputTokens), Tools: task.Tools}
	if spec.Tenant > 0 {
		out.Tenant = load.TenantName(spec.Tenant)
	}
	return out, true
}
