// Package policy decides which of a route's targets a request tries first.
//
// A [Strategy] is one small type with one method: it is shown the candidates of
// a request, with what the router knows of each, and gives every one a score. The
// lowest score is tried first, and of equal ones the earlier in the route. The
// strategies that come with the router are values of this kind and nothing else
// has a say in the order, so that a strategy of your own (router.WithStrategy)
// can do whatever they do; the example shows one.
//
// # From a request to its first attempt
//
//	filter     targets that cannot serve the request are out (capabilities, context, …)
//	rank       the strategy's scores put the others in order
//	failback   a target that has just recovered takes its share; the rest of its requests have it last
//	attempts   in this order: who cools down, is full or has an open breaker is passed over
//
// A strategy therefore need not know what is down: it says where a request had
// best go, and the attempt loop sees to it that it gets somewhere. Every step
// leaves its word in the request's audit record.
//
// # What candidates tell
//
// Times and rates come from the live traffic of the last five minutes at that
// target and endpoint. Times are those of whole answers only: a failure is never
// fast. A target of which too little is known ([MinSamples]) is cold: the times
// it has are mixed with a prior, and the strategies that go by time send it a
// share of requests to get to know it.
//
// Draws are keyed by the request ([Query.Draw]), so that a drill repeats and two
// policies meet the same luck. Strategies keep no state and are called by many
// requests at once.
package policy
