package markdown_test

import (
	"bytes"
	"os"
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
