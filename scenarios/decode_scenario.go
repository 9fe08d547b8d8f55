package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Bounds on the parts of a scenario.
const (
	maxEvents     = 64
	maxPolicies   = 64
	maxThresholds = 256
	maxProviders  = 64
	maxModels     = 64
	maxRoutes     = 256
	maxTargets    = 64
	maxTasks      = 256
	maxStages     = 256
	maxSpikes     = 256
	maxBursts     = 4
	maxEmpirical  = 10_000
	maxReplicas   = 100
	maxWarm       = 10_000
)

// scenarioFields decodes the scenario's own load and tasks into own: they
// override the world's wherever they stand in the file.
func (d *decoder) scenarioFields(s *Scenario, own *World) []field {
	return []field{
		{"version", d.version(&s.Version)},
		{"name", d.name(&s.Name)},
		{"summary", d.text(&s.Summary, 500)},
		{"source", d.text(&s.Source, 2000)},
		{"start", d.start(&s.Start)},
		{"duration", d.duration(&s.Duration, time.Second, maxDuration)},
		{"recovery", d.duration(&s.Recovery, time.Millisecond, maxDuration)},
		{"seed", d.seed(&s.Seed)},
		{"replicas", d.count(&s.Replicas, 1, maxReplicas)},
		{"world", func(n *node) {
			if n.probe != nil {
				d.describeWorld(n, &s.World)
				return
			}
			d.mapping(n, "world", d.worldFields(&s.World))
		}},
		{"load", d.load(&own.Load)},
		{"tasks", d.tasks(&own.Tasks)},
		{"timeline", func(n *node) {
			s.Timeline = nil
			d.list(n, "events", maxEvents, func(item *node) { s.Timeline = append(s.Timeline, d.event(item)) })
		}},
		{"warm", d.warm(&s.Warm)},
		{"policies", func(n *node) {
			s.Policies = nil
			d.list(n, "policies", maxPolicies, func(item *node) { s.Policies = append(s.Policies, d.policy(item)) })
			if n.kind == kindSequence && len(n.items) == 0 {
				d.fail(n, "name a policy or leave the key out", "the list is empty")
			}
		}},
		{"gate", d.gate(&s.Gate)},
		{"thresholds", d.thresholds(&s.Thresholds)},
	}
}

func (d *decoder) version(dst *int) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(&jsonschema.Schema{Type: "integer", Const: 1})
			return
		}
		if n.kind != kindNumber || n.text != "1" {
			d.fail(n, "version: 1", "the version of the language is 1, found %s", describe(n))
			return
		}
		*dst = 1
	}
}

