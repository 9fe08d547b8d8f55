package config

import (
	"regexp"
	"strings"
)

// Lookup finds what a ${NAME} of a file stands for: a variable of the environment,
// or, where the name is FilePrefix and a path, what is in that file. It returns false
// where there is nothing of the kind, and then may say why in place of the value;
// that and an empty value are errors. A nil Lookup finds nothing for everything, which
// is no error: for drills, which need no keys.
type Lookup func(name string) (value string, ok bool)

// FilePrefix begins the names of files.
const FilePrefix = "file:"

// In YAML's flow style a plain scalar cannot hold braces, yet everybody writes
// {api_key: ${KEY}}. For the parser the braces are brackets of the same width.
const name = `[A-Za-z_][A-Za-z0-9_]*|file:[^{}<>"'\s,]+`

var (
	variable = regexp.MustCompile(`\$\{(` + name + `)\}`)
	hidden   = regexp.MustCompile(`\$<(` + name + `)>`)
)

func hideVariables(data []byte) []byte { return variable.ReplaceAll(data, []byte("$$<$1>")) }

func showVariables(s string) string { return hidden.ReplaceAllString(s, "$${$1}") }

// expander replaces each ${NAME} in a field of what stands at a line. The text itself
// never stands in an error: it may be a key.
func (f *File) expander(at string, line int, lookup Lookup, errs *[]error) func(field, s string) string {
	return func(field, s string) string {
		fail := func(what string) {
			*errs = append(*errs, &Error{File: f.Name, Line: line, Field: at + "." + field, Message: what})
		}
		if strings.Contains(variable.ReplaceAllString(s, ""), "${") {
			fail("holds a ${ that begins no ${NAME} and no ${file:PATH}")
			return ""
		}
		return variable.ReplaceAllStringFunc(s, func(v string) string {
			if lookup == nil {
				return ""
			}
			name := v[len("${") : len(v)-len("}")]
			what, missing := "the environment variable "+name, "is not set"
			if path, is := strings.CutPrefix(name, FilePrefix); is {
				what, missing = "the file "+path, "cannot be read"
			}
			value, ok := lookup(name)
			switch {
			case !ok && value != "":
				fail(what + " " + missing + ": " + value)
				return ""
			case !ok:
				fail(what + " " + missing)
			case value == "":
				fail(what + " is empty")
			}
			return value
		})
	}
}
