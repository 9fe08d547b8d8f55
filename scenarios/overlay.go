package scenarios

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// overlay writes the entries of a mapping, but for some keys, as YAML again:
// one flow mapping whose values stand at the line, and where possible at the
// column, they have in the file. Whoever decodes it can so name the right
// place: its line n is line Policy.Line+n-1 of the file. It returns nil when
// nothing is left.
//
// The text is written anew and not cut from the file because entries may come
// from aliases and from --set.
func overlay(n *node, except ...string) []byte {
	left := *n
	left.pairs = slices.DeleteFunc(slices.Clone(n.pairs), func(p pair) bool { return slices.Contains(except, p.key.text) })
	if len(left.pairs) == 0 {
		return nil
	}
	w := flowWriter{first: n.line, origin: n.origin, line: 1, column: 1}
	w.node(&left)
	w.put("\n")
	return w.buf.Bytes()
}

// flowWriter writes nodes in flow style and keeps count of where it stands.
type flowWriter struct {
	buf          bytes.Buffer
	first        int // line of the file that is line 1 here
	origin       *origin
	line, column int
}

func (w *flowWriter) put(s string) {
	w.buf.WriteString(s)
	if s == "\n" {
		w.line, w.column = w.line+1, 1
		return
	}
	w.column += len(s)
}

// advance moves to the place of a node if that lies ahead in the same file.
func (w *flowWriter) advance(n *node) {
	if n.origin != w.origin || n.line == 0 || w.first == 0 {
		return
	}
	line := n.line - w.first + 1
	if line < w.line {
		return
	}
	for line > w.line {
		w.put("\n")
	}
	if gap := n.column - w.column; gap > 0 {
		w.put(strings.Repeat(" ", gap))
	}
}

func (w *flowWriter) node(n *node) {
	switch n.kind {
	case kindMapping:
		w.put("{")
		for i, p := range n.pairs {
			if i > 0 {
				w.put(", ")
			}
			w.advance(p.key)
			w.put(plainKey(p.key.text) + ": ")
			w.advance(p.value)
			w.node(p.value)
		}
		w.put("}")
	case kindSequence:
		w.put("[")
		for i, item := range n.items {
			if i > 0 {
				w.put(", ")
			}
			w.advance(item)
			w.node(item)
		}
		w.put("]")
	case kindString:
		w.put(quote(n.text))
	case kindNull:
		w.put("null")
	default:
		w.put(n.text)
	}
}

// plainKey leaves the quotes away where they are surely not needed, so that
// what follows keeps its column.
func plainKey(s string) string {
	switch s {
	case "", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return quote(s)
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return s
	}
	return quote(s)
}

// quote writes a string in double quotes, in the escapes YAML and Go share.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteString(`\x` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
