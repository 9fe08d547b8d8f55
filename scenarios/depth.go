package scenarios

import "github.com/goccy/go-yaml/token"

// depth follows how deep a text nests, token by token, so that the parser,
// which recurses, never sees a text that nests too deep. It may count less
// than there is, by a small factor, but never more: the converter counts
// exactly.
type depth struct {
	flow int   // open brackets
	open []int // columns of the open block collections
	// row counts the marks that nest without a bracket or a column: anchors
	// and tags, in brackets also keys.
	row  int
	line int
	head int // column of the first token since the start of the line or the last mark
}

// add returns the depth at a structural token, and 0 at any other.
func (d *depth) add(t *token.Token) int {
	pos := t.Position
	if pos.Line != d.line {
		d.line, d.head = pos.Line, 0
	}
	if d.head == 0 {
		d.head = pos.Column
	}
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		d.flow++
		d.row = 0
	case token.SequenceEndType, token.MappingEndType:
		d.flow = max(d.flow-1, 0)
		return 0
	case token.CollectEntryType:
		d.row = 0
		return 0
	case token.AnchorType, token.TagType:
		d.row++
	case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
		d.mark(t)
	default:
		return 0
	}
	return max(d.flow, len(d.open), d.row)
}

// mark takes an entry or a key: in brackets one more in a row, elsewhere a
// block collection at the column where it begins.
func (d *depth) mark(t *token.Token) {
	if d.flow > 0 {
		d.row++
		return
	}
	column := t.Position.Column
	if t.Type == token.MappingValueType {
		column = d.head // the key stands before its colon
	}
	for len(d.open) > 0 && d.open[len(d.open)-1] >= column {
		d.open = d.open[:len(d.open)-1]
	}
	d.open = append(d.open, column)
	d.row, d.head = 0, 0
}
