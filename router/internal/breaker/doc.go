// Package breaker is a circuit breaker of three states in two steps: [Breaker.Allow]
// hands out a [Permit], and the permit is settled when the answer's last byte
// has come, which for a stream is long after its headers.
//
//	closed ── too many failures or slow calls ──► open ── its time is over, and asked ──► half-open
//	   ▲                                            ▲                                        │  │
//	   │                                            └───────── one probe fails or is slow ───┘  │
//	   └── ramp: the target's share grows ◄─────────────────── enough probes succeed ───────────┘
//
// Failures and slow calls are shares of a rolling window: failures ÷ results,
// and slow calls ÷ calls that say how long an answer takes. A failure counts as
// slow if it was, and never as quick.
//
// A generation counter drops results of permits given in an earlier state. No
// timer runs: an open breaker becomes half-open when it is next asked after
// its open time. After it has closed again, [Breaker.Share] says how much of the
// traffic should come back at which time; whoever distributes it draws.
//
// All methods are safe for concurrent use.
package breaker
