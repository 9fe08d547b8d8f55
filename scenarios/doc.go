// Package scenarios is the scenario language: what a drill file may say, and
// the library of drills that come with the program.
//
// [Load] reads a scenario in four steps. It parses the file and the world it
// names, lays the changes of --set over them, decodes the result strictly
// (every key, type and range), and then holds the parts against each other:
// what a name refers to exists, stages last as long as the scenario, a fault can hit
// something. What it returns is complete: every default is filled in.
//
//	s, err := scenarios.Load("openai-2024-12-11", scenarios.Options{}, words)
//
// Every mistake is an [Error] with file, line, column, the path of the field
// and, where there is one, the nearest right word; up to 20 are reported at
// once. Input is bounded in size, depth and the growth of aliases, and no
// input makes Load panic.
//
// The package is a leaf. What the words mean (policies, metrics, kinds of
// faults, endpoints) is known elsewhere, and the caller passes them as a
// [Vocabulary]. The language itself is described in README.md. Its tables are made of
// the reference in this package, which a test holds against the decoder, and so are
// the descriptions of the JSON Schemas, whose forms the decoder states itself:
// [ScenarioSchema], [WorldSchema], [ProjectSchema], [PresetSchema].
//
// All functions are safe for concurrent use.
package scenarios
