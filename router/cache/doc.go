// Package cache keeps what took time or money to make, for as long as it is
// fresh, and a while longer for when it cannot be made. The router keeps answers
// in one; programs that embed it can keep what they like in others: answers to
// frequent questions, summaries of boilerplate, results of deterministic tools.
//
//	value, err := c.Do(ctx, cache.KeyOf("tool", name, args), time.Hour, compute)
//
// [Cache.Do] is read-through and single-flight: what is there is returned; what
// is not is computed once, however many ask for it at that time. A router, whose
// computing is a relay, does the same in two steps: [Cache.Begin], and
// [Flight.Keep], [Flight.Share] or [Flight.Fail].
//
// An item is fresh for its TTL. For Limits.StaleIfError more it stands in where
// computing fails; then it is gone. Of too many, the one not used for the longest
// time goes first. Which ones are there depends on nothing but the calls and the
// instants given, so that equal runs find the same.
//
// A cache starts no goroutines and holds no lock while anybody waits.
package cache
