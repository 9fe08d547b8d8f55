package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Error is one thing wrong in a file, with its place. Several are joined; use
// errors.As for the first.
type Error struct {
	File    string
	Line    int // 1-based
	Column  int // 1-based; 0 when not known
	Field   string
	Message string
	Hint    string // "" when there is none
}

// Error is "file:line:column: field: message (hint)".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:", e.File, e.Line)
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
	best := nearest(got, words)
	if best == "" {
		return "one of " + strings.Join(words, ", ")
	}
	return "did you mean " + strconv.Quote(best) + "?"
}

// nearest is the word nearest to got, or "" when none is near.
func nearest(got string, words []string) string {
	best, least := "", 1+max(len(got)/2, 2)
	for _, w := range words {
		if d := distance(got, w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed to make b
// of a.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
