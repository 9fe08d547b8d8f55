package report_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/record"
)

// Every word for how a request failed is explained.
func TestReadmeHasTheOutcomes(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	n := 0
	for o := record.OK + 1; o.String() != "unknown"; o++ {
		require.Contains(t, string(text), "`"+o.String()+"`")
		n++
	}
	require.Positive(t, n)
}
