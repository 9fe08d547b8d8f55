package check_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
	require.Len(t, results, 12)
	for _, r := range results {
		require.Zero(t, r.Violations, "%s: %v", r.Name, r.Examples)
		require.Positive(t, r.Checked, r.Name)
		require.NotEmpty(t, r.Name)
	}
	require.Equal(t, 1, results[2].Estimates)
	require.EqualValues(t, 50, results[2].EstimateErrorMicroUSD)
}

// What bookings at a stale price are off by is told, for shadows too.
func TestStalePricesAreCounted(t *testing.T) {
	cell := correctCell()
	reprice(cell, 0, 300)
	reprice(cell, 4, -100)
	shadow := &cell.Journal[len(cell.Journal)-1]
	shadow.BillMicroUSD, shadow.RepricedMicroUSD = shadow.BillMicroUSD+1000, 1000
	r := check.LedgerEqualsBill(check.NewLogs(cell))
	require.Zero(t, r.Violations)
	require.Equal(t, 3, r.StalePrices)
	require.EqualValues(t, 1200, r.StalePriceMicroUSD)
}

func TestCorruptedRecordsFireTheirInvariant(t *testing.T) {
	for _, tt := range slices.Concat(oneOutcomeCorruptions, honestSuccessCorruptions, ledgerEqualsBillCorruptions,
		auditNamesServerCorruptions, breakerHoldsCorruptions, waitsHeededCorruptions, limitsHoldCorruptions, raceCorruptions,
		onceOnlyCorruptions, boundsHoldCorruptions, shadowCorruptions, probeCorruptions, replicaCorruptions, budgetCorruptions, cacheCorruptions, jobCorruptions) {
		t.Run(tt.name, func(t *testing.T) {
			cell := correctCell()
			tt.corrupt(cell)
			results := check.All(cell)
			require.Equal(t, tt.want, fired(results), "%+v", results)
		})
	}
}

// An answer may be forgotten once there is no room for it beside the later ones.
func TestAnswersDriveEachOtherOut(t *testing.T) {
	for later, want := range map[int]int{0: 1, 6: 1, 7: 1, 8: 0, 20: 0} {
		c := &record.Cell{Targets: []record.Target{{Name: "a/m"}}, Limits: record.Limits{KeyTTL: time.Hour, KeyEntries: 1000, KeyMaxBytes: 8000}}
		for i := range later + 1 {
			at := time.Duration(i) * time.Second
			c.Requests = append(c.Requests, record.Request{Seq: uint32(i), Keyed: true})
			c.Relays = append(c.Relays, record.Relay{Seq: uint32(i), Outcome: record.RelayServed, Bytes: 1000, Start: at, End: at + ms})
		}
		c.Attempts = []record.Attempt{{Try: 1, Start: time.Minute, End: time.Minute + ms}}
		require.Equal(t, want, check.OnceOnly(check.NewLogs(c)).Violations, "%d of a thousand bytes after it, and room for eight thousand", later)
	}
}

func TestOrderOfTheLogsDoesNotMatter(t *testing.T) {
	cell := correctCell()
	slices.Reverse(cell.Requests)
	slices.Reverse(cell.Relays)
	slices.Reverse(cell.Attempts)
	slices.Reverse(cell.Journal)
	slices.Reverse(cell.Transitions)
	slices.Reverse(cell.Shadows)
	slices.Reverse(cell.Probes)
	slices.Reverse(cell.ProbeEntries)
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
