package table

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// width is how many columns a text takes. Ambiguous characters count as
// narrow whatever the locale says, so that equal runs give equal bytes.
func width(text string) int {
	return twwidth.WidthWithOptions(text, twwidth.Options{})
}

// wrap breaks a text at blanks into parts no wider than first, and the parts
// after it than rest. A word that is wider is broken anywhere. The first part
// keeps its indentation.
func wrap(text string, first, rest int) []string {
	var parts []string
	limit := max(first, 2)
	line, empty := "", true
	if trimmed := strings.TrimLeft(text, " "); len(trimmed) < len(text) {
		line = text[:min(len(text)-len(trimmed), limit/2)]
	}
	flush := func() {
		parts = append(parts, line)
		line, empty, limit = "", true, max(rest, 2)
	}
	for _, word := range strings.Fields(text) {
		if !empty && width(line)+1+width(word) > limit {
			flush()
		}
		if !empty {
			line += " "
		}
		for width(line)+width(word) > limit {
			head := cut(word, limit-width(line))
			if head == "" {
				flush()
				continue
			}
			line += head
			word = word[len(head):]
			flush()
		}
		line, empty = line+word, false
	}
	if !empty || len(parts) == 0 {
		parts = append(parts, line)
	}
	return parts
}

// cut returns the longest start of a text that is no wider than limit.
func cut(text string, limit int) string {
	end := 0
	for i, r := range text {
		next := i + len(string(r))
		if width(text[:next]) > limit {
			break
		}
		end = next
	}
	return text[:end]
}

// shorten cuts a text that is too wide and marks the cut.
func shorten(text string, limit int, mark string) string {
	if width(text) <= limit {
		return text
	}
	return cut(text, limit-width(mark)) + mark
}
