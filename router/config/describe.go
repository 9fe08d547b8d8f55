package config

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"
)

// The JSON Schema is made by the decoder itself. It is given probes, which stand
// for any value of their kind, and instead of reading one it writes down what it
// would take there. So a key that is read is described, and there is no second
// grammar to keep in step: whatever is built of mapping, each, sequence and the
// readers of scalars.go needs nothing else. A reader that looks at a value in a way
// of its own begins with probed.

// probe is a node that stands for any value of its kind.
type probe struct {
	ast.Node
	kind  probeKind
	takes *[]*jsonschema.Schema // of all kinds of one place
}

type probeKind uint8

const (
	aScalar probeKind = iota
	aSequence
	aMapping
)

// probed notes the form of a value if n is a probe, and says whether it is.
func probed(n ast.Node, form func() *jsonschema.Schema) bool {
	p, ok := n.(*probe)
	if ok {
		p.take(form())
	}
	return ok
}

// take notes one form of value, once however many kinds of node it was asked for.
func (p *probe) take(s *jsonschema.Schema) {
	if !slices.ContainsFunc(*p.takes, func(known *jsonschema.Schema) bool { return written(known) == written(s) }) {
		*p.takes = append(*p.takes, s)
	}
}

func written(s *jsonschema.Schema) string {
	text, _ := json.Marshal(s) // plain data: cannot fail
	return string(text)
}

// form is what a reader reads, as a schema. One that describes nothing takes
// anything, which the tests refuse.
func form(read reader, path string) *jsonschema.Schema {
	var takes []*jsonschema.Schema
	for _, kind := range []probeKind{aScalar, aSequence, aMapping} {
		read(&probe{kind: kind, takes: &takes}, path)
	}
	if len(takes) == 1 {
		return takes[0]
	}
	return &jsonschema.Schema{AnyOf: takes}
}

// describeMapping is mapping for a probe.
func (p *probe) describeMapping(path string, fields []field) {
	if p.kind != aMapping {
		return
	}
	s := ofTypes(&jsonschema.Schema{Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}, "object", "null")
	for _, f := range fields {
		s.Properties.Set(f.name, documented(form(f.read, join(path, f.name)), path, f.name))
	}
	*p.takes = append(*p.takes, s) // never equal to another: needs goes on with it
}

// describeEach is each for a probe: a mapping of names to values. Some names hold
// a slash and others must not.
func (p *probe) describeEach(visit func(key string, at, value ast.Node)) {
	if p.kind != aMapping {
		return
	}
	plain := form(func(n ast.Node, _ string) { visit(anyName, nil, n) }, "")
	slashed := form(func(n ast.Node, _ string) { visit(anyName+"/"+anyName, nil, n) }, "")
	s := &jsonschema.Schema{AdditionalProperties: plain}
	switch {
	case anything(plain):
		s.AdditionalProperties, s.PropertyNames = slashed, &jsonschema.Schema{Pattern: targetPattern}
	case anything(slashed):
		s.PropertyNames = &jsonschema.Schema{Pattern: `^[^/]+$`}
	}
	p.take(ofTypes(s, "object", "null"))
}

// anything reports a schema that nothing was said of.
func anything(s *jsonschema.Schema) bool { return written(s) == "true" || written(s) == "{}" }

// anyName stands for a name that the file chooses.
const anyName = "*"

// needs describes keys that a mapping must have; that they are there is checked
// elsewhere.
func needs(n ast.Node, keys ...string) {
	p, ok := n.(*probe)
	if !ok || p.kind != aMapping || len(*p.takes) == 0 {
		return
	}
	s := (*p.takes)[len(*p.takes)-1]
	s.Required = append(s.Required, keys...)
	s.Extras["type"] = []string{"object"}
}

// Schema returns the JSON Schema of a file, for editors. It takes whatever [Load]
// takes. What needs a look at more than one place, such as whether a route's
// target exists, only Load and router.New check.
func Schema() *jsonschema.Schema {
	d := &decoder{}
	f := &File{}
	version := 0
	s := form(func(n ast.Node, path string) {
		d.mapping(n, path, d.fields(f, &version, func(read func()) { read() })...)
		needs(n, "version")
	}, "")
	s.Version = jsonschema.Version
	s.ID = "https://routedrill.dev/schema/config.v1.json"
	s.Title = "Routedrill config"
	s.Description = "The router's file: providers, routes, policy, limits."
	return s
}

// documented adds what the reference says of a key to its value's schema.
func documented(s *jsonschema.Schema, path, key string) *jsonschema.Schema {
	r, own := meaning(path, key)
	if r == nil {
		return s
	}
	copied := *s
	copied.Description = r.description()
	if own && r.example != "" {
		var v any
		if err := yaml.Unmarshal([]byte(r.example), &v); err != nil {
			panic("the example of " + key + " is no YAML: " + err.Error()) // the tests read all of them
		}
		copied.Examples = []any{v}
	}
	return &copied
}

// meaning is the row about a key: its own, or else that of the key it stands under.
func meaning(path, key string) (r *row, own bool) {
	own = true
	var steps []string
	for _, step := range strings.Split(path, ".") {
		if step != "" && !strings.HasPrefix(step, anyName) {
			steps = append(steps, step)
		}
	}
	for {
		parent := ""
		if len(steps) > 0 {
			parent = steps[len(steps)-1]
		}
		about := func(r row) bool {
			return slices.Contains(strings.Fields(r.keys), key) && (parent == "" && r.in == "" || slices.Contains(strings.Fields(r.in), parent))
		}
		for _, rows := range [][]row{reference, nested} {
			if i := slices.IndexFunc(rows, about); i >= 0 {
				return &rows[i], own
			}
		}
		if parent == "" {
			return nil, false
		}
		steps, key, own = steps[:len(steps)-1], parent, false
	}
}

// standsFor reports whether a node is a probe.
func standsFor(n ast.Node) bool {
	_, ok := n.(*probe)
	return ok
}
