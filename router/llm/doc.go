// Package llm is the normal form: what requests, answers, stream events and
// errors say, whatever API they are written in. It is a leaf: facts only, no
// behaviour.
//
// [Request], [Answer] and [Event] are the little the router itself needs of any
// of them. [ChatRequest], [EmbedRequest], [Result] and [Chunk] are the whole, for
// APIs that must be translated.
package llm
