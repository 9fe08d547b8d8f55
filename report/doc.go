// Package report computes every figure of a run from its logs and judges the
// run by them.
//
// [Compute] takes the logs (record.Run) and what the checkers found, and
// returns a [Result], which is also the documented result.json. The packages
// under render turn a Result into a table, JSON, CSV or Markdown.
//
//	result := report.Compute(run, map[int][]report.Invariant{0: findings})
//	err := table.Write(os.Stdout, result, table.Options{Width: 80})
//	os.Exit(result.ExitCode())
//
// # Who says what
//
// Outcomes and latencies are the client's. Costs are the providers' bill,
// never the router's belief. Attempts and who served are the router's audit;
// without an audit the router's headers say who served. Requests whose
// outcome is `interrupted` have none and are left out of every figure except
// the costs.
//
// # Phases
//
// A request belongs to the phases of its scheduled send time t:
//
//	before    t < start of the first fault
//	<fault>   start <= t < end; faults may overlap, a request belongs to each
//	recovery  no fault active, t - latest end of a fault < Run.Recovery
//	after     no fault active, later than that
//
// A bill belongs to the phase and task of its request.
//
// # Figures
//
//	availability          ok ÷ requests
//	latency               done - scheduled, of requests that are ok
//	error_latency         done - scheduled, of the others except dropped ones
//	ttft                  first token - scheduled, of streams that are ok
//	tpot                  of the journal entry that was delivered
//	quality               mean score of the delivering targets that have one
//	cost                  Σ bill
//	cost_per_1k           Σ bill ÷ ok × 1000
//	wasted_cost           Σ bill of entries that were not delivered
//	shadows, probes       sent, valid, the times of those that were, and the bills of all
//	hedges                made, won (served), and the bills of those that lost
//	retry_amplification   attempts ÷ requests with at least one relay
//	client_amplification  Σ client tries ÷ requests
//	cache_hit_ratio       answered out of the cache ÷ requests that may be
//	served_by             ok by a provider, or out of the cache, ÷ ok
//
// An answer out of the cache is as good as it was for the request it was made for,
// and costs nothing.
//
// The entry delivered to a request that is ok is the latest complete one at
// the target that served it; to any other request none is delivered.
//
// A quantile is empirical (a measured sample, not an interpolation) and needs
// 1/(1-p) samples: 10 for p90, 20 for p95, 100 for p99. One that has too few
// is absent.
//
// # Reaction to a fault
//
// Time to detect: fault start → the earlier of the first opening of a breaker
// of one of the fault's targets, and the start of the first attempt that
// served a relay after an attempt at one of the fault's targets had failed
// it. Both count within the fault only. Never, when the fault hit something
// and neither happened.
//
// Time to failover: fault start → end of the last minute within the fault
// (minutes counted from its start, those without requests left out) whose
// availability is below 0.99 × that of the phase before; 0 when none is.
// Never, when it is the last minute of the fault. The grain is one minute.
//
// Time to failback: fault end → start of the first minute after it in which
// the share of the fault's targets among the answers is at least 0.90 × their
// share in the phase before. Never, when there are answers but no such
// minute; absent, when those targets served nothing before.
//
// Over several faults the worst counts.
//
// # Verdict
//
// A cell is broken when an invariant does not hold, failed when a threshold
// is crossed, inconclusive when a threshold has too few samples. With several
// seeds thresholds are judged for each policy, on the 95 % interval of figure −
// bound over the seeds: passed or crossed with all of the interval, else
// inconclusive. A policy that is not gated is shown and not held against thresholds, but its
// invariants count. A time that is never fails every upper bound. A run takes
// the gravest verdict of its cells, and is inconclusive when a fault hit no
// attempt of any cell, when the load generator dropped requests, when it
// lagged by more than 50 ms on the wall clock (p99, or the worst of fewer
// than 100 requests), and when it was interrupted.
//
// Everything here only reads its input and is safe for concurrent use.
package report
