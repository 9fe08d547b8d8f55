package openai

import (
	"math"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/scan"
)

// Limits on requests.
const (
	MaxInputs     = 2048 // inputs of one embeddings request
	MaxDimensions = 3072 // of one embedding asked for by `dimensions`
	maxTokenField = 1 << 30
)

// request is a body while it is read.
type request struct {
	*wire.Request
	endpoint string
	read     bool // messages, prompt or input was there
}

// Parse reads the body of a request to an endpoint other than Models. On error
// the fields read so far stay set.
func Parse(endpoint string, body []byte, into *wire.Request) *Error {
	r := request{Request: into, endpoint: endpoint}
	return r.parse(body)
}

func (r *request) parse(body []byte) *Error {
	endpoint := r.endpoint
	var first *Error
	s := scan.Scanner{B: body}
	s.Open('{')
	for n := 0; s.More('}', n); n++ {
		key := s.Key()
		var bad *Error
		switch {
		case !known(key):
			s.Skip()
		case !content(key):
			if raw := s.Skip(); raw != nil {
				bad = r.field(endpoint, string(key.Raw), gjson.ParseBytes(raw))
			}
		case endpoint == wire.Chat && key.Is("messages"):
			bad = r.messages(&s)
		case endpoint == wire.Completions && key.Is("prompt"), endpoint == wire.Embeddings && key.Is("input"):
			bad = r.texts(string(key.Raw), &s)
		default:
			s.Skip()
		}
		if first == nil {
			first = bad
		}
	}
	switch {
	case !s.End():
		return badJSON()
	case r.Model == "" && (first == nil || first.Param != "model"):
		return invalid("you must provide a model parameter", "", "")
	case first != nil:
		return first
	}
	return r.complete(endpoint)
}

// complete checks that what the endpoint needs was there.
func (r *request) complete(endpoint string) *Error {
	switch {
	case endpoint == wire.Completions:
		if !r.read {
			// Without a prompt the model begins at a document separator, one token.
			r.Prompt.Tokens = 1
		}
		r.Inputs = nil
	case endpoint == wire.Chat && !r.read:
		return missing("messages")
	case !r.read:
		return missing("input")
	case endpoint == wire.Embeddings && len(r.Inputs) == 0:
		return emptyArray("input")
	case len(r.Inputs) > MaxInputs:
		return invalid("Invalid 'input': array too long. Expected an array with maximum length 2048.", "input", "array_above_max_length")
	}
	return nil
}

// known tells whether a top-level field means anything to a provider. An
// escaped key would be one of its names in disguise, which nobody sends.
func known(key scan.Text) bool {
	switch string(key.Raw) {
	case "model", "messages", "prompt", "input", "stream", "stream_options", "max_tokens", "max_completion_tokens",
		"tools", "tool_choice", "dimensions", "encoding_format", "user", "safety_identifier":
		return true
	}
	return false
}

// content tells whether a field is the long one, which is read in place.
func content(key scan.Text) bool {
	switch string(key.Raw) {
	case "messages", "prompt", "input":
		return true
	}
	return false
}

// field reads one top-level field. Fields a provider has no use for are skipped.
func (r *request) field(endpoint, key string, v gjson.Result) *Error {
	switch key {
	case "model":
		if v.Type != gjson.String {
			return wrongType(key, "a string", v)
		}
		r.Model = v.Str
	case "stream":
		if v.Type != gjson.Null && !v.IsBool() {
			return wrongType(key, "a boolean", v)
		}
		r.Stream = v.Type == gjson.True && endpoint != wire.Embeddings
	case "user", "safety_identifier":
		r.User = strings.Clone(wire.Clip(v.Str))
	case "stream_options":
		r.IncludeUsage = v.Get("include_usage").Type == gjson.True
	case "max_tokens", "max_completion_tokens":
		if v.Type == gjson.Null || (key == "max_tokens" && r.MaxField == "max_completion_tokens") {
			return nil
		}
		n, err := positive(key, v, maxTokenField)
		r.MaxTokens, r.MaxField = n, key
		return err
	case "tools":
		first := v.Get("0")
		r.Tools = v.IsArray() && first.Exists()
		r.Tool = first.Get("function.name").Str
	case "tool_choice":
		// "required", or an object that names one tool.
		r.ToolRequired = v.Str == "required" || v.IsObject()
	case "dimensions":
		if v.Type == gjson.Null {
			return nil
		}
		n, err := positive(key, v, MaxDimensions)
		r.Dimensions = n
		return err
	case "encoding_format":
		return r.encoding(v)
	}
	return nil
}

func (r *request) encoding(v gjson.Result) *Error {
	switch {
	case v.Type == gjson.Null, v.Str == "float":
		r.Base64 = false
	case v.Str == "base64":
		r.Base64 = true
	default:
		return invalid("Invalid value for 'encoding_format'. Supported values are: 'float' and 'base64'.",
			"encoding_format", "invalid_value")
	}
	return nil
}

func positive(field string, v gjson.Result, limit int) (int, *Error) {
	if v.Type != gjson.Number || v.Num != math.Trunc(v.Num) {
		return 0, wrongType(field, "an integer", v)
	}
	if v.Num < 1 {
		return 0, invalid("Invalid '"+field+"': integer below minimum value. Expected a value >= 1.", field, "integer_below_min_value")
	}
	if v.Num > float64(limit) {
		return 0, invalid("Invalid '"+field+"': integer above maximum value.", field, "integer_above_max_value")
	}
	return int(v.Num), nil
}
