package llm

import "time"

// Error is what a provider's error body says, in the words of OpenAI's API.
// What a body does not say is empty.
type Error struct {
	Message string
	Type    string
	Param   string
	Code    string // one of the Code constants where the router must tell it apart, else the provider's own word
	// RetryAfter is the wait the body itself asks for; 0 means none.
	RetryAfter time.Duration
}

// The codes that mean something to the router, whatever a provider calls them.
// They are OpenAI's: https://platform.openai.com/docs/guides/error-codes
const (
	CodeInsufficientQuota = "insufficient_quota"      // no credit, or a quota that lasts for longer than a minute, is used up
	CodeContextLength     = "context_length_exceeded" // the prompt, or prompt and answer, do not fit the model
	CodeContentFilter     = "content_filter"          // the prompt was refused for what it says
	CodeModelNotFound     = "model_not_found"
	CodeInvalidKey        = "invalid_api_key"
)
