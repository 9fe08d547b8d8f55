package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// A stale price table is a finding for each policy, with what it is off by.
func TestStalePricesAreFindings(t *testing.T) {
	run := &record.Run{Findings: []string{"a first one"}, Cells: []record.Cell{{Policy: "a", Seed: 1}, {Policy: "a", Seed: 2}, {Policy: "b", Seed: 1}, {Policy: "c", Seed: 1}}}
	for i := range run.Cells {
		run.Cells[i].Journal = []record.Entry{{BillMicroUSD: 2_000_000}}
	}
	r := report.Compute(run, map[int][]report.Invariant{
		0: {{Number: 3, StalePrices: 2, StalePriceMicroUSD: 500_000}},
		1: {{Number: 3, StalePrices: 3, StalePriceMicroUSD: 250_000}},
		2: {{Number: 3}},
		3: {{Number: 3, StalePrices: 1, StalePriceMicroUSD: -100}},
	})
	require.Equal(t, []string{
		"a first one",
		"policy a: price table stale: billed $0.7500 more than the ledger says (attempts: 5), of $4.0000 in all",
		"policy c: price table stale: billed $0.0001 less than the ledger says (attempts: 1), of $2.0000 in all",
	}, r.Findings)
}
