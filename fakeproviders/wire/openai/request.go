package openai

import (
	"cmp"
	"math"
	"strconv"
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
	minResponse   = 16 // the smallest max_output_tokens
)

// request is a body while it is read.
type request struct {
	*wire.Request
	endpoint string
	read     bool   // messages, prompt or input was there
	choice   string // the tool that tool_choice names
	none     bool   // tool_choice forbids calls

	// The long fields of the Responses API, which are read last: a model reads
	// the instructions before the input, in whichever order they are sent.
	instructions, input []byte
}

// Parse reads the body of a request to an endpoint other than Models. On error
// the fields read so far stay set.
func Parse(endpoint string, body []byte, into *wire.Request) *Error {
	r := request{Request: into, endpoint: endpoint}
	return r.parse(body)
}

func (r *request) parse(body []byte) *Error {
	endpoint := r.endpoint
	// The usage of a response always comes.
	r.IncludeUsage = endpoint == wire.Responses
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
		case endpoint == wire.Responses && key.Is("instructions"):
			r.instructions = s.Skip()
		case endpoint == wire.Responses && key.Is("input"):
			r.input = s.Skip()
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
	}
	if endpoint == wire.Responses {
		first = cmp.Or(first, r.conversation())
	}
	if first != nil {
		return first
	}
	return r.complete(endpoint)
}

// complete checks that what the endpoint needs was there.
func (r *request) complete(endpoint string) *Error {
	if r.none {
		r.Tool = ""
	} else if r.choice != "" {
		r.Tool = r.choice
	}
	switch {
	case endpoint == wire.Completions:
		if !r.read {
			// Without a prompt the model begins at a document separator, one token.
			r.Prompt.Tokens = 1
		}
		r.Inputs = nil
	case endpoint == wire.Chat && !r.read:
		return missing("messages")
	case endpoint == wire.Responses && !r.read:
		return noInput()
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
	case "model", "messages", "prompt", "input", "instructions", "stream", "stream_options",
		"max_tokens", "max_completion_tokens", "max_output_tokens",
		"tools", "tool_choice", "dimensions", "encoding_format", "user", "safety_identifier":
		return true
	}
	return false
}

// content tells whether a field is the long one, which is read in place.
func content(key scan.Text) bool {
	switch string(key.Raw) {
	case "messages", "prompt", "input", "instructions":
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
		r.IncludeUsage = endpoint == wire.Responses || v.Get("include_usage").Type == gjson.True
	case "max_tokens", "max_completion_tokens":
		if v.Type == gjson.Null || (key == "max_tokens" && r.MaxField == "max_completion_tokens") {
			return nil
		}
		return r.limit(endpoint != wire.Responses, key, v, 1)
	case "max_output_tokens":
		if v.Type == gjson.Null {
			return nil
		}
		return r.limit(endpoint == wire.Responses, key, v, minResponse)
	case "tools":
		r.tools(v)
	case "tool_choice":
		r.chooseTool(v)
	case "dimensions":
		if v.Type == gjson.Null {
			return nil
		}
		n, err := whole(key, v, 1, MaxDimensions)
		r.Dimensions = n
		return err
	case "encoding_format":
		return r.encoding(v)
	}
	return nil
}

// limit reads a limit on the tokens of the answer. One that belongs to another
// endpoint is an unknown field.
func (r *request) limit(mine bool, field string, v gjson.Result, least int) *Error {
	if !mine {
		return nil
	}
	n, err := whole(field, v, least, maxTokenField)
	r.MaxTokens, r.MaxField = n, field
	return err
}

// tools reads the tools: functions, which the Responses API writes flat, and
// tools of the service itself, which are counted and never called.
func (r *request) tools(v gjson.Result) {
	r.Tools, r.Tool = v.IsArray() && v.Get("0").Exists(), ""
	if !v.IsArray() {
		return
	}
	v.ForEach(func(_, tool gjson.Result) bool {
		r.Tool = tool.Get("function.name").Str
		if r.endpoint == wire.Responses && tool.Get("type").Str == "function" {
			r.Tool = tool.Get("name").Str
		}
		return r.Tool == ""
	})
}

// chooseTool reads "none", "auto", "required", or an object that names one tool
// or allows some.
func (r *request) chooseTool(v gjson.Result) {
	r.none = v.Str == "none"
	r.ToolRequired = v.Str == "required" || v.IsObject() && v.Get("mode").Str != "auto" && v.Get("allowed_tools.mode").Str != "auto"
	r.choice = cmp.Or(v.Get("function.name").Str, v.Get("name").Str)
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

// whole reads a whole number from least to limit.
func whole(field string, v gjson.Result, least, limit int) (int, *Error) {
	if v.Type != gjson.Number || v.Num != math.Trunc(v.Num) {
		return 0, wrongType(field, "an integer", v)
	}
	if v.Num < float64(least) {
		return 0, invalid("Invalid '"+field+"': integer below minimum value. Expected a value >= "+strconv.Itoa(least)+
			", but got "+v.Raw+" instead.", field, "integer_below_min_value")
	}
	if v.Num > float64(limit) {
		return 0, invalid("Invalid '"+field+"': integer above maximum value.", field, "integer_above_max_value")
	}
	return int(v.Num), nil
}
