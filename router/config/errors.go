package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/router/internal/nearest"
)

// Error is one thing wrong in a file, with its place. Several are joined; use
// errors.As for the first.
type Error struct {
	File    string
	Line    int // 1-based; 0 where there is none
	Column  int // 1-based; 0 when not known
	Field   string
	Message string
	Hint    string // "" when there is none
}

// Error is "file:line:column: field: message (hint)".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File + ":")
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:", e.Line)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, "%d:", e.Column)
	}
	b.WriteByte(' ')
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// maxErrors is how many errors are reported at once.
const maxErrors = 20

// didYouMean is a hint naming the word nearest to got, or all when none is near.
func didYouMean(got string, words []string) string {
	best := nearest.Word(got, words)
	if best == "" {
		return "one of " + strings.Join(words, ", ")
	}
	return "did you mean " + strconv.Quote(best) + "?"
}
