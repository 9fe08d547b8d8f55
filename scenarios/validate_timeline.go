package scenarios

import (
	"slices"
	"strings"
)

// reservedPhases are the phases every scenario has; events name the others.
var reservedPhases = []string{"before", "recovery", "after"}

func (v *validator) timeline() {
	if w := v.s.Warm; w.Top > 0 && w.At >= v.s.Duration {
		v.failKey(v.root.get("warm"), "at", "", "the warm-up begins at %s, the duration is %s", formatDuration(w.At), formatDuration(v.s.Duration))
	}
	list := v.root.get("timeline")
	for i := range v.s.Timeline {
		e, n := &v.s.Timeline[i], list.find(i)
		if slices.ContainsFunc(v.s.Timeline[:i], func(o Event) bool { return o.ID == e.ID }) {
			v.failKey(n, "id", "", "an event with the id %q stands above", e.ID)
		}
		if end := e.At + e.For; end > v.s.Duration {
			v.failKey(n, "for", "", "the event ends at %s, the duration is %s", formatDuration(end), formatDuration(v.s.Duration))
		}
		v.event(n, e)
	}
}

// event checks what one event says by itself and about the world.
func (v *validator) event(n *node, e *Event) {
	if slices.Contains(reservedPhases, e.ID) {
		v.failKey(n, "id", "", "%q is a phase every scenario has; choose another id", e.ID)
	}
	if e.Ramp.In+e.Ramp.Out > e.For {
		v.failKey(n, "ramp", "", "the ramps last %s, the event lasts %s",
			formatDuration(e.Ramp.In+e.Ramp.Out), formatDuration(e.For))
	}
	if e.Every > 0 && e.Every < e.For {
		v.failKey(n, "every", "", "the event lasts %s and cannot come again after %s", formatDuration(e.For), formatDuration(e.Every))
	}
	if e.Flap.Period > e.For {
		v.fail(n.find("flap", "period"), "", "the period of %s is longer than the event's %s",
			formatDuration(e.Flap.Period), formatDuration(e.For))
	}
	if e.Rank > 0 {
		if e.Select.Providers = v.ranked(e.Rank); e.Select.Providers == nil {
			v.failKey(n, "rank", "give a route another target to fall back on, or leave the event out", "no route of the world has so many targets")
			return
		}
	}
	v.selector(n, &e.Select)
}

// selector checks that each word exists, then that together they match
// something: a fault that can hit nobody is a mistake in the file.
func (v *validator) selector(n *node, s *Selector) {
	before := len(v.found)
	names := v.providerNames()
	for i, name := range s.Providers {
		if slices.Contains(names, name) {
			continue
		}
		at := n.find("providers", i)
		if n.get("provider") != nil {
			at = n.get("provider")
		}
		v.fail(at, didYouMean(name, names), "no such provider as %q", name)
	}
	for _, w := range []struct {
		key, value string
		valid      []string
	}{
		{"vendor", s.Vendor, v.collect(func(p *Provider) []string { return []string{p.Vendor} })},
		{"region", s.Region, v.collect(func(p *Provider) []string { return []string{p.Region} })},
		{"model", s.Model, v.collect(modelNames)},
		{"endpoint", s.Endpoint, v.collect(func(p *Provider) []string {
			words := []string{"models"} // every provider lists its models
			for _, m := range p.Models {
				words = append(words, m.Endpoints...)
			}
			return words
		})},
		{"task", s.Task, v.taskNames()},
	} {
		if w.value != "" && !slices.Contains(w.valid, w.value) {
			v.failKey(n, w.key, didYouMean(w.value, w.valid), "no such %s as %q", w.key, w.value)
		}
	}
	if len(v.found) == before && !v.matches(s) {
		v.fail(n, "", "no request fits all of what this event selects, so it can hit nothing")
	}
}

// ranked names the provider that holds a place in the order of the first route
// that has so many. Of other routes it is whoever it is: one vendor fails at a time.
func (v *validator) ranked(rank int) []string {
	for _, r := range v.s.World.Routes {
		if len(r.Targets) >= rank {
			provider, _, _ := strings.Cut(r.Targets[rank-1], "/")
			return []string{provider}
		}
	}
	return nil
}

// matches reports whether any request of any task can fit the selector.
func (v *validator) matches(s *Selector) bool {
	if v.foreign {
		return v.foreignFits(s)
	}
	for i := range v.s.World.Tasks {
		t := &v.s.World.Tasks[i]
		switch {
		case s.Task != "" && s.Task != t.Name,
			s.Endpoint != "" && s.Endpoint != "models" && s.Endpoint != t.Endpoint,
			s.Tools != nil && *s.Tools != t.Tools:
			continue
		// Rows of a trace decide themselves whether they stream.
		case s.Stream != nil && *s.Stream != t.Stream && v.s.World.Load.Trace == nil:
			continue
		}
		for j := range v.s.World.Providers {
			if v.s.World.Providers[j].fits(s, t.Endpoint) {
				return true
			}
		}
	}
	return false
}

// fits reports whether a provider answers requests to that endpoint that the
// selector matches. Routes do not count: a policy under test may add its own.
func (p *Provider) fits(s *Selector, endpoint string) bool {
	switch {
	case len(s.Providers) > 0 && !slices.Contains(s.Providers, p.Name),
		s.Vendor != "" && s.Vendor != p.Vendor,
		s.Region != "" && s.Region != p.Region:
		return false
	}
	return slices.ContainsFunc(p.Models, func(m Model) bool {
		return (s.Model == "" || s.Model == m.Name) && m.Serves(endpoint)
	})
}

// collect gathers words of all providers, each once, in file order.
func (v *validator) collect(of func(*Provider) []string) []string {
	var out []string
	for i := range v.s.World.Providers {
		for _, word := range of(&v.s.World.Providers[i]) {
			if word != "" && !slices.Contains(out, word) {
				out = append(out, word)
			}
		}
	}
	return out
}

func modelNames(p *Provider) []string {
	out := make([]string, len(p.Models))
	for i, m := range p.Models {
		out[i] = m.Name
	}
	return out
}

func (v *validator) providerNames() []string {
	return v.collect(func(p *Provider) []string { return []string{p.Name} })
}

func (v *validator) targetNames() []string {
	return v.collect(func(p *Provider) []string {
		out := modelNames(p)
		for i := range out {
			out[i] = p.Name + "/" + out[i]
		}
		return out
	})
}

func (v *validator) routeNames() []string {
	out := make([]string, len(v.s.World.Routes))
	for i, r := range v.s.World.Routes {
		out[i] = r.Name
	}
	return out
}

func (v *validator) taskNames() []string {
	out := make([]string, len(v.s.World.Tasks))
	for i, t := range v.s.World.Tasks {
		out[i] = t.Name
	}
	return out
}

func (v *validator) eventIDs() []string {
	out := make([]string, len(v.s.Timeline))
	for i, e := range v.s.Timeline {
		out[i] = e.ID
	}
	return out
}
