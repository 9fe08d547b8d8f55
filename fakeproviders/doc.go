// Package fakeproviders is a simulated LLM provider: models with latency,
// capacity, quotas and prices behind the bytes of a real API, and a timeline of
// faults that act on it.
//
// A [Provider] is an http.Handler. It uses the ordinary time package, so it runs
// on sockets in real time and inside a testing/synctest bubble in virtual time
// without a difference. Each wait is one timer.
//
// # The way of an attempt
//
//  1. The request is read and checked: 400, 401, 403, 404, 405 and 413 come
//     before everything else, also in an outage.
//  2. The faults that hit it on arrival: a refused or reset connection, an error
//     answered in place of service. None takes a place in the capacity.
//  3. The prompt cache is looked up, then the quotas: 429 with the wait until it
//     would fit. A refused attempt pays nothing.
//  4. Capacity: a free place, a place in the queue (first in, first out), or the
//     vendor's overload status at once. An attempt keeps its place until its
//     answer is whole, also while it hangs.
//  5. Service by the token schedule, see below.
//
// All first bytes, of errors too, come one RTT late.
//
// # Time and chance
//
// TTFT, mean token gap, output length, hidden tokens and the luck of every fault
// are keyed draws (package keyed) over seed, request id, target and nth try
// there, so equal inputs give equal behaviour in any order of execution. Times
// are quantised to the microsecond and carry a keyed number of nanoseconds below
// it, so that no two attempts act at one instant even when latencies are
// constant. Weather and the request's own factor multiply them.
//
// A stream sends its first visible token at RTT + TTFT + hidden tokens × gap and
// token i after i gaps, in events at most [Config.MaxEventGap] apart, with an
// event boundary at every fault edge. A whole answer is sent when its last token
// would be.
//
// # Faults
//
// An [Event] hits an attempt when its selectors match, the time is inside its
// window (between flaps) and the attempt's uniform is below [Event.RateAt]. Where
// several overlap, README.md says what comes of it. An attempt in service looks
// again at each of its own events and within 10 ms (keyed) after each fault edge:
// attempts must not all act at the instant of the edge.
//
// # Money
//
// A whole answer costs its prompt and output tokens; one that was cut costs what
// [Config.CutBilling] says. Errors cost nothing, nor does an attempt that ended
// before service began: refused, waiting in the queue, or hanging since its
// start.
//
// A Provider is safe for concurrent use, starts no goroutines and keeps nothing
// but bounded counters. It recovers no panics and raises none but
// http.ErrAbortHandler, for a reset on a connection it cannot hijack.
package fakeproviders
