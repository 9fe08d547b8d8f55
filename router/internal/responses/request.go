package responses

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
)

// asked is what of a request stands in the response again, as the client wrote it.
type asked map[string]json.RawMessage

// chat is a request as the chat API has it.
type chat struct {
	Model             jsonscan.Value  `json:"-"`
	Messages          []message       `json:"messages"`
	Tools             []any           `json:"tools,omitempty"`
	ToolChoice        any             `json:"tool_choice,omitempty"`
	ParallelToolCalls json.RawMessage `json:"parallel_tool_calls,omitempty"`
	ResponseFormat    any             `json:"response_format,omitempty"`
	MaxTokens         json.RawMessage `json:"max_completion_tokens,omitempty"`
	Temperature       json.RawMessage `json:"temperature,omitempty"`
	TopP              json.RawMessage `json:"top_p,omitempty"`
	ReasoningEffort   json.RawMessage `json:"reasoning_effort,omitempty"`
	Verbosity         json.RawMessage `json:"verbosity,omitempty"`
	User              json.RawMessage `json:"user,omitempty"`
	SafetyIdentifier  json.RawMessage `json:"safety_identifier,omitempty"`
	PromptCacheKey    json.RawMessage `json:"prompt_cache_key,omitempty"`
	ServiceTier       json.RawMessage `json:"service_tier,omitempty"`
	Stream            bool            `json:"stream,omitempty"`
	StreamOptions     *streamOptions  `json:"stream_options,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

var (
	errNotObject = errors.New("the body is not a JSON object")
	errNoInput   = errors.New("`input` must be a text or a list of items")
	errNoStore   = errors.New("`store`: responses are not stored here; leave it out or say false, and send the whole conversation as `input`")
)

// read puts a request into terms of the chat API.
func read(body []byte) (_ asked, out []byte, stream bool, err error) {
	root, ok := jsonscan.Parse(body)
	if !ok || root.Kind() != '{' {
		return nil, nil, false, errNotObject
	}
	a, c := asked{}, &chat{}
	var instructions, input jsonscan.Value
	for name, v := range root.Fields() {
		field := string(name)
		if _, twice := a[field]; twice {
			return nil, nil, false, fmt.Errorf("`%s` may stand once", shown(field))
		}
		a[field] = json.RawMessage(v)
		if v.IsNull() {
			continue
		}
		switch field {
		case "instructions":
			instructions = v
		case "input":
			input = v
		default:
			if err := c.field(field, v); err != nil {
				return nil, nil, false, err
			}
		}
	}
	if instructions != nil {
		if _, ok := instructions.Text(); !ok {
			return nil, nil, false, errors.New("`instructions` must be a text")
		}
		c.Messages = append(c.Messages, message{Role: "system", Content: json.RawMessage(instructions)})
	}
	if err := c.input(input); err != nil {
		return nil, nil, false, err
	}
	if c.Stream {
		c.StreamOptions = &streamOptions{true}
	}
	// The model goes in front, as it came, for the router to read.
	head := []byte(`{`)
	if c.Model != nil {
		head = append(append(append(head, `"model":`...), c.Model...), ',')
	}
	rest, err := json.Marshal(c)
	if err != nil {
		return nil, nil, false, errNotObject // cannot happen: all of it was parsed
	}
	return a, append(head, rest[1:]...), c.Stream, nil
}

// field reads what is neither instructions nor input, and is not null.
func (c *chat) field(name string, v jsonscan.Value) error {
	raw := json.RawMessage(v)
	switch name {
	case "model":
		c.Model = v
	case "stream":
		if k := v.Kind(); k != 't' && k != 'f' {
			return errors.New("`stream` must be true or false")
		}
		c.Stream = v.IsTrue()
	case "max_output_tokens":
		if n, ok := v.Int(); !ok || n < 1 {
			return errors.New("`max_output_tokens` must be a whole number of at least 1")
		}
		c.MaxTokens = raw
	case "temperature":
		c.Temperature = raw
	case "top_p":
		c.TopP = raw
	case "user":
		c.User = raw
	case "safety_identifier":
		c.SafetyIdentifier = raw
	case "prompt_cache_key":
		c.PromptCacheKey = raw
	case "service_tier":
		c.ServiceTier = raw
	case "parallel_tool_calls":
		c.ParallelToolCalls = raw
	case "reasoning":
		if effort := field(v, "effort"); !effort.IsNull() {
			c.ReasoningEffort = json.RawMessage(effort)
		}
	case "text":
		return c.text(v)
	case "tools":
		return c.tools(v)
	case "tool_choice":
		return c.toolChoice(v)
	case "metadata", "stream_options", "max_tool_calls": // the first is returned; the others are of what is not there
	default:
		return refused(name, v)
	}
	return nil
}

// refused says why a field cannot be served, where it asks for anything.
func refused(name string, v jsonscan.Value) error {
	switch name {
	case "previous_response_id", "conversation", "prompt":
		return fmt.Errorf("`%s`: nothing is stored here that it could refer to; send the whole conversation as `input`", name)
	case "background":
		if v.Kind() == 'f' {
			return nil
		}
		return errors.New("`background` is not supported; a chat completion can be deferred, with `Prefer: respond-async`")
	case "store":
		if v.Kind() == 'f' {
			return nil
		}
		return errNoStore
	case "truncation":
		if string(v) == `"disabled"` {
			return nil
		}
		return errors.New("`truncation` is not supported but as \"disabled\"")
	case "top_logprobs":
		if string(v) == "0" {
			return nil
		}
	case "include":
		for e := range v.Elements() {
			if string(e) != `"reasoning.encrypted_content"` { // which there is none of
				return fmt.Errorf("`include`: %s is not supported", shown(string(e)))
			}
		}
		return nil
	}
	return fmt.Errorf("`%s` is not supported", shown(name))
}

// text reads the form of the answer.
func (c *chat) text(v jsonscan.Value) error {
	if verbosity := field(v, "verbosity"); !verbosity.IsNull() {
		c.Verbosity = json.RawMessage(verbosity)
	}
	f := field(v, "format")
	kind, _ := field(f, "type").Text()
	switch {
	case f.IsNull() || kind == "text":
	case kind == "json_object":
		c.ResponseFormat = map[string]string{"type": kind}
	case kind == "json_schema":
		c.ResponseFormat = map[string]any{"type": kind, "json_schema": pick(f, "name", "description", "schema", "strict")}
	default:
		return errors.New("`text.format.type` must be text, json_object or json_schema")
	}
	return nil
}

func (c *chat) tools(v jsonscan.Value) error {
	if v.Kind() != '[' {
		return errors.New("`tools` must be a list")
	}
	for e := range v.Elements() {
		kind, _ := field(e, "type").Text()
		if kind != "function" {
			return fmt.Errorf("`tools[%d]`: only functions are supported, which the client itself calls; %q is not", len(c.Tools), shown(kind))
		}
		c.Tools = append(c.Tools, map[string]any{"type": kind, "function": pick(e, "name", "description", "parameters", "strict")})
	}
	return nil
}

func (c *chat) toolChoice(v jsonscan.Value) error {
	if word, ok := v.Text(); ok {
		c.ToolChoice = word
		return nil
	}
	kind, _ := field(v, "type").Text()
	if kind != "function" {
		return errors.New("`tool_choice` must be auto, none, required, or one function")
	}
	c.ToolChoice = map[string]any{"type": kind, "function": pick(v, "name")}
	return nil
}

// pick is an object of some fields of v, less those that are null.
func pick(v jsonscan.Value, names ...string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, name := range names {
		if f := field(v, name); !f.IsNull() {
			out[name] = json.RawMessage(f)
		}
	}
	return out
}

// field is the last value of a name in an object; absent where there is none.
func field(v jsonscan.Value, name string) (found jsonscan.Value) {
	for n, v := range v.Fields() {
		if string(n) == name {
			found = v
		}
	}
	return found
}

// shown is a text of the client's as errors repeat it.
func shown(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
