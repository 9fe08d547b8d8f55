package openai

import (
	"bytes"
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
	PromptTokens int // counted by the four-byte rule
	MaxTokens    int // max_completion_tokens, or else max_tokens; 0 when absent
	MaxField     string
	Stream       bool
	IncludeUsage bool   // stream_options.include_usage
	Tools        bool   // carries a non-empty tools array
	Tool         string // name of the first function in it
	ToolRequired bool   // tool_choice demands a call
	Inputs       []gjson.Result
	Dimensions   int  // 0 when absent
	Base64       bool // encoding_format base64

	content gjson.Result // messages, prompt or input
}

// Parse reads the body of a request to an endpoint (Chat, Completions or
// Embeddings). On error the fields read so far stay set.
func (r *Request) Parse(endpoint string, body []byte) *Error {
	if tooDeep(body) || !gjson.ValidBytes(body) {
		return badJSON()
	}
	doc := gjson.ParseBytes(body)
	if !doc.IsObject() {
		return badJSON()
	}
	var bad *Error
	doc.ForEach(func(key, v gjson.Result) bool {
		bad = r.field(endpoint, key.Str, v)
		return bad == nil
	})
	switch {
	case bad != nil:
		return bad
	case r.Model == "":
		return invalid("you must provide a model parameter", "", "")
	}
	switch endpoint {
	case Chat:
		return r.messages()
	case Completions:
		return r.prompt()
	}
	return r.input()
}

// field reads one top-level field. Fields a provider has no use for are skipped.
func (r *Request) field(endpoint, key string, v gjson.Result) *Error {
	switch key {
	case "model":
		if v.Type != gjson.String {
			return wrongType(key, "a string", v)
		}
		r.Model = v.Str
	case "messages":
		if endpoint == Chat {
			r.content = v
		}
	case "prompt":
		if endpoint == Completions {
			r.content = v
		}
	case "input":
		if endpoint == Embeddings {
			r.content = v
		}
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

// messages counts the string contents of a chat.
func (r *Request) messages() *Error {
	if !r.content.Exists() {
		return missing("messages")
	}
	if !r.content.IsArray() {
		return wrongType("messages", "an array of objects", r.content)
	}
	var bad *Error
	n := 0
	r.content.ForEach(func(_, m gjson.Result) bool {
		n++
		if !m.IsObject() {
			bad = wrongType("messages", "an array of objects", m)
			return false
		}
		m.ForEach(func(k, v gjson.Result) bool {
			if k.Str == "content" {
				r.PromptTokens += contentTokens(v)
			}
			return true
		})
		return true
	})
	if bad == nil && n == 0 {
		return emptyArray("messages")
	}
	return bad
}

// contentTokens counts a content: a string, or parts of which the text ones count.
func contentTokens(v gjson.Result) int {
	if v.Type == gjson.String {
		return Tokens(len(v.Str))
	}
	n := 0
	if v.IsArray() {
		v.ForEach(func(_, part gjson.Result) bool {
			n += Tokens(len(part.Get("text").Str))
			return true
		})
	}
	return n
}

// prompt counts the prompt of a text completion; an absent one is the document
// separator, one token.
func (r *Request) prompt() *Error {
	if !r.content.Exists() || r.content.Type == gjson.Null {
		r.PromptTokens = 1
		return nil
	}
	if err := r.texts("prompt"); err != nil {
		return err
	}
	r.Inputs = nil
	return nil
}

// input collects and counts the inputs of an embeddings request.
func (r *Request) input() *Error {
	if !r.content.Exists() {
		return missing("input")
	}
	if err := r.texts("input"); err != nil {
		return err
	}
	switch n := len(r.Inputs); {
	case n == 0:
		return emptyArray("input")
	case n > MaxInputs:
		return invalid("Invalid 'input': array too long. Expected an array with maximum length 2048.", "input", "array_above_max_length")
	}
	return nil
}

// texts reads a string, an array of strings, an array of tokens or an array of
// token arrays.
func (r *Request) texts(field string) *Error {
	c := r.content
	if c.Type == gjson.String {
		r.PromptTokens = Tokens(len(c.Str))
		r.Inputs = []gjson.Result{c}
		return nil
	}
	if !c.IsArray() {
		return wrongType(field, "a string or an array", c)
	}
	var bad *Error
	tokens := 0
	c.ForEach(func(_, v gjson.Result) bool {
		switch {
		case v.Type == gjson.Number:
			tokens++
			return true
		case v.Type == gjson.String:
			r.PromptTokens += Tokens(len(v.Str))
		case v.IsArray():
			v.ForEach(func(_, _ gjson.Result) bool { r.PromptTokens++; return true })
		default:
			bad = wrongType(field, "a string or an array", v)
			return false
		}
		r.Inputs = append(r.Inputs, v)
		return true
	})
	switch {
	case bad != nil:
		return bad
	case tokens > 0 && len(r.Inputs) > 0:
		return wrongType(field, "a string or an array of one type", c)
	case tokens > 0:
		r.PromptTokens, r.Inputs = tokens, []gjson.Result{c}
	}
	return nil
}

// Tokens returns the tokens of a text of n bytes.
func Tokens(n int) int { return (n + 3) / 4 }

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

// tooDeep reports a body nested beyond maxNesting, which would take the
// recursive validator through the stack. Counting brackets is nearly free and
// settles all ordinary bodies.
func tooDeep(body []byte) bool {
	if bytes.Count(body, []byte{'['})+bytes.Count(body, []byte{'{'}) <= maxNesting {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxNesting {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
