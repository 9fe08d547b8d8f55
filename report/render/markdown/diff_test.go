package markdown_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/markdown"
)

func TestDiffGolden(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, markdown.WriteDiff(&b, synthetic.Diff()))
	golden.Equal(t, "diff.md", b.Bytes(), os.ReadFile, os.WriteFile)
}

func TestDiffStaysBelowTheLimitOfAComment(t *testing.T) {
	r := synthetic.Diff()
	for len(r.Scenarios) < 500 {
		r.Scenarios = append(r.Scenarios, r.Scenarios[0], r.Scenarios[1])
	}
	r.Conclude()
	var b bytes.Buffer
	require.NoError(t, markdown.WriteDiff(&b, r))
	require.Less(t, b.Len(), markdown.MaxDiffBytes+1)
	require.Greater(t, b.Len(), markdown.MaxDiffBytes/2)
	require.Regexp(t, `\d+ more rows stand in diff.json`, b.String())
	require.Contains(t, b.String(), "## Reproduce")
}

// Of many rows those that decided are seen, the others can be unfolded.
func TestDiffFoldsWhatDecidedNothing(t *testing.T) {
	r := synthetic.Diff()
	for len(r.Scenarios) < 20 {
		r.Scenarios = append(r.Scenarios, r.Scenarios[0])
	}
	var b bytes.Buffer
	require.NoError(t, markdown.WriteDiff(&b, r))
	seen, folded, found := strings.Cut(b.String(), "<details>\n<summary>20 rows are non-inferior</summary>\n\n| scenario |")
	require.True(t, found)
	require.Contains(t, seen, "| worse |")
	require.NotContains(t, seen, "| non-inferior |")
	folded, after, found := strings.Cut(folded, "\n</details>\n")
	require.True(t, found)
	require.Equal(t, 20, strings.Count(folded, "| non-inferior |"))
	require.NotContains(t, folded, "| better |")
	require.Contains(t, after, "## Reproduce")
}
