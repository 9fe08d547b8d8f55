// Package schema holds the JSON Schemas of what Routedrill writes. They are made
// from the Go types and their comments by this package's test; run it with
// -update after a change of them.
package schema

import _ "embed"

//go:embed result.v1.json
var result []byte

//go:embed diff.v1.json
var diff []byte

// Result returns the schema of result.json.
func Result() []byte { return result }

// Diff returns the schema of diff.json.
func Diff() []byte { return diff }