// start takes an RFC 3339 instant whose seconds may be left out. Virtual time
// begins in 2000, so nothing before that can be played.
func (d *decoder) start(dst *time.Time) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(patternForm(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}`, "2024-12-11T22:46:00Z"))
			return
		}
		if !d.expect(n, kindString) {
			return
		}
		t, err := time.Parse(time.RFC3339, n.text)
		if err != nil {
			t, err = time.Parse("2006-01-02T15:04Z07:00", n.text)
		}
		if err != nil {
			d.fail(n, "like 2024-12-11T22:46:00Z", "%.40q is not an instant", n.text)
			return
		}
		if t = t.UTC(); t.Year() < 2000 || t.Year() > 2199 || t.Before(time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)) {
			d.fail(n, "", "the start lies between 2000-01-02 and 2199-12-31, found %s", t.Format(time.DateOnly))
			return
		}
		*dst = t
	}
}

// warm takes a warm-up, of which both keys are needed.
func (d *decoder) warm(w *Warm) func(*node) {
	return func(n *node) {
		if d.mapping(n, "warm", d.warmFields(w)) {
			d.need(n, "a warm-up", "at", "top")
		}
	}
}

func (d *decoder) warmFields(w *Warm) []field {
	return []field{
		{"at", d.duration(&w.At, 0, maxDuration)},
		{"top", d.count(&w.Top, 1, maxWarm)},
	}
}

func (d *decoder) event(n *node) Event {
	e := Event{At: -1, Line: lineOf(n)}
	if !d.mapping(n, "event", d.eventFields(&e)) {
		return e
	}
	d.need(n, "an event", "at", "for", "fault")
	d.oneProviderKey(n)
	return e
}

func (d *decoder) oneProviderKey(n *node) {
	if n.get("provider") != nil && n.get("providers") != nil {
		d.failKey(n, "providers", "", "give either provider or providers")
	}
	if n.get("rank") != nil && (n.get("provider") != nil || n.get("providers") != nil) {
		d.failKey(n, "rank", "", "a rank stands for providers: give either rank or their names")
	}
}

// lineOf is the line of a node in a file, 0 for one that came from --set.
func lineOf(n *node) int {
	if !n.origin.base {
		return 0
	}
	return n.line
}

func (d *decoder) eventFields(e *Event) []field {
	s := &e.Select
	one := ""
	return []field{
		{"id", d.name(&e.ID)},
		{"at", d.duration(&e.At, 0, maxDuration)},
		{"for", d.duration(&e.For, time.Millisecond, maxDuration)},
		{"provider", func(n *node) {
			if d.name(&one)(n); one != "" {
				s.Providers = []string{one}
			}
		}},
		{"providers", func(n *node) {
			s.Providers = nil
			d.list(n, "providers", maxProviders, func(item *node) {
				if d.name(&one)(item); one != "" {
					s.Providers = append(s.Providers, one)
				}
			})
			if n.kind == kindSequence && len(n.items) == 0 {
				d.fail(n, "leave the key out for all providers", "the list is empty")
			}
		}},
		{"rank", d.count(&e.Rank, 1, maxProviders)},
		{"vendor", d.name(&s.Vendor)},
		{"region", d.name(&s.Region)},
		{"model", d.modelName(&s.Model)},
		{"endpoint", d.word(&s.Endpoint, "endpoint", d.words.Endpoints)},
		{"task", d.name(&s.Task)},
		{"stream", d.optionalFlag(&s.Stream)},
		{"tools", d.optionalFlag(&s.Tools)},
		{"fault", d.fault(&e.Fault)},
		{"ramp", func(n *node) {
			d.mapping(n, "ramp", d.rampFields(&e.Ramp))
		}},
		{"every", d.duration(&e.Every, time.Millisecond, maxDuration)},
		{"flap", func(n *node) {
			if d.mapping(n, "flap", d.flapFields(&e.Flap)) {
				d.need(n, "a flap", "period", "duty")
			}
		}},
	}
}

func (d *decoder) rampFields(r *Ramp) []field {
	return []field{
		{"in", d.duration(&r.In, 0, maxDuration)},
		{"out", d.duration(&r.Out, 0, maxDuration)},
	}
}

// minPeriod is the shortest period of a flap that the fakes can play.
const minPeriod = 20 * time.Millisecond

func (d *decoder) flapFields(f *Flap) []field {
	return []field{
		{"period", d.duration(&f.Period, minPeriod, maxDuration)},
		{"duty", func(n *node) {
			if n.probe != nil {
				n.probe.take(&jsonschema.Schema{Type: "number", ExclusiveMinimum: "0", ExclusiveMaximum: "1"})
				return
			}
			if d.extreme(n, "one between 0 and 1") {
				return
			}
			v, err := parseNumber(n.text)
			if n.kind != kindNumber || err != nil || v <= 0 || v >= 1 {
				d.fail(n, "the share of the period the fault is active", "the duty lies between 0 and 1, found %s", describe(n))
				return
			}
			f.Duty = v
		}},
	}
}

// policy takes the name of a built-in policy, or a mapping that lays keys
// over one.
func (d *decoder) policy(n *node) Policy {
	p := Policy{File: n.origin.file, Line: lineOf(n)}
	if n.probe != nil {
		d.describePolicy(n, &p)
		return p
	}
	if n.kind == kindString {
		d.word(&p.Name, "policy", d.words.Policies)(n)
		p.From = p.Name
		return p
	}
	if n.kind != kindMapping {
		d.fail(n, "", "expected the name of a policy or a mapping, found %s", describe(n))
		return p
	}
	for _, f := range d.policyFields(&p) {
		if v := n.get(f.key); v != nil {
			f.into(v)
		}
	}
	d.need(n, "a policy", "name")
	if p.From == "" && n.get("from") == nil && p.Name != "" {
		if d.words.knowsPolicy(p.Name) {
			p.From = p.Name
		} else {
			d.failKey(n, "from", "one of: "+strings.Join(d.words.Policies, ", "),
				"the policy %q is not built in, so it needs %q", p.Name, "from")
		}
	}
	p.Overlay = overlay(n, "name", "from")
	return p
}

func (d *decoder) policyFields(p *Policy) []field {
	return []field{
		{"name", d.name(&p.Name)},
		{"from", d.word(&p.From, "built-in policy", d.words.Policies)},
	}
}

// id returns the id an event takes when it states none.
func id(kind string, n int) string { return fmt.Sprintf("%s-%d", kind, n) }
