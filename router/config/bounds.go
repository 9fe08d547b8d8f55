package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Bounds on one document, well above what routers need. The parser recurses
// and its time grows with the square of a mapping's keys, so both depth and
// size are bounded before it sees the document.
const (
	maxTokens = 40_000
	maxDepth  = 64
	maxKey    = 256 // bytes of a key, which the parser repeats for each key below
	maxBlank  = 200 // blank lines in a row
)

// tokenize splits a text into tokens, and refuses what the parser should not
// see. Lines of its error are the text's.
func tokenize(data []byte) (token.Tokens, *Error) {
	if line, column := invalidUTF8(data); line > 0 {
		return nil, &Error{Line: line, Column: column, Message: "the file is not valid UTF-8", Hint: "save it as UTF-8"}
	}
	if line := blankRun(data); line > 0 {
		return nil, &Error{Line: line, Column: 1, Message: fmt.Sprintf("more than %d blank lines in a row", maxBlank)}
	}
	var (
		s      scanner.Scanner
		tokens token.Tokens
		n      nesting
	)
	s.Init(string(data))
	for {
		// One at a time: a hostile text is refused before all of it has become
		// tokens, which take a hundred times its size. An error is also a
		// token, which the parser reports.
		next, err := s.Scan()
		if errors.Is(err, io.EOF) {
			return tokens, nil
		}
		for _, t := range next {
			refuse := func(format string, bound int) (token.Tokens, *Error) {
				return nil, &Error{Line: t.Position.Line, Column: t.Position.Column, Message: fmt.Sprintf(format, bound)}
			}
			if n.enter(t) > maxDepth {
				return refuse("nested deeper than %d levels", maxDepth)
			}
			if t.Type == token.MappingValueType && len(tokens) > 0 && len(tokens[len(tokens)-1].Value) > maxKey {
				return refuse("a key is longer than %d bytes", maxKey)
			}
			if len(tokens) == maxTokens {
				return refuse("the file has more than %d YAML tokens", maxTokens)
			}
			tokens.Add(t)
		}
	}
}

// nesting follows how deep tokens are nested.
type nesting struct {
	flow       int   // open brackets
	columns    []int // of the block collections around a token, ascending
	line       int   // of the last token
	marks      int   // colons, dashes and question marks without a value or line between them
	properties int   // anchors and tags in a row
	last       token.Type
}

// enter returns how deep t is. Inside brackets only brackets count: there the
// place on a line means nothing. Outside, what counts is how far the lines
// around are indented, and entries that begin on one line, as in "- - - a".
func (n *nesting) enter(t *token.Token) int {
	if t.Type == token.CommentType {
		return 0
	}
	first := t.Position.Line != n.line
	n.line = t.Position.Line
	if first && n.flow == 0 {
		n.marks = 0
	}
	mark := false
	switch t.Type {
	case token.SequenceEntryType, token.MappingKeyType:
		mark = true
		n.marks++
	case token.MappingValueType:
		n.marks++
	case token.AnchorType, token.TagType:
		n.properties++
	case token.CollectEntryType:
		n.marks = 0
	}
	if n.flow == 0 && (first || mark) {
		n.indent(t.Position.Column)
	}
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.flow++
		n.marks = 0
	case token.SequenceEndType, token.MappingEndType:
		n.flow = max(n.flow-1, 0)
		n.marks = 0
	}
	if t.Type != token.AnchorType && t.Type != token.TagType && n.last != token.AnchorType {
		n.properties = 0 // what follows an anchor is its name
	}
	n.last = t.Type
	if n.flow > 0 {
		return max(n.flow, n.marks, n.properties)
	}
	return max(len(n.columns), n.marks, n.properties)
}

// indent closes the collections that are indented more, and opens one at the
// column unless there is one.
func (n *nesting) indent(column int) {
	for len(n.columns) > 0 && n.columns[len(n.columns)-1] >= column {
		n.columns = n.columns[:len(n.columns)-1]
	}
	n.columns = append(n.columns, column)
}

// blankRun returns the line at which more than maxBlank blank lines in a row
// have been seen, or 0. The lexer's time grows with the square of their number
// inside a block scalar.
func blankRun(data []byte) int {
	line, run := 1, 0
	for i, c := range data {
		switch c {
		case '\n', '\r':
			if c == '\r' && i+1 < len(data) && data[i+1] == '\n' {
				continue
			}
			line++
			if run++; run > maxBlank+1 { // the first ends a line that is not blank
				return line - 1
			}
		case ' ', '\t':
		default:
			run = 0
		}
	}
	return 0
}

// invalidUTF8 returns the place of the first byte that is not UTF-8, or zeros.
func invalidUTF8(data []byte) (line, column int) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			head := data[:i]
			start := bytes.LastIndexByte(head, '\n') + 1
			return 1 + bytes.Count(head, []byte("\n")), 1 + utf8.RuneCount(head[start:])
		}
		i += size
	}
	return 0, 0
}
