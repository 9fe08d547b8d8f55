package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDepthOfLegalText: how far to the right a text stands says nothing about
// its depth.
func TestDepthOfLegalText(t *testing.T) {
	block := func(levels, indent int) string {
		var b strings.Builder
		for i := range levels {
			b.WriteString(strings.Repeat(" ", i*indent) + "a:\n")
		}
		return b.String()
	}
	for _, c := range []struct{ name, text string }{
		{"a long line of lists", "a: [" + strings.Repeat("[1], ", 2_000) + "]"},
		{"a long line of mappings", "a: [" + strings.Repeat("{b: {c: 1}, d: [2]}, ", 1_000) + "]"},
		{"a long line of anchors", "a: [" + strings.Repeat("&x 1, ", 1_000) + "]"},
		{"a long key", strings.Repeat("x", 900) + ": {a: [1]}"},
		{"brackets within the bound", "a: " + strings.Repeat("[", 60) + strings.Repeat("]", 60)},
		{"keys in brackets within the bound", strings.Repeat("{a: ", 60) + "1" + strings.Repeat("}", 60)},
		{"wide indentation", block(60, 12)},
		{"narrow indentation", block(60, 1)},
		{"many lines", strings.Repeat("- a: &x\n    - b\n  ? c\n  : d\n", 500)},
		{"a literal far to the right", "a: |\n" + strings.Repeat(" ", 700) + "- - [x]\nb: 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse([]byte(c.text), &origin{file: "x.yaml"})
			require.NoError(t, err)
		})
	}
}

func TestDepthIsBounded(t *testing.T) {
	lines := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i) + "\n")
		}
		return b.String()
	}
	for _, c := range []struct{ name, text, want string }{
		{"a hundred thousand brackets", strings.Repeat("[", 100_000), "YAML tokens"},
		{"brackets", strings.Repeat("[", 20_000), "x.yaml:1:65: nested deeper"},
		{"brackets behind closing ones", strings.Repeat("]", 15_000) + strings.Repeat("[", 15_000), "nested deeper"},
		{"brackets over lines", strings.Repeat("[\n", 15_000), "x.yaml:65:1: nested deeper"},
		{"entries", strings.Repeat("- ", 15_000), "x.yaml:1:129: nested deeper"},
		{"entries over lines", lines(5, func(i int) string { return strings.Repeat(" ", 100*i) + strings.Repeat("- ", 50) }), "nested deeper"},
		{"keys over lines", lines(500, func(i int) string { return strings.Repeat(" ", i) + "a:" }), "x.yaml:65:66: nested deeper"},
		{"keys on a line", strings.Repeat("a: ", 10_000), "nested deeper"},
		{"question marks", strings.Repeat("? ", 10_000), "nested deeper"},
		{"keys in brackets", "[" + strings.Repeat("a: ", 10_000), "nested deeper"},
		{"question marks in brackets", "[" + strings.Repeat("? ", 10_000), "nested deeper"},
		{"anchors over lines", "a: [\n" + strings.Repeat("&a\n", 10_000), "nested deeper"},
		{"tags", "a: " + strings.Repeat("!t ", 10_000), "nested deeper"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse([]byte(c.text), &origin{file: "x.yaml"})
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 世 😀 \\ \"q\"": "plain é 世 😀 \\ \"q\"", "\x00\t\n\r\x1b\x7f": `\x00\t\n\r\x1b\x7f`,
		"\u0085\u200b\u2028": `\u0085\u200b\u2028`, "\xff\xc3": `\xff\xc3`, "\ufffd": "\ufffd", "": "",
	} {
		t.Run(fmt.Sprintf("%q", in), func(t *testing.T) {
			require.Equal(t, want, visible(in))
			require.Equal(t, want, visible(visible(in)))
		})
	}
}
