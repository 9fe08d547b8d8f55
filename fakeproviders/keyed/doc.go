// Package keyed draws random numbers from a key instead of from a sequence.
//
// A draw is a pure function of (seed, purpose, request id, target, nth try at
// that target). Nothing is shared and nothing advances, so the order in which
// requests happen to run cannot change a number, and the same request meets the
// same luck at a provider under every routing policy: common random numbers for
// paired comparisons.
//
//	k := keyed.NewKey(seed, requestID, "openai/gpt-4.1").Nth(0)
//	u := keyed.Uniform(k.Draw("ttft"))
//
// The hash folds 64×64-bit products to 64 bits, eight bytes of input at a time.
// It is fast and well mixed, not cryptographic, and the same on every platform.
// All functions are safe for concurrent use.
package keyed
