package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxRequests bounds how many requests a scenario is expected to send.
const maxRequests = 5_000_000

// validator holds what each part says against what the others have. It runs
// once everything has been decoded without an error, so it may rely on every
// value by itself being right.
type validator struct {
	*decoder
	s           *Scenario
	root, world *node
	own         *node // the scenario's own world where another one was put in its place; nil otherwise
	foreign     bool  // requests come from outside, not from the tasks
}

func (v *validator) scenario() {
	if !v.complete() {
		return // nothing to hold the rest against
	}
	if v.s.Recovery > v.s.Duration {
		v.failKey(v.root, "recovery", "", "the recovery of %s is longer than the duration of %s",
			formatDuration(v.s.Recovery), formatDuration(v.s.Duration))
	}
	v.quotaGroups()
	v.routes()
	v.tasks()
	v.fitLoad()
	v.traffic()
	v.timeline()
	v.policies()
	v.thresholds()
}

// complete reports whether the world has all its parts.
func (v *validator) complete() bool {
	for _, part := range []string{"providers", "load", "tasks"} {
		own := part != "providers" && v.root.get(part) != nil
		if !own && v.world.get(part) == nil {
			v.failKey(v.world, part, "", "the world has no %q", part)
		}
	}
	if n := v.world.get("providers"); n != nil && len(v.s.World.Providers) == 0 {
		v.fail(n, "", "the world has no provider")
	}
	return !v.any()
}

// part returns the node of the load or the tasks that count.
func (v *validator) part(name string) *node {
	if n := v.root.get(name); n != nil {
		return n
	}
	return v.world.get(name)
}

func (v *validator) provider(name string) *Provider {
	for i := range v.s.World.Providers {
		if v.s.World.Providers[i].Name == name {
			return &v.s.World.Providers[i]
		}
	}
	return nil
}

// target returns the model behind "provider/model", or an error text with a hint.
func (v *validator) target(name string) (m *Model, problem, hint string) {
	provider, model, found := strings.Cut(name, "/")
	if !found {
		return nil, "a target is written provider/model", didYouMean(name, v.targetNames())
	}
	p := v.provider(provider)
	if p == nil {
		return nil, "no such provider", didYouMean(provider, v.providerNames())
	}
	if m = p.Model(model); m == nil {
		return nil, "no such model at " + provider, didYouMean(model, modelNames(p))
	}
	return m, "", ""
}

// quotaGroups checks that providers which share a quota agree on what it is.
func (v *validator) quotaGroups() {
	all := v.s.World.Providers
	for i, p := range all {
		if p.Quotas.Group == "" {
			continue
		}
		j := slices.IndexFunc(all[:i], func(o Provider) bool { return o.Quotas.Group == p.Quotas.Group })
		if j >= 0 && all[j].Quotas != p.Quotas {
			v.failKey(v.world.find("providers", p.Name), "quotas", "a group shares one quota",
				"%s states other quotas than %s, which is of the same group %q", p.Name, all[j].Name, p.Quotas.Group)
		}
	}
}

func (v *validator) routes() {
	seen := v.world.get("routes")
	for _, r := range v.s.World.Routes {
		n := seen.get(r.Name)
		var models []*Model
		for i, target := range r.Targets {
			m, problem, hint := v.target(target)
			switch {
			case m == nil:
				v.fail(n.find(i), hint, "%.195q: %s", target, problem)
			case slices.Contains(r.Targets[:i], target):
				v.fail(n.find(i), "", "%q stands here twice", target)
			default:
				models = append(models, m)
			}
		}
		if len(models) == len(r.Targets) {
			v.routeFits(n, models)
		}
	}
}

// routeFits reports targets of one route that cannot stand in for each other.
func (v *validator) routeFits(n *node, models []*Model) {
	first := models[0]
	for i, m := range models {
		if !slices.ContainsFunc(first.Endpoints, m.Serves) {
			v.fail(n.find(i), "", "%s serves %s and %s serves %s, so neither can stand in for the other",
				m.Name, strings.Join(m.Endpoints, ", "), first.Name, strings.Join(first.Endpoints, ", "))
			return
		}
		if m.Serves("embeddings") && first.Serves("embeddings") && m.Name != first.Name {
			v.fail(n.find(i), "one embedding space per route",
				"embeddings of %s cannot be compared with those of %s", m.Name, first.Name)
		}
	}
}

