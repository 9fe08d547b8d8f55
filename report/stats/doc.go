// Package stats summarises samples, and is the only place that asks gonum to.
//
// A quantile is the empirical one: the lowest sample q such that at least the
// fraction p of all samples is at most q. It is always a sample that was
// really measured, never a value between two of them.
//
// A tail quantile says something only when samples lie beyond it, so it needs
// at least 1/(1-p) of them: 10 for p90, 20 for p95, 100 for p99. The median
// needs one. What cannot be computed is NaN, which callers must not print.
//
// The functions are pure and safe for concurrent use.
package stats
