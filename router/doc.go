// Package router is the routing and failover engine: an http.Handler that
// takes requests in OpenAI's API, plans which targets may serve each, and
// tries them until one answer has been relayed whole or nothing is left.
//
//	client ─► plan (route → targets, ranked) ─► attempt loop ─► answer relayed
//	                                    │   ▲
//	    breaker, cooldown, bulkhead, ───┘   └─── verdict (classify)
//	    retry budget, deadlines
//
// Package policy ranks the targets; [WithStrategy] takes a strategy of your own.
//
// What answers tell of quotas is kept, and a target whose quota does not seem to
// hold a request comes last for it; README.md has the rule.
//
// What is not urgent can be deferred: package queue keeps it, and it comes back as a
// request like any other.
//
// A target whose breaker has closed gets its traffic back on a ramp; see
// [Failback].
//
// Providers may speak other APIs than the client: package wire translates. What
// a target cannot do for a request takes it out of the plan before it is tried.
//
// Between requests a router may probe its targets ([Probes]) and send some requests
// to one more ([Shadow]); both have records and budgets of their own, and end with
// [Router.Close].
//
// [Alerts] tell the operator when a target burns its error budget too fast.
// Package incident makes incidents of them and of breakers, for users to see.
//
// Every way for an attempt to end has one verdict (package classify): once more
// here, elsewhere, to a larger context, or stop. The router is the only owner of
// retries, under one total deadline, of which it keeps a part for targets not
// tried yet. README.md has the tables.
//
// One relay serves one request. It runs in the handler's goroutine; a timer per
// attempt, set to the nearest deadline that applies, is the only thing that fires
// from outside. When several deadlines have passed, the cause is decided by a fixed
// precedence: a lost race, the client's leaving, then total, attempt, first token,
// idle.
//
// A [Hedge] is the one thing that runs beside the handler's goroutine. Its timer
// starts at the first attempt's request and makes the second attempt in a
// goroutine of its own, which the handler waits for before it goes on. One claim,
// made at the first valid answer or at a stream's commit point, decides which of
// the two may write to the client. Without hedging there is neither timer nor
// goroutine.
//
// A [Router] is safe for concurrent use. Its state (breakers, cooldowns, the
// retry budget) lives in memory and belongs to it alone.
package router
