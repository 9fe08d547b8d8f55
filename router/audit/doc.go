// Package audit is what the router tells about itself: one [Record] per
// request it relayed, with every attempt made, and one [BreakerEvent] per
// change of state of a circuit breaker.
//
// The types hold no prompt, no answer text and no key, so a [Sink] may store
// them as they are.
package audit
