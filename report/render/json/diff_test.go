package json_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/json"
)

func TestDiffGolden(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, json.WriteDiff(&b, synthetic.Diff()))
	golden.Equal(t, "diff.json", b.Bytes(), os.ReadFile, os.WriteFile)
}
