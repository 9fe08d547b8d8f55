package anthropic

import (
	"strings"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

const invalidRequest = "invalid_request_error"

// ReadError reads an error body: https://platform.claude.com/docs/en/api/errors
// It is false for what is no error.
func ReadError(body []byte) (llm.Error, bool) {
	var e llm.Error
	root, ok := jsonscan.Parse(body)
	if !ok {
		return e, false
	}
	found := false
	for name, v := range root.Fields() {
		if string(name) != "error" || v.Kind() != '{' {
			continue
		}
		found = true
		for name, v := range v.Fields() {
			switch string(name) {
			case "type":
				e.Type, _ = v.Text()
			case "message":
				e.Message, _ = v.Text()
			}
		}
	}
	translate(&e)
	return e, found
}

// translate puts the type into OpenAI's words.
func translate(e *llm.Error) {
	switch e.Type {
	case invalidRequest:
		e.Code = code(e.Message)
	case "authentication_error":
		e.Type, e.Code = invalidRequest, llm.CodeInvalidKey
	case "billing_error":
		e.Type, e.Code = llm.CodeInsufficientQuota, llm.CodeInsufficientQuota
	case "not_found_error":
		e.Type, e.Code = invalidRequest, llm.CodeModelNotFound
	case "request_too_large":
		e.Type, e.Code = invalidRequest, "request_too_large"
	case "rate_limit_error":
		e.Code = "rate_limit_exceeded"
	case "api_error", "overloaded_error", "timeout_error":
		e.Type, e.Code = "server_error", e.Type
	}
}

// code tells apart what the API itself tells apart by its text alone: all of
// these are an invalid_request_error of status 400.
func code(message string) string {
	switch {
	case strings.HasPrefix(message, "prompt is too long"), strings.Contains(message, "exceed context limit"):
		return llm.CodeContextLength
	case strings.HasPrefix(message, "Your credit balance is too low"):
		return llm.CodeInsufficientQuota
	}
	return ""
}
