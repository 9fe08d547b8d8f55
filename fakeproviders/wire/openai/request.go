package openai

import (
	"math"

	"github.com/tidwall/gjson"
)

// The endpoints, by the words used in scenarios and journals.
const (
	Chat        = "chat"
	Completions = "completions"
	Embeddings  = "embeddings"
	Models      = "models"
)

// Limits on requests.
const (
	MaxInputs     = 2048 // inputs of one embeddings request
	MaxDimensions = 3072 // of one embedding asked for by `dimensions`
	maxNesting    = 512  // levels of arrays and objects in a body
	maxTokenField = 1 << 30
)

// Request is what a provider needs to know of a request body. The zero value is
// an empty request.
type Request struct {
	Model        string
	PromptTokens int    // counted by the four-byte rule
	MaxTokens    int    // max_completion_tokens, or else max_tokens; 0 when absent
	MaxField     string // the field MaxTokens is from
	Stream       bool
	IncludeUsage bool     // stream_options.include_usage
	Tools        bool     // carries a non-empty tools array
	Tool         string   // name of the first function in it
	ToolRequired bool     // tool_choice demands a call
	Inputs       []uint64 // a hash of each input of an embeddings request
	Longest      int      // tokens of the longest of Inputs
	Dimensions   int      // 0 when absent
	Base64       bool     // encoding_format base64

	read bool // messages, prompt or input was there
}

// Parse reads the body of a request to an endpoint (Chat, Completions or
// Embeddings). On error the fields read so far stay set.
func (r *Request) Parse(endpoint string, body []byte) *Error {
	var first *Error
	s := scanner{b: body}
	s.open('{')
	for n := 0; s.more('}', n); n++ {
		key := s.key()
		var bad *Error
		switch {
		case !known(key):
			s.skip()
		case !content(key):
			if raw := s.skip(); raw != nil {
				bad = r.field(endpoint, string(key.raw), gjson.ParseBytes(raw))
			}
		case endpoint == Chat && key.is("messages"):
			bad = r.messages(&s)
		case endpoint == Completions && key.is("prompt"), endpoint == Embeddings && key.is("input"):
			bad = r.texts(string(key.raw), &s)
		default:
			s.skip()
		}
		if first == nil {
			first = bad
		}
	}
	switch {
	case !s.end():
		return badJSON()
	case r.Model == "" && (first == nil || first.Param != "model"):
		return invalid("you must provide a model parameter", "", "")
	case first != nil:
		return first
	}
	return r.complete(endpoint)
}

// complete checks that what the endpoint needs was there.
func (r *Request) complete(endpoint string) *Error {
	switch {
	case endpoint == Completions:
		if !r.read {
			// Without a prompt the model begins at a document separator, one token.
			r.PromptTokens = 1
		}
		r.Inputs = nil
	case endpoint == Chat && !r.read:
		return missing("messages")
	case !r.read:
		return missing("input")
	case endpoint == Embeddings && len(r.Inputs) == 0:
		return emptyArray("input")
	case len(r.Inputs) > MaxInputs:
		return invalid("Invalid 'input': array too long. Expected an array with maximum length 2048.", "input", "array_above_max_length")
	}
	return nil
}

// known tells whether a top-level field means anything to a provider. An
// escaped key would be one of its names in disguise, which nobody sends.
func known(key text) bool {
	switch string(key.raw) {
	case "model", "messages", "prompt", "input", "stream", "stream_options", "max_tokens", "max_completion_tokens",
		"tools", "tool_choice", "dimensions", "encoding_format":
		return true
	}
	return false
}

// content tells whether a field is the long one, which is read in place.
func content(key text) bool {
	switch string(key.raw) {
	case "messages", "prompt", "input":
		return true
	}
	return false
}

// field reads one top-level field. Fields a provider has no use for are skipped.
func (r *Request) field(endpoint, key string, v gjson.Result) *Error {
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
		r.Stream = v.Type == gjson.True && endpoint != Embeddings
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

func (r *Request) encoding(v gjson.Result) *Error {
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
