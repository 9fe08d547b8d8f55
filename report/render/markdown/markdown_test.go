package markdown_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/markdown"
)

func write(t *testing.T, r *report.Result) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, markdown.Write(&b, r))
	return b.String()
}

func TestGolden(t *testing.T) {
	run := synthetic.Run()
	golden.Equal(t, "report.md", []byte(write(t, report.Compute(run, synthetic.Invariants(run, true)))), os.ReadFile, os.WriteFile)
}

func TestNamesStandForThemselves(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"pipe", "a|b", `a\|b`},
		{"backtick", "a`b", "a\\`b"},
		{"tag", "<img src=x>", "&lt;img src=x&gt;"},
		{"entity", "&lt;", "&amp;lt;"},
		{"mention", "@octocat", "&#64;octocat"},
		{"issue", "#1", "&#35;1"},
		{"emphasis", "**a_b**", `\*\*a\_b\*\*`},
		{"image", "![x](y)", `\!\[x\](y)`},
		{"backslash before a pipe", `a\|b`, `a\\\|b`},
		{"line break", "a\n| b |", `a?\| b \|`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := synthetic.Run()
			run.Cells[1].Policy = tt.raw
			require.Contains(t, write(t, report.Compute(run, nil)), "\n| "+tt.want+" | pass | 100.00% |")
		})
	}
}

func TestTableRowsHaveOneCellForEachColumn(t *testing.T) {
	run := synthetic.Seeds()
	run.Cells[0].Policy = "x|y"
	columns := 0
	for line := range strings.Lines(write(t, report.Compute(run, nil))) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if columns > 0 {
			require.Equal(t, columns, n, line)
		}
		columns = n
	}
}

func TestReplayCannotLeaveItsFence(t *testing.T) {
	run := synthetic.Run()
	run.Replay = "routedrill run '```\n# owned'"
	text := write(t, report.Compute(run, nil))
	require.Contains(t, text, "\n````sh\nroutedrill run '```?# owned'\n````\n")
}
