package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/routedrill/routedrill/router/internal/nearest"
)

// decoder walks a YAML document and notes everything wrong with it.
type decoder struct {
	file    string
	line    int // of the file, on which the document's first line stands; 0: it has no lines
	errs    []error
	anchors map[string]ast.Node
	lines   map[string]int // path of a key → its line; nil notes none
	after   []func()       // checks that need the whole file
}

// field is one key a mapping may have.
type field struct {
	name string
	read reader
}

// reader reads the value at a path.
type reader func(n ast.Node, path string)

// parse returns the root of the only document; nil when it is empty.
func (d *decoder) parse(data []byte) (root ast.Node) {
	defer func() { // a malformed text must not end the program, whatever the parser makes of it
		if p := recover(); p != nil {
			root = nil
			d.errs = append(d.errs, &Error{File: d.file, Line: d.line, Message: "not readable as YAML"})
		}
	}()
	tokens, refused := tokenize(hideVariables(bytes.TrimPrefix(data, []byte("\ufeff"))))
	if refused != nil {
		refused.File, refused.Line = d.file, d.of(refused.Line)
		d.errs = append(d.errs, refused)
		return nil
	}
	f, err := parser.Parse(tokens, 0)
	if err != nil {
		e := &Error{File: d.file, Line: d.line, Message: "not readable as YAML"}
		var at yaml.Error
		if errors.As(err, &at) {
			e.Message = parserMessage(at.GetMessage())
			if t := at.GetToken(); t != nil && t.Position != nil {
				e.Line, e.Column = d.of(t.Position.Line), t.Position.Column
			}
		}
		d.errs = append(d.errs, e)
		return nil
	}
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			d.fail(doc.Body, "", "", "a file holds one document, not several")
			return nil
		}
		root = doc.Body
	}
	if root != nil {
		d.anchors = map[string]ast.Node{}
		ast.Walk(d, root)
	}
	return root
}

// Visit notes anchors; it makes the decoder an ast.Visitor.
func (d *decoder) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil {
		d.anchors[a.Name.GetToken().Value] = a.Value
	}
	return d
}

// isList reports whether a list stands there.
func (d *decoder) isList(n ast.Node) bool {
	if p, ok := n.(*probe); ok {
		return p.kind == aSequence
	}
	_, list := d.resolve(n).(*ast.SequenceNode)
	return list
}

// resolve sees through anchors and aliases.
func (d *decoder) resolve(n ast.Node) ast.Node {
	for range 8 {
		switch x := n.(type) {
		case *ast.AnchorNode:
			n = x.Value
		case *ast.AliasNode:
			if x.Value == nil {
				return nil
			}
			n = d.anchors[x.Value.GetToken().Value]
		default:
			return n
		}
	}
	return nil
}

func (d *decoder) fail(n ast.Node, path, hint, format string, args ...any) {
	if _, is := n.(*probe); is || len(d.errs) >= maxErrors {
		return
	}
	e := &Error{File: d.file, Line: d.line, Field: path, Message: fmt.Sprintf(format, args...), Hint: hint}
	e.Line, e.Column = d.at(n)
	d.errs = append(d.errs, e)
}

// at is where n stands in the file.
func (d *decoder) at(n ast.Node) (line, column int) {
	if n == nil || d.line == 0 {
		return d.line, 0
	}
	if pairs, ok := entries(n); ok && len(pairs) > 0 {
		n = pairs[0].Key // a mapping's own token is its first colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return d.of(t.Position.Line), t.Position.Column
	}
	return d.line, 0
}

// of is the line of the file for one of the document.
func (d *decoder) of(line int) int {
	if d.line == 0 {
		return 0
	}
	return d.line + line - 1
}

// entries are the pairs of a mapping.
func entries(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch x := n.(type) {
	case *ast.MappingNode:
		return x.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}, true
	}
	return nil, false
}

// each walks a mapping; null is an empty one.
func (d *decoder) each(n ast.Node, path string, visit func(key string, at, value ast.Node)) {
	if p, ok := n.(*probe); ok {
		p.describeEach(visit)
		return
	}
	n = d.resolve(n)
	if _, null := n.(*ast.NullNode); null {
		return
	}
	pairs, ok := entries(n)
	if !ok {
		d.fail(n, path, "", "must be a mapping of keys to values")
		return
	}
	for _, p := range pairs {
		key, ok := d.scalar(p.Key)
		if _, merge := p.Key.(*ast.MergeKeyNode); merge || !ok {
			d.fail(p.Key, path, "", "this kind of key is not supported")
			continue
		}
		if d.lines != nil {
			d.lines[join(path, key)], _ = d.at(p.Key)
		}
		visit(key, p.Key, p.Value)
	}
}

// mapping reads a mapping whose keys are known.
func (d *decoder) mapping(n ast.Node, path string, fields ...field) {
	if p, ok := n.(*probe); ok {
		p.describeMapping(path, fields)
		return
	}
	d.each(n, path, func(key string, at, value ast.Node) {
		for _, f := range fields {
			if f.name == key {
				f.read(value, join(path, key))
				return
			}
		}
		words := make([]string, len(fields))
		for i, f := range fields {
			words[i] = f.name
		}
		where := path // a mangled paste may have made a secret a key
		if plainWord(key) || nearest.Word(key, words) != "" && !strings.Contains(key, "sk-") {
			where = join(path, key)
		}
		d.fail(at, where, didYouMean(key, words), "unknown key")
	})
}

// otherKinds are keys that files of other kinds begin with, and what those are.
var otherKinds = []struct{ keys, what, hint string }{
	{"config scenarios", "project", "run and diff read it by themselves"},
	{"duration timeline policies thresholds world", "scenario", "give it to run or diff as a SCENARIO"},
	{"tasks load", "world", "give it as --world"},
}

// mistaken is the error about a file that is none of a router's; nil where it may be.
func (d *decoder) mistaken(root ast.Node, fields []field) *Error {
	pairs, _ := entries(d.resolve(root))
	kind := -1
	for _, p := range pairs {
		key, _ := d.scalar(p.Key)
		for i, k := range otherKinds {
			if slices.Contains(strings.Fields(k.keys), key) && (kind < 0 || i < kind) {
				kind = i
			}
		}
		// Worlds have these too; any other key is a router's own.
		own := !slices.Contains([]string{"version", "summary", "providers", "routes"}, key)
		if own && slices.ContainsFunc(fields, func(f field) bool { return f.name == key }) {
			return nil
		}
	}
	if kind < 0 {
		return nil
	}
	k := otherKinds[kind]
	return &Error{File: d.file, Message: "this looks like a " + k.what + " and not like a router file", Hint: k.hint}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// scalar is the text of a scalar as written.
func (d *decoder) scalar(n ast.Node) (string, bool) {
	if p, ok := n.(*probe); ok {
		return "", p.kind == aScalar
	}
	n = d.resolve(n)
	switch x := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return showVariables(n.GetToken().Value), true
	case *ast.LiteralNode:
		if x.Value != nil {
			return showVariables(x.Value.GetToken().Value), true
		}
	}
	return "", false
}
