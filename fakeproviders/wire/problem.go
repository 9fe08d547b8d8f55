package wire

import "time"

// Kind is why a provider refuses a request.
type Kind uint8

// The kinds of [Problem], with the fields each uses beside Model.
const (
	BadScript     Kind = iota // Status, Wait: a status that a scenario scripted
	TooLarge                  // Limit: a body above that many bytes
	NoModel                   // the model does not exist
	WrongEndpoint             // Endpoint: the model does not serve it
	TooLong                   // Endpoint, Limit, Prompt, Completion: beyond the context
	TooManyOut                // Field, Limit, Asked: more output than the model gives
	RateLimited               // Unit, Limit, Used, Asked, Wait: a quota is used up for now
	Exhausted                 // the account's quota or credit is used up
	SlowDown                  // Wait: traffic grows too fast
	Overloaded                // Status: no capacity; 0 = the vendor's usual status
	Filtered                  // Endpoint, Prompt, Stream: the content filter refuses the prompt
	Retired                   // the model has been retired
	BadKey                    // the key is refused
)

// The units of quotas.
const (
	UnitRequests     = "requests"
	UnitTokens       = "tokens"
	UnitInputTokens  = "input_tokens"
	UnitOutputTokens = "output_tokens"
	UnitDaily        = "requests_per_day"
	UnitConcurrency  = "concurrent_requests"
)

// Problem is a refusal before a vendor has worded it.
type Problem struct {
	Kind     Kind
	Status   int // BadScript: 400 to 599; Overloaded: 429, 503, 529 or 0
	Model    string
	Endpoint string
	Field    string // the request's field that asks too much
	Unit     string // of the quota

	Limit, Used, Asked int
	Prompt, Completion int  // tokens
	Stream             bool // a stream was asked for
	// Wait is when the request would fit; 0 = it never does, or nobody knows.
	Wait time.Duration
}

// Clip bounds what an error repeats of a request.
func Clip(s string) string {
	const limit = 200
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
