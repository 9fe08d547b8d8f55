package scenarios

import (
	"regexp"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// What the decoder decides by looking into a mapping is described here, beside
// it: a probe has nothing to look into.

// describeWorld is the key world of a scenario: a name, a path or the world itself.
func (d *decoder) describeWorld(n *node, w *World) {
	if n.kind == kindString {
		n.probe.take(patternForm(`.`, "three-providers", "./our-world.yaml"))
		return
	}
	if d.mapping(n, "world", d.worldFields(w)) {
		d.need(n, "a world", "providers")
	}
}

// describeProvider tells a provider over a preset, of which nothing is needed and
// from which null takes away, from one that says everything itself.
func (d *decoder) describeProvider(n *node, p *Provider) {
	if n.kind != kindMapping {
		return
	}
	whole := d.form(func(n *node) {
		if d.mapping(n, "provider", d.providerFields(p)) {
			d.need(n, "a provider", "models")
		}
	})
	d.about.loose = true
	over := d.form(func(n *node) { d.mapping(n, "provider", d.providerFields(p)) })
	d.about.loose = false
	n.probe.take(&jsonschema.Schema{If: &jsonschema.Schema{Required: []string{"preset"}}, Then: over, Else: whole})
}

// describePreset is a provider that says everything itself, but for its own preset,
// with the keys of presetOnly.
func (d *decoder) describePreset(n *node) {
	p := &Provider{}
	text := ""
	fields := slices.DeleteFunc(d.providerFields(p), func(f field) bool { return f.key == "preset" })
	d.mapping(n, "provider", append(fields,
		field{presetOnly[0], d.version(new(int))},
		field{presetOnly[1], d.text(&text, 500)},
		field{presetOnly[2], d.text(&text, 2000)},
		field{presetOnly[3], func(n *node) {
			d.named(n, "regions", maxProviders, func(_ string, _, value *node) {
				d.mapping(value, "", slices.DeleteFunc(d.providerFields(p), func(f field) bool { return f.key != "rtt" }))
			})
		}}))
	d.need(n, "a preset", "summary", "models", "region", "regions")
}

// describeKept are the models of a preset that a provider keeps.
func (d *decoder) describeKept(n *node) {
	if d.about.loose {
		n.probe.take(&jsonschema.Schema{Type: "array", Items: patternForm(modelPattern), MinItems: bound(1)})
	}
}

// describeDist says which keys make a distribution.
func (n *node) describeDist() {
	groups := [][]string{{"value"}, {"mean", "cv"}, {"empirical"}, {"mixture"}}
	for _, p := range percentiles {
		groups = append(groups, []string{p.key})
	}
	n.probe.last().AnyOf = oneOfKeys(groups...)
}

// describePolicy takes a built-in policy's name, or one with keys of the router's
// file laid over it.
func (d *decoder) describePolicy(n *node, p *Policy) {
	if n.kind == kindString {
		d.word(&p.Name, "policy", d.words.Policies)(n)
		return
	}
	if !d.mapping(n, "policy", d.policyFields(p)) {
		return
	}
	s := n.probe.last()
	s.Required = []string{"name"}
	named := jsonschema.NewProperties()
	named.Set("name", wordForm(d.words.Policies))
	s.AnyOf = []*jsonschema.Schema{
		{Required: []string{"from"}},
		{Properties: named},
	}
	if d.words.Router == nil {
		s.AdditionalProperties = nil
		return
	}
	for pair := d.words.Router().Properties.Oldest(); pair != nil; pair = pair.Next() {
		s.Properties.Set(pair.Key, pair.Value)
	}
}

// describeFault takes a kind that needs nothing more, or a kind with its
// parameters.
func (d *decoder) describeFault(n *node, f *Fault) {
	if n.kind == kindString {
		var alone []string
		for _, word := range d.words.Faults {
			if !slices.ContainsFunc(word.Params, func(p ParamWord) bool { return p.Required }) {
				alone = append(alone, word.Name)
			}
		}
		n.probe.take(wordForm(alone))
		return
	}
	if n.kind != kindMapping {
		return
	}
	s := &jsonschema.Schema{Type: "object", Required: []string{"kind"}}
	s.Properties = jsonschema.NewProperties()
	s.Properties.Set("kind", documented(wordForm(d.kinds()), "fault", "kind"))
	for _, f := range d.faultFields(f)[1:] {
		s.Properties.Set(f.key, documented(&jsonschema.Schema{}, "fault", f.key)) // what it may be, its kind says
	}
	for i := range d.words.Faults {
		word := &d.words.Faults[i]
		is := &jsonschema.Schema{Type: "string", Const: word.Name, Description: word.Doc}
		of := d.form(func(n *node) {
			if d.mapping(n, "", d.faultKeys(word, f)) {
				n.probe.last().Properties.Set("kind", is)
			}
		})
		for _, p := range word.Params {
			if v, _ := of.Properties.Get(p.Name); v != nil && p.Doc != "" {
				v.Description = (&row{value: p.Doc + "; " + p.Range, standard: p.Default}).description()
			}
			if _, known := s.Properties.Get(p.Name); !known {
				s.Properties.Set(p.Name, &jsonschema.Schema{Description: "A parameter of the kind " + word.Name + ", among others."})
			}
			if p.Required {
				of.Required = append(of.Required, p.Name)
			}
		}
		when := &jsonschema.Schema{Properties: jsonschema.NewProperties(), Required: []string{"kind"}}
		when.Properties.Set("kind", &jsonschema.Schema{Const: word.Name})
		s.AllOf = append(s.AllOf, &jsonschema.Schema{If: when, Then: of})
	}
	n.probe.take(s)
}

// describeThresholds takes metrics by their names, or narrowed.
func (d *decoder) describeThresholds(n *node) {
	if n.kind != kindMapping {
		return
	}
	s := &jsonschema.Schema{
		Type: "object", AdditionalProperties: jsonschema.FalseSchema, MaxProperties: bound(maxThresholds),
		Properties: jsonschema.NewProperties(), PatternProperties: map[string]*jsonschema.Schema{},
	}
	for i := range d.words.Metrics {
		word := &d.words.Metrics[i]
		one := *expressionForm(word)
		one.Description = word.about()
		s.Properties.Set(word.Name, &one)
		s.PatternProperties[narrowed(word.Name)] = expressionForm(word)
	}
	n.probe.take(s)
}

// narrowed is the pattern of a metric's name with a selector behind it.
func narrowed(name string) string { return `^\s*` + regexp.QuoteMeta(name) + `\s*\{.+\}\s*$` }

// describeGate takes the fields, and metrics with the tolerance of each.
func (d *decoder) describeGate(n *node, fields []field) {
	if !d.mapping(n, "gate", fields) {
		return
	}
	s := n.probe.last()
	s.PatternProperties = map[string]*jsonschema.Schema{}
	for _, name := range d.gateNames() {
		word := d.words.metric(name)
		if at := strings.LastIndexByte(name, '_'); word == nil && at > 0 {
			word = d.words.metric(name[:at])
		}
		m := &GateMetric{}
		one := d.form(func(n *node) {
			if d.mapping(n, "", []field{{"tolerance", d.tolerance(word, m)}}) {
				d.need(n, "a gated metric", "tolerance")
			}
		})
		s.Properties.Set(name, one)
		s.PatternProperties[narrowed(name)] = one
	}
}

// toleranceForm takes a share, points of a ratio or an amount.
func toleranceForm(word *MetricWord) *jsonschema.Schema {
	s := &jsonschema.Schema{Pattern: `^[0-9.]+( *%|pp|ns|us|µs|ms|s|m|h|d)?([0-9.]+(ns|us|µs|ms|s|m|h))*$`, Minimum: "0", Examples: []any{"5%"}}
	if word.share() {
		s.Pattern, s.Maximum, s.Examples = `^(0|[0-9.]+ *(%|pp))$`, "0", []any{"0.05pp"}
	}
	return ofTypes(s, "string", "number")
}
