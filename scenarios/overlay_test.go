package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOverlayKeepsValuesAndPlaces writes a mapping, reads it back and compares
// both the values and the lines, and the columns of the keys.
func TestOverlayKeepsValuesAndPlaces(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"block", "name: x\nresilience:\n  attempt_timeout: 5s\n  breaker:\n    failures: 5\n\n    ratio: 0.5\npolicy: {strategy: priority}\n"},
		{"flow on one line", "{name: x, resilience: {attempt_timeout: 5s, tries: 3, on: true, off: null}}"},
		{"lists", "budgets:\n  - {a: 1}\n  - b: [x, 'y: z', \"q\\\"\\\\\"]\n"},
		{"text that is not plain", "a: \"null\"\nb: 'true'\nc: \"1\"\nd: |\n  two\n  lines\ne: \"\\x01 é \\U0001f600\"\n\"true\": yes\n"},
		{"empty", "a: {}\nb: []\nc: \"\"\n"},
		{"an alias", "a: &a {x: 1}\nb: 2\nc: *a\nd: 3\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := &origin{file: "x.yaml", base: true}
			root, err := parse([]byte(c.text), from)
			require.NoError(t, err)
			written := overlay(root, "name")
			again, err := parse(written, from)
			require.NoError(t, err, "%s", written)
			root.drop("name")
			require.Equal(t, outline(root, false), outline(again, false), "%s", written)
			if c.name != "an alias" {
				require.Equal(t, outline(root, true), outline(again, true), "%s", written)
			}
		})
	}
}

func TestOverlayOfNothingIsNil(t *testing.T) {
	root, err := parse([]byte("{name: x, from: y}"), &origin{})
	require.NoError(t, err)
	require.Nil(t, overlay(root, "name", "from"))
}

// outline writes kinds and texts, and where asked the lines.
func outline(n *node, lines bool) string {
	var b strings.Builder
	if lines {
		fmt.Fprintf(&b, "%d:", n.line)
	}
	switch n.kind {
	case kindMapping:
		b.Reset() // a block mapping begins where its braces do not
		b.WriteString("{")
		for _, p := range n.pairs {
			b.WriteString(outline(p.key, lines) + "=" + outline(p.value, lines) + ";")
		}
		b.WriteString("}")
	case kindSequence:
		b.Reset()
		b.WriteString("[")
		for _, item := range n.items {
			b.WriteString(outline(item, lines) + ";")
		}
		b.WriteString("]")
	default:
		fmt.Fprintf(&b, "%d %q", n.kind, n.text)
	}
	return b.String()
}
