package scenarios

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// converter turns the library's tree into nodes: aliases are expanded within
// a bound, merge keys applied, duplicate keys and foreign tags refused.
type converter struct {
	origin  *origin
	anchors map[string]*node
	aliased int // nodes that aliases added
}

func (c *converter) fail(t *token.Token, hint, format string, args ...any) error {
	e := &Error{File: c.origin.file, Message: fmt.Sprintf(format, args...), Hint: hint}
	if t != nil && t.Position != nil {
		e.Line, e.Column = t.Position.Line, t.Position.Column
	}
	return e
}

func (c *converter) at(t *token.Token, k kind) *node {
	n := &node{kind: k, origin: c.origin}
	if t != nil {
		n.text = t.Value
		if t.Position != nil {
			n.line, n.column = t.Position.Line, t.Position.Column
		}
	}
	return n
}

func (c *converter) convert(n ast.Node, depth int) (*node, error) {
	if n == nil {
		return c.at(nil, kindNull), nil
	}
	if depth > maxDepth {
		return nil, c.fail(n.GetToken(), "", "nested deeper than %d levels", maxDepth)
	}
	switch v := n.(type) {
	case *ast.NullNode:
		return c.at(v.Token, kindNull), nil
	case *ast.BoolNode:
		return c.at(v.Token, kindBool), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return c.at(v.GetToken(), kindNumber), nil
	case *ast.StringNode:
		s := c.at(v.Token, kindString)
		s.text = v.Value
		return s, nil
	case *ast.LiteralNode:
		s := c.at(v.Start, kindString)
		s.text = v.Value.Value
		return s, nil
	case *ast.MappingNode:
		return c.mapping(v.Start, v.Values, v.IsFlowStyle, depth)
	case *ast.MappingValueNode:
		return c.mapping(v.Start, []*ast.MappingValueNode{v}, false, depth)
	case *ast.SequenceNode:
		return c.sequence(v, depth)
	case *ast.AnchorNode:
		return c.anchor(v, depth)
	case *ast.AliasNode:
		return c.alias(v, depth)
	case *ast.TagNode:
		if depth == 0 { // as wholeDocument does, a whole document is not quoted
			return nil, c.fail(v.Start, "leave the tag out", "YAML tags are not part of the language")
		}
		return nil, c.fail(v.Start, "leave the tag out", "YAML tags like %.40q are not part of the language", v.Start.Value)
	}
	return nil, c.fail(n.GetToken(), "", "unexpected YAML %s", n.Type())
}

func (c *converter) sequence(v *ast.SequenceNode, depth int) (*node, error) {
	out := c.at(v.Start, kindSequence)
	out.text = ""
	for _, value := range v.Values {
		item, err := c.convert(value, depth+1)
		if err != nil {
			return nil, err
		}
		if item.line == 0 {
			item.line, item.column = out.line, out.column
		}
		out.items = append(out.items, item)
	}
	return out, nil
}

func (c *converter) mapping(start *token.Token, values []*ast.MappingValueNode, flow bool, depth int) (*node, error) {
	out := c.at(start, kindMapping)
	out.text = ""
	if !flow && len(values) > 0 { // a block mapping begins with its first key
		if t := values[0].Key.GetToken(); t != nil && t.Position != nil {
			out.line, out.column = t.Position.Line, t.Position.Column
		}
	}
	var merged []*node
	lines := make(map[string]int, len(values)) // key → its line, to find duplicates
	for _, v := range values {
		value, err := c.convert(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if v.Key.IsMergeKey() {
			if merged, err = c.merge(merged, v, value); err != nil {
				return nil, err
			}
			continue
		}
		key, err := c.mapKey(v)
		if err != nil {
			return nil, err
		}
		if first, twice := lines[key.text]; twice {
			return nil, c.fail(v.Key.GetToken(), "", "the key %.80q stands here twice, first on line %d", key.text, first)
		}
		lines[key.text] = key.line
		if value.line == 0 {
			value.line, value.column = key.line, key.column
		}
		out.pairs = append(out.pairs, pair{key, value})
	}
	for _, m := range merged {
		for _, p := range m.pairs {
			if out.key(p.key.text) == nil {
				out.pairs = append(out.pairs, p)
			}
		}
	}
	return out, nil
}

func (c *converter) mapKey(v *ast.MappingValueNode) (*node, error) {
	var n ast.Node = v.Key
	if k, ok := n.(*ast.MappingKeyNode); ok {
		n = k.Value
	}
	switch k := n.(type) {
	case *ast.StringNode:
		key := c.at(k.Token, kindString)
		key.text = k.Value
		return key, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return c.at(k.GetToken(), kindString), nil
	}
	return nil, c.fail(v.Key.GetToken(), "", "a key is a plain word")
}

// merge adds the mappings of one `<<` entry.
func (c *converter) merge(merged []*node, v *ast.MappingValueNode, value *node) ([]*node, error) {
	list := []*node{value}
	if value.kind == kindSequence {
		list = value.items
	}
	for _, m := range list {
		if m.kind != kindMapping {
			return nil, c.fail(v.Key.GetToken(), "", "the merge key << takes a mapping, this is %s", m.kind)
		}
	}
	return append(merged, list...), nil
}

func (c *converter) anchor(v *ast.AnchorNode, depth int) (*node, error) {
	value, err := c.convert(v.Value, depth+1)
	if err != nil {
		return nil, err
	}
	if v.Name != nil && v.Name.GetToken() != nil {
		c.anchors[v.Name.GetToken().Value] = value
	}
	return value, nil
}

// alias copies what the anchor names. An anchor is known only after its value
// has ended, so that a value cannot hold itself.
func (c *converter) alias(v *ast.AliasNode, depth int) (*node, error) {
	name := ""
	if v.Value != nil && v.Value.GetToken() != nil {
		name = v.Value.GetToken().Value
	}
	target, ok := c.anchors[name]
	if !ok && depth == 0 {
		return nil, c.fail(v.Start, "", "this alias has no anchor before it")
	}
	if !ok {
		return nil, c.fail(v.Start, "", "the alias *%.60s has no anchor before it", name)
	}
	copied, ok := c.copy(target)
	if !ok {
		return nil, c.fail(v.Start, "write it out", "aliases expand to more than %d values", maxAlias)
	}
	return copied, nil
}

func (c *converter) copy(n *node) (*node, bool) {
	if c.aliased++; c.aliased > maxAlias {
		return nil, false
	}
	out := *n
	out.pairs, out.items = nil, nil
	for _, p := range n.pairs {
		key := *p.key
		value, ok := c.copy(p.value)
		if !ok {
			return nil, false
		}
		out.pairs = append(out.pairs, pair{&key, value})
	}
	for _, item := range n.items {
		value, ok := c.copy(item)
		if !ok {
			return nil, false
		}
		out.items = append(out.items, value)
	}
	return &out, true
}
