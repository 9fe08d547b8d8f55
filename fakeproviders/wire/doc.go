// Package wire is what the wire formats of all vendors have in common, as a
// simulated provider sees it: what a request asks for, what an answer holds, and
// the one interface, [API], behind which each vendor's bytes live.
//
// A package below this one holds one API: the paths, the request body, the
// answers, the stream events, the error bodies and the headers. It knows nothing
// of time, money or faults, and shares no type with the router, so that one
// misreading of an API cannot hide on both sides.
//
// Text is ASCII filler with exactly [BytesPerToken] bytes per token, and prompt
// tokens are counted the same way: see [Prompt].
package wire
