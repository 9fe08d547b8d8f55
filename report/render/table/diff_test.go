package table_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/table"
)

func TestDiffGolden(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, table.WriteDiff(&b, synthetic.Diff(), table.Options{Width: 80}))
	golden.Equal(t, "diff-80.txt", b.Bytes(), os.ReadFile, os.WriteFile)
}

func TestDiffFits(t *testing.T) {
	for _, columns := range []int{40, 60, 80, 120} {
		var b bytes.Buffer
		require.NoError(t, table.WriteDiff(&b, synthetic.Diff(), table.Options{Width: columns}))
		for line := range strings.Lines(b.String()) {
			if !strings.HasSuffix(line, "\\\n") && !strings.HasPrefix(line, "    ") { // a command stays whole words
				require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), columns, line)
			}
		}
	}
}
