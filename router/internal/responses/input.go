package responses

import (
	"encoding/json"
	"fmt"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
)

// message is one of a chat.
type message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"` // nil is written as null
	Calls   []call          `json:"tool_calls,omitempty"`
	CallID  json.RawMessage `json:"tool_call_id,omitempty"`
}

type call struct {
	ID       json.RawMessage            `json:"id"`
	Type     string                     `json:"type"`
	Function map[string]json.RawMessage `json:"function"`
}

// input reads what the model is to answer.
func (c *chat) input(v jsonscan.Value) error {
	if _, ok := v.Text(); ok {
		c.Messages = append(c.Messages, message{Role: "user", Content: json.RawMessage(v)})
		return nil
	}
	if v.Kind() != '[' {
		return errNoInput
	}
	n := 0
	for e := range v.Elements() {
		if err := c.item(e, fmt.Sprintf("input[%d]", n)); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return errNoInput
	}
	return nil
}

// item reads one item of the input, which stands at a path.
func (c *chat) item(v jsonscan.Value, at string) error {
	kind, typed := field(v, "type").Text()
	switch {
	case kind == "message" || !typed && !field(v, "role").IsNull():
		return c.message(v, at)
	case kind == "function_call":
		return c.called(v, at)
	case kind == "function_call_output":
		return c.returned(v, at)
	case kind == "reasoning":
		return nil
	case kind == "item_reference":
		return fmt.Errorf("`%s`: items are not stored here; send what it refers to (clients that refer to items by themselves stop with `store` false)", at)
	}
	return fmt.Errorf("`%s`: items of type %q are not supported", at, shown(kind))
}

func (c *chat) message(v jsonscan.Value, at string) error {
	role, _ := field(v, "role").Text()
	switch role {
	case "user", "assistant", "system", "developer":
	default:
		return fmt.Errorf("`%s.role` must be user, assistant, system or developer", at)
	}
	content := field(v, "content")
	m := message{Role: role, Content: json.RawMessage(content)}
	if _, text := content.Text(); !text {
		parts, err := readParts(content, at+".content")
		if err != nil {
			return err
		}
		if m.Content, err = json.Marshal(parts); err != nil {
			return errNotObject // cannot happen: all of it was parsed
		}
	}
	c.Messages = append(c.Messages, m)
	return nil
}

// readParts reads the pieces of a message.
func readParts(v jsonscan.Value, at string) ([]any, error) {
	if v.Kind() != '[' {
		return nil, fmt.Errorf("`%s` must be a text or a list of parts", at)
	}
	parts := []any{}
	for e := range v.Elements() {
		kind, _ := field(e, "type").Text()
		text := ""
		switch kind {
		case "input_text", "output_text", "text":
			text = "text"
		case "refusal":
			text = "refusal"
		case "input_image":
			url := field(e, "image_url")
			if _, ok := url.Text(); !ok {
				return nil, fmt.Errorf("`%s` holds an image without `image_url`; files are not stored here", at)
			}
			image := map[string]json.RawMessage{"url": json.RawMessage(url)}
			if detail := field(e, "detail"); !detail.IsNull() {
				image["detail"] = json.RawMessage(detail)
			}
			parts = append(parts, map[string]any{"type": "image_url", "image_url": image})
			continue
		default:
			return nil, fmt.Errorf("`%s`: parts of type %q are not supported", at, shown(kind))
		}
		s, ok := field(e, text).Text()
		if !ok {
			return nil, fmt.Errorf("`%s` holds a part of type %s without its text", at, kind)
		}
		parts = append(parts, map[string]string{"type": text, text: s})
	}
	return parts, nil
}

// called reads a call that the model made. Calls in a row are of one message, and of
// the text before them.
func (c *chat) called(v jsonscan.Value, at string) error {
	id, name, arguments := field(v, "call_id"), field(v, "name"), field(v, "arguments")
	for i, v := range [...]jsonscan.Value{id, name, arguments} {
		if _, ok := v.Text(); !ok {
			return fmt.Errorf("`%s.%s` must be a text", at, [...]string{"call_id", "name", "arguments"}[i])
		}
	}
	one := call{json.RawMessage(id), "function", map[string]json.RawMessage{"name": json.RawMessage(name), "arguments": json.RawMessage(arguments)}}
	if n := len(c.Messages); n > 0 && c.Messages[n-1].Role == "assistant" {
		c.Messages[n-1].Calls = append(c.Messages[n-1].Calls, one)
		return nil
	}
	c.Messages = append(c.Messages, message{Role: "assistant", Calls: []call{one}})
	return nil
}

// returned reads what came of a call.
func (c *chat) returned(v jsonscan.Value, at string) error {
	id, output := field(v, "call_id"), field(v, "output")
	if _, ok := id.Text(); !ok {
		return fmt.Errorf("`%s.call_id` must be a text", at)
	}
	m := message{Role: "tool", Content: json.RawMessage(output), CallID: json.RawMessage(id)}
	if _, ok := output.Text(); !ok {
		parts, err := readParts(output, at+".output")
		if err != nil {
			return err
		}
		if m.Content, err = json.Marshal(parts); err != nil {
			return errNotObject // cannot happen: all of it was parsed
		}
	}
	c.Messages = append(c.Messages, m)
	return nil
}
