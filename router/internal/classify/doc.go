// Package classify holds the one table that says what each way for an attempt
// to end means: for the relay, for the breaker, for the target's cooldown and
// for the status the client gets when nothing is left to try.
//
// Failures are recognised by type and status, never by text.
package classify
