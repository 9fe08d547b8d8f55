// Package classify holds the one table that says what each way for an attempt
// to end means: for the relay (retry here, try elsewhere, try a larger context,
// stop and tell the client), for the target's cooldown and its breaker, for the
// operator, and for the status the client gets when nothing is left to try.
//
// Failures are recognised by type, status and the typed fields of an error's
// body, never by text. Where an API tells two things apart by text alone (a
// prompt too long for Anthropic or Gemini) the client's side of its wire does
// so, with the source, and puts it into a code.
package classify
