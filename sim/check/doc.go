// Package check holds the three logs of a cell against each other.
//
// The client, the router and the providers write their logs without knowing
// of each other, so what one of them misunderstands or makes up shows as a
// contradiction between two of them. Each rule is one named function over
// [Logs] in a file of its own:
//
//	1  [OneOutcome]         every request has exactly one outcome
//	2  [HonestSuccess]      no truncated, empty or garbled answer counts as success
//	3  [LedgerEqualsBill]   the router's ledger equals the providers' bill
//	4  [AuditNamesServer]   the audit names the provider that really served
//	5  [BreakerHolds]       an open breaker lets nothing but its probes through
//	6  [WaitsHeeded]        no attempt before a provider's stated wait is over
//	7  [LimitsHold]         attempts, deadlines and retry budget hold
//	8  [OnceOnly]           a request with an idempotency key is executed once
//	9  [OneResult]          an accepted job gets exactly one visible result
//	10 [CacheHolds]         nothing cached crosses tenants, outlives its TTL or was an error
//	11 [SpaceKept]          an embedding answer comes from the route's embedding space
//	12 [BoundsHold]         tenant, residency and budget limits hold
//
// The numbers are those of the design's list of invariants; numbers missing
// here belong to mechanisms whose logs do not exist.
//
// [All] runs every rule over one cell:
//
//	for _, result := range check.All(&run.Cells[0]) {
//		if result.Violations > 0 {
//			fmt.Println(result.Name, result.Examples)
//		}
//	}
//
// Of a gateway that is not ours (Cell.Outside) there are two logs, and only rules 1
// and 2 can be checked; the results of the others say that they are not visible.
//
// A rule never stops at its first finding: it counts them all and keeps the
// first five as examples. Broken logs (indexes out of range, records out of
// order) give findings, not panics.
//
// An attempt of the audit and an entry of the journal belong together when
// they are of the same request and target and the entry arrived while the
// attempt ran; the k-th attempt that arrived is the entry whose Nth is k. An
// attempt whose caller went away before it arrived has no entry.
//
// Where the router has replicas, what holds for its breakers, waits, budgets and
// memory holds for each replica by itself; rules 5, 6, 7, 8 and 12 go by the
// replica that the audit names.
//
// Shadows and active probes, which are no attempts, are held against entries of
// their own, in the rules 3, 5, 7 and 12, probes in 6 too; see extras.go.
//
// The functions only read the cell and may run concurrently over different
// [Logs].
package check
