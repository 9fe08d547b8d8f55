package scenarios

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxFileBytes is the largest scenario or world file that is read.
const MaxFileBytes = 1 << 20

// Bounds on one document, well above what drills need. The parser recurses
// and its time grows with the square of a mapping's keys, so both depth and
// size are bounded before it sees the document.
const (
	maxTokens = 40_000
	maxDepth  = 64
	maxAlias  = 2_000 // nodes that aliases may add
	maxBlank  = 200   // blank lines in a row
)

// ReadAll reads a file for [Options].ReadFile: all of it, or the first
// MaxFileBytes+1 bytes of a larger one, which [Load] then refuses.
func ReadAll(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
}

// parse turns a file into nodes. It returns an *Error for anything that is
// not exactly one YAML document within the bounds.
func parse(data []byte, from *origin) (root *node, err error) {
	fail := func(line, column int, hint, format string, args ...any) error {
		return &Error{File: from.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	// The library is trusted to parse, not to survive every input.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fail(0, 0, "", "not readable as YAML: %s", visible(fmt.Sprintf("%.200v", r)))
		}
	}()
	if len(data) > MaxFileBytes {
		return nil, fail(0, 0, "", "the file is larger than %d bytes", MaxFileBytes)
	}
	if at := invalidUTF8(data); at >= 0 {
		line, column := position(data, at)
		return nil, fail(line, column, "save it as UTF-8", "the file is not valid UTF-8")
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	tokens, err := tokenize(text, fail)
	if err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(err, fail)
	}
	body, second := bodies(file)
	if second != nil {
		pos := second.Position
		return nil, fail(pos.Line, pos.Column, "put it into a file of its own", "a second YAML document begins here; a file holds one")
	}
	if body == nil {
		return nil, fail(1, 1, "", "the file is empty")
	}
	c := converter{origin: from, anchors: map[string]*node{}}
	root, err = c.convert(body, 0)
	if err != nil {
		return nil, err
	}
	return root, nil
}

type failure func(line, column int, hint, format string, args ...any) error

// tokenize splits the text and refuses what the parser should not see.
func tokenize(text string, fail failure) (token.Tokens, error) {
	if line := blankRun(text); line > 0 {
		return nil, fail(line, 1, "", "more than %d blank lines in a row", maxBlank)
	}
	tokens := lexer.Tokenize(text)
	if len(tokens) > maxTokens {
		return nil, fail(0, 0, "", "the file has more than %d YAML tokens", maxTokens)
	}
	d := depth{}
	for _, t := range tokens {
		if d.add(t) > maxDepth {
			return nil, fail(t.Position.Line, t.Position.Column, "", "nested deeper than %d levels", maxDepth)
		}
	}
	return tokens, nil
}

// syntaxError keeps the library's message and place, without its excerpt.
func syntaxError(err error, fail failure) error {
	var e yaml.Error
	if !errors.As(err, &e) {
		return fail(0, 0, "", "not readable as YAML: %s", visible(fmt.Sprintf("%.300v", err)))
	}
	line, column := 0, 0
	if t := e.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	message, _, _ := strings.Cut(e.GetMessage(), "\n")
	// What the library quotes may be of a file that was given by mistake.
	message, _, _ = strings.Cut(message, ` "`)
	message = strings.TrimSuffix(message, ":")
	hint := ""
	if column > 1 && strings.Contains(message, "header option") { // of a block scalar, which > begins
		hint = `put a comparison in quotes: ">= 0.99"`
	}
	return fail(line, column, hint, "not readable as YAML: %s", visible(fmt.Sprintf("%.300s", message)))
}

// bodies returns the content of the first document that has any, and a token
// of the second one.
func bodies(file *ast.File) (first ast.Node, second *token.Token) {
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.CommentType:
		case first == nil:
			first = doc.Body
		case doc.Start != nil:
			return first, doc.Start
		default:
			return first, doc.Body.GetToken()
		}
	}
	return first, nil
}

// blankRun returns the line at which more than maxBlank blank lines in a row
// have been seen, or 0. The lexer's time grows with the square of their number
// inside a block scalar.
func blankRun(text string) int {
	line, run := 1, 0
	for i := range len(text) {
		switch text[i] {
		case '\n', '\r':
			line++
			if run++; run > maxBlank {
				return line
			}
		case ' ', '\t':
		default:
			run = 0
		}
	}
	return 0
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// position returns the 1-based line and column of an offset.
func position(data []byte, at int) (line, column int) {
	head := string(data[:at])
	line = 1 + strings.Count(head, "\n")
	return line, at - strings.LastIndexByte(head, '\n')
}
