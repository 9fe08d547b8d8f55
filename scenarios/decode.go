package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// decoder turns nodes into the types of the language and collects what is
// wrong on the way, so that one reading shows every mistake.
type decoder struct {
	problems
	words *Vocabulary
	keys  []*node          // the key of each threshold, for validation
	meant map[meaning]bool // keys that were meant by misspelt ones

	gateKeys []*node // the key of each gated metric

	about description // only of a decoder that describes, see describe.go
}

// meaning is a key of one mapping.
type meaning struct {
	in  *node
	key string
}

// field is one key a mapping may have. The tables of fields are the grammar:
// the reference in README.md is tested against them.
type field struct {
	key  string
	into func(*node)
}

func (d *decoder) fail(n *node, hint, format string, args ...any) {
	if n.probe != nil {
		n.describeFail()
		return
	}
	d.add(&Error{
		File: n.origin.file, Line: n.line, Column: n.column, Field: n.path,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// failKey reports an error about the field of that name below n, whether the
// document has it or not.
func (d *decoder) failKey(n *node, key, hint, format string, args ...any) {
	if n.probe != nil {
		return
	}
	at := n.find(key)
	e := &Error{
		File: at.origin.file, Line: at.line, Column: at.column, Field: at.path,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	}
	if at == n {
		e.Field = join(n.path, key)
	}
	d.add(e)
}

// expect reports whether n is of that kind.
func (d *decoder) expect(n *node, want kind) bool {
	if n.kind == want {
		return true
	}
	if n.probe != nil {
		return false
	}
	hint := ""
	if want == kindString && (n.kind == kindNumber || n.kind == kindBool) {
		hint = "put it in quotes"
	}
	if _, err := parseNumber(n.text); want == kindNumber && n.kind == kindString && err == nil && strings.ContainsAny(n.text, "eE") {
		hint = "write it without an exponent" // the library takes exponents for text
	}
	d.fail(n, hint, "expected %s, found %s", want, describe(n))
	return false
}

// describe names what stands there, for errors.
func describe(n *node) string {
	switch n.kind {
	case kindBool, kindNumber:
		return fmt.Sprintf("%.40s", n.text)
	case kindString:
		return fmt.Sprintf("%.60q", n.text)
	}
	return n.kind.String()
}

// mapping decodes the entries of a mapping in file order. The name is that of its
// section in the reference; "" for one that has none.
func (d *decoder) mapping(n *node, name string, fields []field) bool {
	if !d.expect(n, kindMapping) {
		return false
	}
	if n.probe != nil {
		d.describeMapping(n, name, fields)
		return true
	}
	for _, p := range n.pairs {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.key.text })
		if i < 0 {
			d.unknownKey(n, p.key, fieldNames(fields))
			continue
		}
		fields[i].into(p.value)
	}
	return true
}

// unknownKey remembers what was probably meant, so that it is not reported as
// missing too.
func (d *decoder) unknownKey(in, key *node, valid []string) {
	if near := nearest(key.text, valid); near != "" {
		d.mean(in, near)
	}
	d.fail(key, didYouMean(key.text, valid), "unknown key %.60q", key.text)
}

// mean notes that a key of n was meant to be there, in a way that has been reported.
func (d *decoder) mean(n *node, key string) {
	if d.meant == nil {
		d.meant = map[meaning]bool{}
	}
	d.meant[meaning{n, key}] = true
}

// need reports the keys that a mapping lacks.
func (d *decoder) need(n *node, what string, keys ...string) {
	for _, key := range keys {
		d.needHint(n, what, key, "")
	}
}

func (d *decoder) needHint(n *node, what, key, hint string) {
	if n.probe != nil {
		d.describeNeed(n, key)
		return
	}
	if n.get(key) == nil && !d.meant[meaning{n, key}] {
		d.failKey(n, key, hint, "%s needs %q", what, key)
	}
}

func fieldNames(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.key
	}
	return names
}

// named decodes a mapping of names to values, in file order.
func (d *decoder) named(n *node, what string, limit int, each func(name string, key, value *node)) {
	d.entries(n, what, limit, d.checkName, each)
}

