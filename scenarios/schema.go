package scenarios

import "github.com/invopop/jsonschema"

// ScenarioSchema returns the JSON Schema of a scenario file, for editors. It takes
// whatever [Load] takes. What needs a look at more than one place, such as whether
// a name refers to something, only Load checks.
func ScenarioSchema(words Vocabulary) *jsonschema.Schema {
	return schemaOf("scenario", "What goes wrong when, in which world, and what has to hold.", words,
		func(d *decoder, n *node) {
			d.mapping(n, "scenario", d.scenarioFields(&Scenario{}, &World{}))
			d.need(n, "a scenario", "version", "duration", "world")
		})
}

// WorldSchema returns the JSON Schema of a world file.
func WorldSchema(words Vocabulary) *jsonschema.Schema {
	return schemaOf("world", "Providers, routes, load and tasks.", words,
		func(d *decoder, n *node) {
			d.mapping(n, "world", d.worldFields(&World{}))
			d.need(n, "a world", "providers")
		})
}

// schemaOf describes a whole document.
func schemaOf(name, about string, words Vocabulary, describe func(*decoder, *node)) *jsonschema.Schema {
	d := &decoder{words: &words, about: description{names: map[*jsonschema.Schema]string{}, defs: jsonschema.Definitions{}}}
	n := &node{kind: kindMapping, origin: &origin{}, probe: &probe{}}
	describe(d, n)
	s := n.probe.last()
	s.Version = jsonschema.Version
	s.ID = jsonschema.ID("https://routedrill.dev/schema/" + name + ".v1.json")
	s.Title, s.Description, s.Definitions = "Routedrill "+name, about, d.about.defs
	return s
}

// ProjectSchema returns the JSON Schema of a project's file.
func ProjectSchema(words Vocabulary) *jsonschema.Schema {
	return schemaOf("project", "What a repository drills, for routedrill run and diff.", words,
		func(d *decoder, n *node) {
			d.mapping(n, "project", d.projectFields(&Project{}))
			d.need(n, "a project", "version", "config", "scenarios")
		})
}

// PresetSchema returns the JSON Schema of a preset, as they stand in the library.
func PresetSchema(words Vocabulary) *jsonschema.Schema {
	return schemaOf("preset", "What is known of a vendor's API.", words, (*decoder).describePreset)
}
