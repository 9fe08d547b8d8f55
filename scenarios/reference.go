package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// section is a mapping of the language, with what its keys mean. The tables of
// README.md and the JSON Schemas are made of it; a test holds it against the
// decoder.
type section struct {
	name string
	also string // a section whose keys stand beside these
	rows []row
}

// row is one key, in Markdown.
type row struct {
	key      string
	value    string // what it may be
	standard string // what it is when it is left out; "" = nothing
	example  string // YAML, for the schema; "" leaves it to the kind of value
}

// reference is every section, in the order of the README.
var reference = slices.Concat(scenarioReference, worldReference, trafficReference)

// meaningOf returns what a key of a section means; nil when nobody wrote it down.
func meaningOf(name, key string) *row {
	at := slices.IndexFunc(reference, func(s section) bool { return s.name == name })
	if at < 0 {
		return nil
	}
	s := &reference[at]
	if i := slices.IndexFunc(s.rows, func(r row) bool { return r.key == key }); i >= 0 {
		return &s.rows[i]
	}
	if s.also != "" {
		return meaningOf(s.also, key)
	}
	return nil
}

// table writes the section as a table of the README.
func (s *section) table() string {
	var b strings.Builder
	b.WriteString("| key | value | default |\n|---|---|---|\n")
	for _, r := range s.rows {
		fmt.Fprintf(&b, "| `%s` | %s |", r.key, r.value)
		if r.standard != "" {
			b.WriteString(" " + r.standard)
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// description is the row as a sentence without Markdown.
func (r *row) description() string {
	plain := func(s string) string { return strings.ReplaceAll(link.ReplaceAllString(s, "$1"), "`", "") }
	text := plain(r.value) + "."
	if !strings.HasPrefix(r.value, "`") { // a word of the language stays as it is
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	switch r.standard {
	case "":
		return text
	case "needed":
		return text + " Needed."
	}
	return text + " Default: " + plain(r.standard) + "."
}
