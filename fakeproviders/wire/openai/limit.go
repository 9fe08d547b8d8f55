package openai

import (
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// TooLong is the answer to a request that does not fit the model's context:
// prompt tokens alone, or with the tokens asked for.
func TooLong(endpoint string, context, prompt, completion int) *Error {
	if endpoint == wire.Responses {
		return invalid("Your input exceeds the context window of this model. Please adjust your input and try again.",
			"input", "context_length_exceeded")
	}
	part := "messages"
	if endpoint != wire.Chat {
		part = "prompt"
	}
	msg := "This model's maximum context length is " + strconv.Itoa(context) + " tokens. However, "
	if prompt > context {
		msg += "your " + part + " resulted in " + strconv.Itoa(prompt) + " tokens. Please reduce the length of the " + part + "."
	} else {
		msg += "you requested " + strconv.Itoa(prompt+completion) + " tokens (" + strconv.Itoa(prompt) + " in the " + part + ", " +
			strconv.Itoa(completion) + " in the completion). Please reduce the length of the " + part + " or completion."
	}
	param := part
	if endpoint == wire.Embeddings {
		param = "input"
	}
	return invalid(msg, param, "context_length_exceeded")
}

// TooManyOut is the answer to a request for more output tokens than the model
// can give. Field is the one that asked.
func TooManyOut(field string, limit, asked int) *Error {
	return invalid(field+" is too large: "+strconv.Itoa(asked)+". This model supports at most "+strconv.Itoa(limit)+
		" completion tokens, whereas you provided "+strconv.Itoa(asked)+".", field, "invalid_value")
}

// quotaWords are the service's words for the units of quotas.
var quotaWords = map[string]struct{ kind, words string }{
	wire.UnitRequests:     {"requests", "requests per min (RPM)"},
	wire.UnitTokens:       {"tokens", "tokens per min (TPM)"},
	wire.UnitInputTokens:  {"tokens", "input tokens per min (ITPM)"},
	wire.UnitOutputTokens: {"tokens", "output tokens per min (OTPM)"},
	wire.UnitDaily:        {"requests", "requests per day (RPD)"},
	wire.UnitConcurrency:  {"requests", "concurrent requests"},
}

// RateLimit is the answer to a request beyond a quota. A wait of 0 says that it
// never fits.
func RateLimit(p *wire.Problem) *Error {
	unit := quotaWords[p.Unit]
	e := &Error{Status: http.StatusTooManyRequests, Type: unit.kind, Code: "rate_limit_exceeded", Wait: p.Wait}
	//nolint:misspell // the service's words
	on := " for " + p.Model + " in organization org-routedrill on " + unit.words + ": Limit " + strconv.Itoa(p.Limit)
	if p.Wait == 0 {
		e.Message = "Request too large" + on + ", Requested " + strconv.Itoa(p.Asked) +
			". The input or output tokens must be reduced in order to run successfully. " +
			"Visit https://platform.openai.com/account/rate-limits to learn more."
		return e
	}
	e.Message = "Rate limit reached" + on + ", Used " + strconv.Itoa(p.Used) + ", Requested " + strconv.Itoa(p.Asked) +
		". Please try again in " + string(AppendDuration(nil, p.Wait)) +
		". Visit https://platform.openai.com/account/rate-limits to learn more."
	return e
}

// NoCredit is the answer to an account whose quota or credit is used up.
func NoCredit() *Error {
	return &Error{
		Status: http.StatusTooManyRequests, Type: "insufficient_quota", Code: "insufficient_quota",
		Message: "You exceeded your current quota, please check your plan and billing details. For more information on this error, " +
			"read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
	}
}

// SlowDown is the answer to traffic that grows too fast: 429, and 503 with the
// type service_unavailable_error until the summer of 2026.
func SlowDown(wait time.Duration) *Error {
	return &Error{
		Status: http.StatusTooManyRequests, Type: "rate_limit_error", Code: "slow_down", Wait: wait,
		Message: "A sudden increase in your request rate is impacting service reliability. Please reduce your request rate to its " +
			"original level, maintain a consistent rate for at least 15 minutes, and then gradually increase it.",
	}
}

// Filtered is the answer to a prompt that the service's filter refuses.
func Filtered() *Error {
	return invalid("Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a "+
		"different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting", "", "invalid_prompt")
}

// Retired is the answer to a model that has been shut down.
func Retired(model string) *Error {
	return &Error{
		Status: http.StatusNotFound, Type: "invalid_request_error", Code: "model_not_found",
		Message: "The model `" + wire.Clip(model) + "` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations",
	}
}

// Overloaded is the answer of a provider whose capacity is full: 429 or 503.
func Overloaded(status int) *Error {
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	e := FromStatus(status)
	if status == http.StatusTooManyRequests {
		e.Message = "The engine is currently overloaded, please try again later"
		e.Wait = time.Second
	}
	return e
}

// FromStatus is the error body the service sends with a status, for scripted
// failures.
func FromStatus(status int) *Error {
	e := &Error{Status: status, Type: "invalid_request_error", Message: http.StatusText(status)}
	switch status {
	case http.StatusUnauthorized:
		e.Code, e.Message = "invalid_api_key", "Incorrect API key provided."
	case http.StatusForbidden:
		e.Type, e.Code, e.Message = "request_forbidden", "unsupported_country_region_territory", "Country, region, or territory not supported"
	case http.StatusNotFound:
		e.Code, e.Message = "model_not_found", "The model does not exist or you do not have access to it."
	case http.StatusTooManyRequests:
		e.Type, e.Code = "requests", "rate_limit_exceeded"
		e.Message = "Rate limit reached. Visit https://platform.openai.com/account/rate-limits to learn more."
	case http.StatusServiceUnavailable:
		e.Type, e.Code = "service_unavailable_error", "server_is_overloaded"
		e.Message = "Our servers are currently overloaded. Please try again later."
	default:
		if status >= http.StatusInternalServerError {
			e.Type, e.Message = "server_error", "The server had an error while processing your request. Sorry about that!"
		}
	}
	if e.Message == "" {
		e.Message = "Request failed with status " + strconv.Itoa(status)
	}
	return e
}
