package check_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

func fired(results []check.Result) []int {
	numbers := []int{}
	for _, r := range results {
		if r.Violations > 0 {
			numbers = append(numbers, r.Number)
		}
	}
	return numbers
}

func TestCorrectCellKeepsEveryInvariant(t *testing.T) {
	results := check.All(correctCell())
	require.Len(t, results, 8)
	for _, r := range results {
		require.Zero(t, r.Violations, "%s: %v", r.Name, r.Examples)
		require.Positive(t, r.Checked, r.Name)
		require.NotEmpty(t, r.Name)
	}
	require.Equal(t, 1, results[2].Estimates)
	require.EqualValues(t, 50, results[2].EstimateErrorMicroUSD)
}

func TestCorruptedRecordsFireTheirInvariant(t *testing.T) {
	for _, tt := range slices.Concat(oneOutcomeCorruptions, honestSuccessCorruptions, ledgerEqualsBillCorruptions,
		auditNamesServerCorruptions, breakerHoldsCorruptions, waitsHeededCorruptions, limitsHoldCorruptions, boundsHoldCorruptions) {
		t.Run(tt.name, func(t *testing.T) {
			cell := correctCell()
			tt.corrupt(cell)
			results := check.All(cell)
			require.Equal(t, tt.want, fired(results), "%+v", results)
		})
	}
}

func TestOrderOfTheLogsDoesNotMatter(t *testing.T) {
	cell := correctCell()
	slices.Reverse(cell.Requests)
	slices.Reverse(cell.Relays)
	slices.Reverse(cell.Attempts)
	slices.Reverse(cell.Journal)
	slices.Reverse(cell.Transitions)
	require.Empty(t, fired(check.All(cell)))
}

func TestFindingsAreBounded(t *testing.T) {
	cell := &record.Cell{Planned: 1000}
	results := check.All(cell)
	require.Equal(t, 1000, results[0].Violations)
	require.Len(t, results[0].Examples, check.MaxExamples)
	require.Equal(t, "request 0: no record of it", results[0].Examples[0])
}

func TestEmptyAndNilCells(t *testing.T) {
	require.Nil(t, check.All(nil))
	require.Empty(t, fired(check.All(&record.Cell{})))
}

func ExampleAll() {
	cell := correctCell()
	cell.Requests[0].ContentTokens-- // a token was lost on the way
	for _, result := range check.All(cell) {
		if result.Violations > 0 {
			fmt.Println(result.Number, result.Examples[0])
		}
	}
	// Output: 2 request 0: ok, but its content is not what a provider sent
}
