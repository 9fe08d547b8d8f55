package openai

import (
	"net/http"
	"strconv"
	"time"
)

// TooLong is the answer to a request that does not fit the model's context:
// prompt tokens alone, or with the tokens asked for.
func TooLong(endpoint string, context, prompt, completion int) *Error {
	part := "messages"
	if endpoint != Chat {
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
	if endpoint == Embeddings {
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

// RateLimit is the answer to a request beyond a quota. Kind is "requests" or
// "tokens"; wait is when it would fit, 0 when it never does.
func RateLimit(model, kind string, limit, used, asked int, wait time.Duration) *Error {
	word := "requests per min (RPM)"
	if kind == "tokens" {
		word = "tokens per min (TPM)"
	}
	e := &Error{Status: http.StatusTooManyRequests, Type: kind, Code: "rate_limit_exceeded", RetryAfter: wait}
	//nolint:misspell // the service's words
	on := " for " + model + " in organization org-routedrill on " + word + ": Limit " + strconv.Itoa(limit)
	if wait == 0 {
		e.Message = "Request too large" + on + ", Requested " + strconv.Itoa(asked) +
			". The input or output tokens must be reduced in order to run successfully. " +
			"Visit https://platform.openai.com/account/rate-limits to learn more."
		return e
	}
	e.Message = "Rate limit reached" + on + ", Used " + strconv.Itoa(used) + ", Requested " + strconv.Itoa(asked) +
		". Please try again in " + string(AppendDuration(nil, wait)) +
		". Visit https://platform.openai.com/account/rate-limits to learn more."
	return e
}

// Overloaded is the answer of a provider whose capacity is full: 429 or 503.
func Overloaded(status int) *Error {
	e := FromStatus(status)
	if status == http.StatusTooManyRequests {
		e.Message = "The engine is currently overloaded, please try again later"
		e.RetryAfter = time.Second
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
		e.Code, e.Message = "unsupported_country_region_territory", "Country, region, or territory not supported"
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
