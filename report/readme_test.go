package report_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/render"
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

// The table of the README and the page of a report define the figures alike.
func TestReadmeHasTheDefinitions(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "| number | formula |")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []string
	for _, d := range render.Definitions() {
		rows = append(rows, "| "+strings.Join([]string{d.Name, d.Formula, d.N, d.From}, " | ")+" |")
	}
	require.Equal(t, strings.Split(table, "\n")[2:], rows)
}
