// Package breaker is a circuit breaker of three states in two steps: [Breaker.Allow]
// hands out a [Permit], and the permit is settled when the answer's last byte
// has come, which for a stream is long after its headers.
//
// A generation counter drops results of permits given in an earlier state. No
// timer runs: an open breaker becomes half-open when it is next asked after
// its open time. All methods are safe for concurrent use.
package breaker
