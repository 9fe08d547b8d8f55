package router

import (
	"net/http"
	"slices"
)

// plan is what the policy makes of a route: which targets, in which order, and
// within which limits.
type plan struct {
	targets   []*target
	outside   []*target // of the route's residency: never tried
	limits    Limits
	transport http.RoundTripper
	easy      easy
}

// newPlans plans every name a client may use as `model`. The strategies so far
// depend on nothing that changes, so this is done once.
func newPlans(c Config, targets []*target, transport func(*Limits) http.RoundTripper) map[string]*plan {
	byName := make(map[string]*target, len(targets))
	plans := make(map[string]*plan, len(targets)+len(c.Routes))
	for _, t := range targets {
		byName[t.name] = t
		p := &plan{limits: c.Resilience.Limits}
		p.add(t)
		p.transport = transport(&p.limits)
		plans[t.name] = p
	}
	for _, r := range c.Routes {
		p := &plan{limits: c.Resilience.Limits}
		if r.Limits != nil {
			p.limits = *r.Limits
		}
		for _, name := range r.Targets {
			if t := byName[name]; r.Residency == nil || inRegions(r.Residency, t.region) {
				p.add(t)
			} else {
				p.outside = append(p.outside, t)
			}
		}
		p.targets = order(c.Policy.Strategy, p.targets)
		p.transport = transport(&p.limits)
		plans[r.Name] = p
	}
	return plans
}

func (p *plan) add(t *target) {
	p.targets = append(p.targets, t)
	p.easy.add(t)
}

// order applies a strategy to a route's targets.
func order(strategy string, targets []*target) []*target {
	if strategy == SingleProvider {
		return slices.Clone(targets[:1])
	}
	return targets
}