func (v *validator) tasks() {
	list := v.part("tasks")
	sum := 0.0
	for i, t := range v.s.World.Tasks {
		n := list.find(i)
		if slices.ContainsFunc(v.s.World.Tasks[:i], func(o Task) bool { return o.Name == t.Name }) {
			v.failKey(n, "name", "", "a task named %q stands above", t.Name)
		}
		sum += t.Weight
		v.taskModel(n, t)
	}
	if sum <= 0 && v.s.World.Load.Trace == nil {
		v.fail(list, "", "all weights are zero, so nothing is sent")
	}
}

func (v *validator) taskModel(n *node, t Task) {
	targets := []string{t.Model}
	if !strings.Contains(t.Model, "/") {
		i := slices.IndexFunc(v.s.World.Routes, func(r Route) bool { return r.Name == t.Model })
		if i < 0 {
			v.failKey(n, "model", didYouMean(t.Model, append(v.routeNames(), v.targetNames()...)),
				"%.195q is neither a route nor provider/model", t.Model)
			return
		}
		targets = v.s.World.Routes[i].Targets
	}
	for _, target := range targets {
		m, problem, hint := v.target(target)
		switch {
		case m == nil && len(targets) == 1 && target == t.Model:
			v.failKey(n, "model", hint, "%.195q: %s", target, problem)
		case m == nil: // reported with the route
		case !m.Serves(t.Endpoint):
			v.failKey(n, "model", "it serves "+strings.Join(m.Endpoints, ", "), "%s does not serve %s", target, t.Endpoint)
			return
		}
	}
}

func (v *validator) traffic() {
	n, l, duration := v.part("load"), &v.s.World.Load, v.s.Duration
	if l.Trace != nil {
		if !slices.Contains(v.taskNames(), l.Trace.Task) {
			v.failKey(n.find("trace"), "task", didYouMean(l.Trace.Task, v.taskNames()), "no task is named %.64q", l.Trace.Task)
		}
		return
	}
	if len(l.Stages) > 0 {
		sum := l.Stages[0].For
		for _, s := range l.Stages[1:] {
			sum += s.For // at most 256 stages of 31 days: no overflow
		}
		if sum != duration {
			v.failKey(n, "stages", "", "the stages last %s, the duration is %s", formatDuration(sum), formatDuration(duration))
			return
		}
	}
	for i, s := range l.Spikes {
		if s.At+s.For > duration {
			v.fail(n.find("spikes", i), "", "the spike ends at %s, the duration is %s",
				formatDuration(s.At+s.For), formatDuration(duration))
		}
	}
	switch expected := l.Expected(duration); {
	case expected > maxRequests:
		v.fail(n, "lower the rate or shorten the duration", "about %.0f requests in %s are too many; at most %d",
			expected, formatDuration(duration), maxRequests)
	case expected <= 0:
		v.fail(n, "", "every stage has a rate of zero, so nothing is sent")
	default:
		v.bursts(n, l, duration)
	}
}

// maxBurstWindows bounds how many windows of the shortest burst a load has.
const maxBurstWindows = 3_000_000

func (v *validator) bursts(n *node, l *Traffic, duration time.Duration) {
	for i, b := range l.Burstiness {
		switch {
		case b.Window > duration:
			v.failKey(n.find("burstiness", i), "window", "", "the window of %s is longer than the duration of %s",
				formatDuration(b.Window), formatDuration(duration))
			return
		case duration/b.Window > maxBurstWindows:
			v.failKey(n.find("burstiness", i), "window", "a longer window", "more than %d windows of %s fit into %s",
				maxBurstWindows, formatDuration(b.Window), formatDuration(duration))
			return
		}
	}
	if _, at, problem := l.burstLevels(duration); problem != "" {
		v.failKey(n.find("burstiness", at), "dispersion", "", "%s", problem)
	}
}

