package scenarios

import (
	"encoding/json"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
)

// The JSON Schemas are made by the decoder itself. It is given nodes that stand
// for any value of their kind, probes, and instead of reading one it writes down
// what it would take there. So a key that is decoded is described, and there is
// no second grammar to keep in step: whatever is built of the functions below and
// of those in forms.go needs nothing else.

// probe collects what may stand at one place.
type probe struct {
	takes []*jsonschema.Schema
}

// take notes one form of value, once however many kinds of node it was asked for.
func (p *probe) take(s *jsonschema.Schema) {
	for _, known := range p.takes {
		if equal(known, s) {
			return
		}
	}
	p.takes = append(p.takes, s)
}

// last is the form noted last, to which more can be said; an empty one if none was.
func (p *probe) last() *jsonschema.Schema {
	if len(p.takes) == 0 {
		return &jsonschema.Schema{}
	}
	return p.takes[len(p.takes)-1]
}

// description is what a decoder that describes knows beside its words.
type description struct {
	names map[*jsonschema.Schema]string // the section of each mapping
	defs  jsonschema.Definitions
	loose bool // a provider over a preset: nothing is needed, and null takes away
}

// form is what into reads, as a schema. What describes nothing takes anything,
// which the tests refuse.
func (d *decoder) form(into func(*node)) *jsonschema.Schema {
	p := &probe{}
	for _, k := range []kind{kindString, kindNumber, kindMapping, kindSequence} {
		into(&node{kind: k, origin: &origin{}, probe: p})
	}
	for i, s := range p.takes {
		p.takes[i] = d.define(s)
	}
	if len(p.takes) == 1 {
		return p.takes[0]
	}
	return &jsonschema.Schema{AnyOf: p.takes}
}

// define puts the mapping of a section among the definitions and returns a
// reference to it.
func (d *decoder) define(s *jsonschema.Schema) *jsonschema.Schema {
	name := d.about.names[s]
	if name == "" {
		return s
	}
	if d.about.loose {
		name += "-over-preset"
	}
	free := name
	for i := 2; d.about.defs[free] != nil && !equal(d.about.defs[free], s); i++ { // of durations, of tokens
		free = name + "-" + strconv.Itoa(i)
	}
	d.about.defs[free] = s
	return &jsonschema.Schema{Ref: "#/$defs/" + free}
}

// equal compares what is written: the library's mappings have hidden parts.
func equal(a, b *jsonschema.Schema) bool {
	one, err := json.Marshal(a)
	two, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(one) == string(two)
}

// describeMapping is mapping for a probe.
func (d *decoder) describeMapping(n *node, name string, fields []field) {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	for _, f := range fields {
		s.Properties.Set(f.key, documented(d.orNull(d.form(f.into)), name, f.key))
	}
	n.probe.takes = append(n.probe.takes, s) // never equal to another: need goes on with it
	d.about.names[s] = name
}

// orNull lets null stand over a preset, where it takes away.
func (d *decoder) orNull(s *jsonschema.Schema) *jsonschema.Schema {
	if !d.about.loose {
		return s
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
}

// documented adds what the reference says of a key to its value's schema.
func documented(s *jsonschema.Schema, name, key string) *jsonschema.Schema {
	r := meaningOf(name, key)
	if r == nil {
		return s
	}
	copied := *s
	copied.Description = r.description()
	if r.example != "" {
		var v any
		if err := yaml.Unmarshal([]byte(r.example), &v); err != nil {
			panic("the example of " + name + "." + key + " is no YAML: " + err.Error()) // the tests read all of them
		}
		copied.Examples = []any{v}
	}
	return &copied
}

// describeNamed is entries for a probe: a mapping of names to values.
func (d *decoder) describeNamed(n *node, limit int, check func(*node, string) bool, each func(name string, key, value *node)) {
	names := &probe{}
	check(&node{kind: kindString, origin: n.origin, probe: names}, "")
	key := &node{kind: kindString, origin: n.origin, text: "name"}
	value := d.orNull(d.form(func(v *node) { each("name", key, v) }))
	n.probe.take(&jsonschema.Schema{Type: "object", PropertyNames: names.last(), AdditionalProperties: value, MaxProperties: bound(limit)})
}

// describeList is list for a probe. Whoever then says that a list without
// elements is wrong makes it one of at least one, see fail.
func (d *decoder) describeList(n *node, limit int, each func(*node)) {
	n.probe.take(&jsonschema.Schema{Type: "array", Items: d.form(each), MaxItems: bound(limit)})
}

// describeFail notes that something is wrong with a list that has no elements.
func (n *node) describeFail() {
	if s := n.probe.last(); n.kind == kindSequence && s.Type == "array" {
		s.MinItems = bound(1)
	}
}

// describeNeed notes keys that a mapping must have.
func (d *decoder) describeNeed(n *node, key string) {
	if s := n.probe.last(); n.kind == kindMapping && !d.about.loose {
		s.Required = append(s.Required, key)
	}
}

func bound(n int) *uint64 {
	v := uint64(n) //nolint:gosec // bounds are small and positive
	return &v
}

// oneOfKeys says which keys, or groups of them, a mapping has exactly one of.
func oneOfKeys(groups ...[]string) []*jsonschema.Schema {
	out := make([]*jsonschema.Schema, len(groups))
	for i, keys := range groups {
		out[i] = &jsonschema.Schema{Required: keys}
	}
	return out
}
