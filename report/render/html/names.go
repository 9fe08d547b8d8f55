package html

import (
	"html/template"
	"strings"
	"unicode"
)

const (
	joiner    = '\u200d' // joins emoji
	variation = '\ufe0f' // asks for an emoji's coloured form
)

// Clean makes a name safe for one line of a page: control characters, line
// breaks, invisible and direction-changing characters and invalid UTF-8 each
// become a question mark. Emoji of several parts stay whole.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == joiner || r == variation {
			return r
		}
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// name is a name as it stands in the page: as text, and isolated, so that one
// in Arabic does not turn the words around it.
func name(text string) template.HTML {
	return template.HTML("<bdi>" + template.HTMLEscapeString(Clean(text)) + "</bdi>") //nolint:gosec // escaped here
}
