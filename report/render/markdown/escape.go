package markdown

import (
	"strings"

	"github.com/routedrill/routedrill/report/render"
)

// escapes writes each character that Markdown, HTML or GitHub gives a
// meaning so that it stands for itself. A mention and a reference to an issue
// have no backslash escape, hence the entities. A bare URL stays a link: it
// leads where it says.
var escapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `|`, `\|`, `*`, `\*`, `_`, `\_`, `~`, `\~`,
	`[`, `\[`, `]`, `\]`, `!`, `\!`, `$`, `\$`,
	`&`, `&amp;`, `<`, `&lt;`, `>`, `&gt;`, `@`, `&#64;`, `#`, `&#35;`,
)

// escape makes a text safe for one line of Markdown.
func escape(text string) string { return escapes.Replace(render.Clean(text)) }

// escapeStart makes a text safe for the start of a line, where some
// characters begin a list or a rule.
func escapeStart(text string) string {
	text = escape(strings.TrimLeft(text, " "))
	if text != "" && strings.ContainsRune("-+=", rune(text[0])) {
		return `\` + text
	}
	return text
}

// fenceFor returns a code fence that the text cannot close.
func fenceFor(text string) string {
	longest, run := 0, 0
	for _, r := range text {
		if r == '`' {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	return strings.Repeat("`", max(3, longest+1))
}
