package router

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/policy"
)

// plan is what the config makes of a route: which targets, how they are put in
// order, and within which limits.
type plan struct {
	route     string
	targets   []*target
	outside   []*target         // of the route's residency: never tried
	barred    []audit.Candidate // the same, for the record
	strategy  policy.Strategy   // ranks the targets for each request; nil where their order is always this
	choice    audit.Choice      // of that order; shared by all records
	shadow    *shadowing        // nil: none
	limits    Limits
	transport http.RoundTripper
	easy      easy
	asked     atomic.Uint64 // requests so far
	probed    [endpoints]atomic.Bool
}

// newPlans plans every name a client may use as `model`.
func newPlans(r *Router, c Config, transport func(*Limits) http.RoundTripper) map[string]*plan {
	byName := make(map[string]*target, len(r.targets))
	now := time.Now()
	plans := make(map[string]*plan, len(r.targets)+len(c.Routes))
	for _, t := range r.targets {
		byName[t.name] = t
		p := &plan{route: t.name, limits: c.Resilience.Limits}
		p.add(t)
		p.fix(policy.SingleProvider)
		p.transport = transport(&p.limits)
		plans[t.name] = p
	}
	name, strategy := r.policy.Strategy, r.strategy
	if name == "" {
		name = policy.Priority
	}
	if strategy == nil {
		strategy = r.policy.New()
	}
	for _, route := range c.Routes {
		p := &plan{route: route.Name, limits: c.Resilience.Limits, strategy: strategy}
		if route.Limits != nil {
			p.limits = *route.Limits
		}
		for _, name := range route.Targets {
			if t := byName[name]; route.Residency == nil || inRegions(route.Residency, t.region) {
				p.add(t)
			} else {
				p.outside = append(p.outside, t)
				p.barred = append(p.barred, audit.Candidate{Target: t.name, Out: outsideResidency})
			}
		}
		switch strategy.(type) {
		case policy.InOrder:
			p.fix(name)
		case policy.OnlyFirst:
			p.targets = p.targets[:1]
			p.fix(name)
		default:
			p.choice.Strategy = name
		}
		if s := route.Shadow; s != nil {
			p.shadow = newShadowing(s, byName[s.Target], now)
		}
		p.transport = transport(&p.limits)
		plans[route.Name] = p
	}
	return plans
}

func (p *plan) add(t *target) {
	p.targets = append(p.targets, t)
	p.easy.add(t)
}

// fix makes the targets' order the choice for every request.
func (p *plan) fix(strategy string) {
	p.strategy = nil
	p.choice.Strategy = strategy
	for i, t := range p.targets[:min(len(p.targets), audit.MaxCandidates)] {
		p.choice.Candidates = append(p.choice.Candidates, audit.Candidate{Target: t.name, Score: float64(i)})
	}
	p.choice.Candidates = atMost(append(p.choice.Candidates, p.barred...))
}
