package openai

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// Error is an error answer. Empty Param and Code are written as null.
type Error struct {
	Status  int // HTTP status
	Message string
	Type    string
	Param   string
	Code    string
	Wait    time.Duration // stated in the headers; 0 = not stated
}

// Error returns the code or else the type, and the message.
func (e *Error) Error() string { return "openai: " + e.word() + ": " + e.Message }

// word is the code or else the type.
func (e *Error) word() string { return cmp.Or(e.Code, e.Type) }

// Wire returns the error as its bytes.
func (e *Error) Wire() *wire.Error {
	if e == nil {
		return nil
	}
	return &wire.Error{Status: e.Status, Body: appendError(nil, e), Code: e.word(), Wait: e.Wait}
}

func appendError(dst []byte, e *Error) []byte {
	return append(appendErrorObject(append(dst, "{\"error\":"...), e), "}\n"...)
}

func appendErrorObject(dst []byte, e *Error) []byte {
	dst = append(dst, "{\"message\":"...)
	dst = gjson.AppendJSONString(dst, e.Message)
	dst = append(dst, ",\"type\":"...)
	dst = appendNullable(dst, e.Type)
	dst = append(dst, ",\"param\":"...)
	dst = appendNullable(dst, e.Param)
	dst = append(dst, ",\"code\":"...)
	dst = appendNullable(dst, e.Code)
	return append(dst, '}')
}

func appendNullable(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return gjson.AppendJSONString(dst, s)
}

func invalid(message, param, code string) *Error {
	return &Error{Status: http.StatusBadRequest, Message: message, Type: "invalid_request_error", Param: param, Code: code}
}

func badJSON() *Error {
	return invalid("We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "+
		"correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out "+
		"how to fix this, please contact us through our help center at help.openai.com.)", "", "") //nolint:misspell // the service's words
}

func missing(field string) *Error {
	return invalid("Missing required parameter: '"+field+"'.", field, "missing_required_parameter")
}

// noInput is the answer of the Responses API to a request that says nothing.
func noInput() *Error {
	return invalid("One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.",
		"input", "missing_required_parameter")
}

func emptyArray(field string) *Error {
	return invalid("Invalid '"+field+"': empty array. Expected an array with minimum length 1, but got an empty array instead.",
		field, "empty_array")
}

func wrongType(field, want string, got gjson.Result) *Error {
	word := "an object"
	switch {
	case got.IsArray():
		word = "an array"
	case got.Type == gjson.String:
		word = "a string"
	case got.Type == gjson.Number:
		word = "a number"
	case got.IsBool():
		word = "a boolean"
	case got.Type == gjson.Null:
		word = "null"
	}
	return invalid("Invalid type for '"+field+"': expected "+want+", but got "+word+" instead.", field, "invalid_type")
}

// BadKey is the answer to a missing or wrong API key. The key is shown as the
// service shows it: masked but for its ends.
func BadKey(key string) *Error {
	e := &Error{Status: http.StatusUnauthorized, Type: "invalid_request_error"}
	if key == "" {
		e.Message = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
			"(i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys."
		return e
	}
	e.Code = "invalid_api_key"
	shown := "***"
	if len(key) > 16 {
		shown = key[:3] + "***" + key[len(key)-4:]
	}
	e.Message = "Incorrect API key provided: " + shown + ". You can find your API key at https://platform.openai.com/account/api-keys."
	return e
}

// NoModel is the answer to a model the provider does not have.
func NoModel(model string) *Error {
	return &Error{
		Status: http.StatusNotFound, Type: "invalid_request_error", Code: "model_not_found",
		Message: "The model `" + wire.Clip(model) + "` does not exist or you do not have access to it.",
	}
}

// WrongEndpoint is the answer to a model that does not serve the endpoint.
func WrongEndpoint(model, endpoint string) *Error {
	e := &Error{Status: http.StatusNotFound, Type: "invalid_request_error", Param: "model"}
	switch endpoint {
	case wire.Chat:
		e.Message = "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?"
	case wire.Completions:
		e.Message = "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?"
	case wire.Responses:
		e.Status, e.Code = http.StatusBadRequest, "model_not_found"
		e.Message = "The requested model '" + model + "' is not supported with the Responses API."
	default:
		e.Status, e.Param = http.StatusForbidden, ""
		e.Message = "You are not allowed to generate embeddings from this model: " + model
	}
	return e
}

// NoURL is the answer to an unknown path.
func NoURL(method, path string) *Error {
	return &Error{
		Status: http.StatusNotFound, Type: "invalid_request_error",
		Message: "Invalid URL (" + wire.Clip(method) + " " + wire.Clip(path) + ")",
	}
}

// WrongMethod is the answer to a known path asked with another method than want.
func WrongMethod(want string) *Error {
	return &Error{
		Status: http.StatusMethodNotAllowed, Type: "invalid_request_error", Code: "method_not_supported",
		Message: "Only " + want + " requests are accepted.",
	}
}

// TooLarge is the answer to a body of more than limit bytes.
func TooLarge(limit int) *Error {
	return &Error{
		Status: http.StatusRequestEntityTooLarge, Type: "invalid_request_error", Code: "request_too_large",
		Message: "Maximum content size limit (" + strconv.Itoa(limit) + ") exceeded.",
	}
}