func (v *validator) policies() {
	list := v.root.get("policies")
	for i, p := range v.s.Policies {
		if slices.ContainsFunc(v.s.Policies[:i], func(o Policy) bool { return o.Name == p.Name }) {
			v.fail(list.find(i), "", "a policy named %q stands above", p.Name)
		}
	}
	names := make([]string, len(v.s.Policies))
	for i, p := range v.s.Policies {
		names[i] = p.Name
	}
	for i, name := range v.s.Gate.Except {
		if !slices.Contains(names, name) {
			at, what := v.root.find("gate", "except", i), "the scenario has no policy %q"
			if list != nil && list.origin != at.origin { // a --set has changed the policies and not the gate
				at, what = list, "gate.except names %q, which is not among them"
			}
			v.fail(at, didYouMean(name, names), what, name)
		}
	}
}

// thresholds checks that what the selectors of thresholds and of the gate name
// exists. What the scenario's own world has, and the one that was put in its place
// has not, is marked.
func (v *validator) thresholds() {
	ids := v.eventIDs()
	valid := map[string][]string{
		"phase": append(slices.Clone(reservedPhases), ids...), "fault": ids,
		"task": v.taskNames(), "provider": v.providerNames(),
	}
	check := func(key *node, selected []Pair) (absent string) {
		for _, p := range selected {
			switch words, known := valid[p.Key]; {
			case !known || slices.Contains(words, p.Value):
			case v.elsewhere(p):
				absent = p.Key + " " + p.Value
			default:
				v.fail(key, didYouMean(p.Value, words), "the scenario has no %s %.64q", p.Key, p.Value)
			}
		}
		return absent
	}
	for i := range v.s.Thresholds {
		t := &v.s.Thresholds[i]
		t.Absent = check(v.keys[i], t.Select)
		v.spans(v.keys[i], t)
	}
	var present []GateMetric
	for i, m := range v.s.Gate.Metrics {
		v.settles(v.gateKeys[i], m.Settle)
		if absent := check(v.gateKeys[i], m.Select); absent != "" {
			v.s.Notes = append(v.s.Notes, fmt.Sprintf("the gate leaves out %s: this world has no %s", v.gateKeys[i].text, absent))
			continue
		}
		present = append(present, m)
	}
	v.s.Gate.Metrics = present
}

// maxWindows bounds how many windows a threshold cuts the run into.
const maxWindows = 10_000

// spans checks the windows of a threshold, and what it is compared with.
func (v *validator) spans(key *node, t *Threshold) {
	switch {
	case t.Window > v.s.Duration:
		v.fail(key, "", "the window of %s is longer than the duration of %s", formatDuration(t.Window), formatDuration(v.s.Duration))
	case t.Window > 0 && v.s.Duration/t.Window > maxWindows:
		v.fail(key, "a longer window", "more than %d windows of %s fit into %s", maxWindows, formatDuration(t.Window), formatDuration(v.s.Duration))
	}
	v.settles(key, t.Settle)
	names := append([]string{Steady}, v.words.Policies...)
	for _, p := range v.s.Policies {
		if names = append(names, p.Name); p.Name == Steady && t.Than == Steady {
			v.fail(key, "name the policy otherwise", "%q is the run without faults, and a policy here", Steady)
		}
	}
	if t.Than != "" && !slices.Contains(names, t.Than) {
		hint := didYouMean(t.Than, names)
		for _, name := range names {
			if rest, found := strings.CutPrefix(t.Than, name); found && gluedOffset.MatchString(rest) {
				hint = fmt.Sprintf("with blanks around the sign: %s %s %s", name, rest[:1], rest[1:])
			}
		}
		v.fail(key, hint, "%.60q is neither a value nor a policy to compare with", t.Than)
	}
}

// settles checks that something of the run is left once faults have settled.
func (v *validator) settles(key *node, settle time.Duration) {
	if settle >= v.s.Duration {
		v.fail(key, "", "settle of %s leaves nothing of the duration of %s", formatDuration(settle), formatDuration(v.s.Duration))
	}
}

// gluedOffset is what follows a policy's name where the blanks around a sign are missing;
// names may have dashes in them.
var gluedOffset = regexp.MustCompile(`^[-+][0-9.]+[a-z%]*$`)

// elsewhere reports whether the scenario's own world has that task or provider.
func (v *validator) elsewhere(p Pair) bool {
	switch p.Key {
	case "task":
		return slices.ContainsFunc(v.own.get("tasks").list(), func(n *node) bool {
			name := n.get("name")
			return name != nil && name.text == p.Value
		})
	case "provider":
		return v.own.get("providers").get(p.Value) != nil
	}
	return false
}