// entries decodes a mapping whose keys check accepts, in file order.
func (d *decoder) entries(n *node, what string, limit int, check func(*node, string) bool, each func(name string, key, value *node)) {
	if !d.expect(n, kindMapping) {
		return
	}
	if n.probe != nil {
		d.describeNamed(n, limit, check, each)
		return
	}
	if len(n.pairs) > limit {
		d.fail(n, "", "%d %s are too many; at most %d", len(n.pairs), what, limit)
		return
	}
	for _, p := range n.pairs {
		if check(p.key, p.key.text) {
			each(p.key.text, p.key, p.value)
		}
	}
}

// list decodes a list of at most limit elements.
func (d *decoder) list(n *node, what string, limit int, each func(*node)) {
	if !d.expect(n, kindSequence) {
		return
	}
	if n.probe != nil {
		d.describeList(n, limit, each)
		return
	}
	if len(n.items) > limit {
		d.fail(n, "", "%d %s are too many; at most %d", len(n.items), what, limit)
		return
	}
	for _, item := range n.items {
		each(item)
	}
}

// validName reports whether s is a name: [A-Za-z0-9][A-Za-z0-9._-]{0,63}.
func validName(s string) bool { return isName(s, 64, "._-") }

// isName reports whether s is 1 to limit letters, digits and marks, and a
// letter or a digit first.
func isName(s string, limit int, marks string) bool {
	if len(s) == 0 || len(s) > limit {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || strings.IndexByte(marks, c) < 0) {
			return false
		}
	}
	return true
}

func (d *decoder) checkName(n *node, s string) bool {
	if n.probe != nil {
		n.probe.take(patternForm(namePattern))
		return true
	}
	if validName(s) {
		return true
	}
	d.fail(n, "", "%.80q is not a name: 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first", s)
	return false
}

// maxModelName is the longest name of a model.
const maxModelName = 128

// checkModelName takes what vendors call their models: names with slashes and
// colons in them, as in openai/gpt-oss-120b.
func (d *decoder) checkModelName(n *node, s string) bool {
	if n.probe != nil {
		n.probe.take(patternForm(modelPattern))
		return true
	}
	if isName(s, maxModelName, "._-/:") {
		return true
	}
	d.fail(n, "", "%.140q is not the name of a model: 1 to %d letters, digits, dots, dashes, underscores, slashes and colons, a letter or digit first",
		s, maxModelName)
	return false
}

// The functions below make the into of a field.

func (d *decoder) name(dst *string) func(*node) {
	return func(n *node) {
		if d.expect(n, kindString) && d.checkName(n, n.text) {
			*dst = n.text
		}
	}
}

func (d *decoder) modelName(dst *string) func(*node) {
	return func(n *node) {
		if d.expect(n, kindString) && d.checkModelName(n, n.text) {
			*dst = n.text
		}
	}
}

// text takes a string of at most limit bytes.
func (d *decoder) text(dst *string, limit int) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(textForm(limit))
			return
		}
		if !d.expect(n, kindString) {
			return
		}
		if len(n.text) > limit {
			d.fail(n, "", "longer than %d bytes", limit)
			return
		}
		*dst = n.text
	}
}

func (d *decoder) flag(dst *bool) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(&jsonschema.Schema{Type: "boolean"})
			return
		}
		if d.expect(n, kindBool) {
			*dst = isTrue(n)
		}
	}
}

func (d *decoder) optionalFlag(dst **bool) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(&jsonschema.Schema{Type: "boolean"})
			return
		}
		if d.expect(n, kindBool) {
			b := isTrue(n)
			*dst = &b
		}
	}
}

func isTrue(n *node) bool { return n.text == "true" || n.text == "True" || n.text == "TRUE" }

// word takes one of the given words.
func (d *decoder) word(dst *string, what string, valid []string) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(wordForm(valid))
			return
		}
		if !d.expect(n, kindString) {
			return
		}
		if !slices.Contains(valid, n.text) {
			d.fail(n, didYouMean(n.text, valid), "unknown %s %.60q", what, n.text)
			return
		}
		*dst = n.text
	}
}
