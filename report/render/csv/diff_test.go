package csv_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/csv"
)

func TestDiffGolden(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, csv.WriteDiff(&b, synthetic.Diff()))
	golden.Equal(t, "diff.csv", b.Bytes(), os.ReadFile, os.WriteFile)
}
