// Package idempotency makes a request with an Idempotency-Key happen once: a
// second one with the same key and body joins the first while it runs, and gets
// the same answer afterwards. The same key with another body is a conflict.
//
// The idea and the header are those of the IETF draft "The Idempotency-Key HTTP
// Header Field" (draft-ietf-httpapi-idempotency-key-header), which also gives the
// status of a conflict, 422. Only successes are kept: a failure may be tried again.
//
// A [Store] is bounded in entries and in the bytes of each, and what it holds
// expires. It starts no goroutines and holds no lock while anybody waits.
package idempotency
