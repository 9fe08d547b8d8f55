// Package wire is how the router speaks to providers: one [API] for each kind
// of API, from the client's request to the provider's bytes and back to what
// the client reads.
//
//	client's request ─► API.Body ──────────► provider
//	client           ◄─ API.Answer, Stream ◄─ provider
//
// The client speaks OpenAI's API. Where the provider does too, bytes pass
// through: only the model's name is rewritten, and fields nobody here knows
// stay. The bytes of each API are in a package of its own below this one.
//
// An API holds no state and is safe for concurrent use.
package wire
