package gemini

import (
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

const invalidRequest = "invalid_request_error"

// ReadError reads an error body: https://ai.google.dev/gemini-api/docs/troubleshooting
// and https://cloud.google.com/apis/design/errors. It is false for what is no
// error. Some answers hold it in a list.
func ReadError(body []byte) (llm.Error, bool) {
	var e llm.Error
	root, ok := jsonscan.Parse(body)
	if !ok {
		return e, false
	}
	for v := range root.Elements() {
		root = v
		break
	}
	found, status, daily := false, "", false
	for name, v := range root.Fields() {
		if string(name) != "error" || v.Kind() != '{' {
			continue
		}
		found = true
		for name, v := range v.Fields() {
			switch string(name) {
			case "message":
				e.Message, _ = v.Text()
			case "status":
				status, _ = v.Text()
			case "details":
				for d := range v.Elements() {
					daily = readDetail(&e, d) || daily
				}
			}
		}
	}
	translate(&e, status, daily)
	return e, found
}

// readDetail reads one of the details, and reports whether a quota of a day is
// used up.
func readDetail(e *llm.Error, v jsonscan.Value) (daily bool) {
	var kind, reason, delay string
	for name, v := range v.Fields() {
		switch string(name) {
		case "@type":
			kind, _ = v.Text()
		case "reason":
			reason, _ = v.Text()
		case "retryDelay":
			delay, _ = v.Text()
		case "violations":
			for violation := range v.Elements() {
				for name, v := range violation.Fields() {
					if string(name) == "quotaId" {
						id, _ := v.Text()
						daily = daily || strings.Contains(id, "PerDay")
					}
				}
			}
		}
	}
	switch strings.TrimPrefix(kind, "type.googleapis.com/google.rpc.") {
	case "ErrorInfo":
		if reason == "API_KEY_INVALID" {
			e.Code = llm.CodeInvalidKey
		}
	case "RetryInfo":
		if d, err := time.ParseDuration(delay); err == nil && d > 0 {
			e.RetryAfter = d
		}
	case "QuotaFailure":
		return daily
	}
	return false
}

// translate puts the status into OpenAI's words.
func translate(e *llm.Error, status string, daily bool) {
	switch status {
	case "INVALID_ARGUMENT", "OUT_OF_RANGE", "FAILED_PRECONDITION":
		e.Type = invalidRequest
		// Only its text tells this one apart.
		if strings.HasPrefix(e.Message, "The input token count") && strings.Contains(e.Message, "exceeds the maximum number of tokens") {
			e.Code = llm.CodeContextLength
		}
	case "UNAUTHENTICATED":
		e.Type, e.Code = invalidRequest, llm.CodeInvalidKey
	case "PERMISSION_DENIED":
		e.Type = "permission_error"
	case "NOT_FOUND":
		e.Type, e.Code = invalidRequest, llm.CodeModelNotFound
	case "RESOURCE_EXHAUSTED":
		e.Type, e.Code = "rate_limit_error", "rate_limit_exceeded"
		if daily {
			// The delay that comes with it is that of the next minute, which will not help.
			e.Code, e.RetryAfter = llm.CodeInsufficientQuota, 0
		}
	case "":
	default:
		e.Type, e.Code = "server_error", strings.ToLower(status)
	}
}
