package check

import (
	"fmt"

	"github.com/routedrill/routedrill/sim/record"
)

// MaxExamples is how many violations a [Result] describes in words.
const MaxExamples = 5

// Invariant is one rule that holds in every run.
type Invariant struct {
	Number int                // its number in the design's list
	Name   string             // one line, as shown in reports
	Check  func(*Logs) Result // fills everything but Number and Name
}

// Result is what one invariant found in one cell. The zero value says that
// nothing was checked.
type Result struct {
	Number     int
	Name       string
	Checked    int      // records the rule looked at
	Violations int      // how many of them break it
	Examples   []string // the first [MaxExamples] violations; nil without any

	Estimates             int   // invariant 3 only: estimates, those aside that book and were billed nothing
	EstimateErrorMicroUSD int64 // invariant 3 only: sum over them of |estimate - bill|

	NotVisible         bool  // it speaks of what is inside a gateway that is not ours: nothing was checked
	StalePrices        int   // invariant 3 only: bookings at a price that a fault had changed
	StalePriceMicroUSD int64 // invariant 3 only: sum over them of bill - booking; below zero where it had become cheaper
}

// Invariants lists the rules in the order of their numbers.
func Invariants() []Invariant {
	return []Invariant{
		{1, "every request has exactly one outcome", OneOutcome},
		{2, "no truncated, empty or garbled answer counts as success", HonestSuccess},
		{3, "the router's ledger equals the providers' bill", LedgerEqualsBill},
		{4, "the audit names the provider that served", AuditNamesServer},
		{5, "an open breaker lets only its probes through", BreakerHolds},
		{6, "no attempt before a provider's stated wait is over", WaitsHeeded},
		{7, "attempts, deadlines and retry budget hold", LimitsHold},
		{8, "a request with an idempotency key is executed once", OnceOnly},
		{9, "an accepted job gets exactly one visible result", OneResult},
		{10, "nothing cached crosses tenants, outlives its TTL or was an error", CacheHolds},
		{11, "an embedding answer comes from the route's embedding space", SpaceKept},
		{12, "tenant, residency and budget limits hold on every attempt", BoundsHold},
	}
}

// All checks every invariant over one cell, in the order of [Invariants]. A
// nil cell gives nil.
func All(cell *record.Cell) []Result {
	if cell == nil {
		return nil
	}
	logs := NewLogs(cell)
	list := Invariants()
	results := make([]Result, 0, len(list))
	for _, invariant := range list {
		result := Result{NotVisible: cell.Outside && !seenFromOutside(invariant.Number)}
		if !result.NotVisible {
			result = invariant.Check(logs)
		}
		result.Number, result.Name = invariant.Number, invariant.Name
		results = append(results, result)
	}
	return results
}

// seenFromOutside says whether an invariant needs no log of the router, and is
// checked where the router is not ours too.
func seenFromOutside(number int) bool { return number == 1 || number == 2 }

// violate counts a violation and describes it while there is room.
func (r *Result) violate(seq uint32, format string, args ...any) {
	r.Violations++
	if len(r.Examples) < MaxExamples {
		r.Examples = append(r.Examples, fmt.Sprintf("request %d: ", seq)+fmt.Sprintf(format, args...))
	}
}
