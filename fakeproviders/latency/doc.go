// Package latency holds the distributions a provider draws its times and token
// counts from, as quantile functions.
//
// A draw is Quantile(u) of a keyed uniform u (package keyed), so one uniform
// gives one value: no generator, no rejection loop, no state. The formulas are
// gonum's distuv. Units are the caller's; the providers use nanoseconds for
// times.
//
//	d, err := latency.LogNormal(450e6, 1500e6) // p50 450 ms, p95 1.5 s
//	ns := d.Quantile(u)
//
// All distributions are immutable and safe for concurrent use.
package latency
