package openai

import (
	"fmt"
	"strings"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

var roles = map[string]llm.Role{
	"system": llm.System, "developer": llm.System, "user": llm.User, "assistant": llm.Assistant, "tool": llm.ToolResult,
}

func readMessages(c *llm.ChatRequest, v jsonscan.Value) error {
	if v.Kind() != '[' {
		return fmt.Errorf("`messages` must be a list")
	}
	c.Messages = nil
	for e := range v.Elements() {
		at := fmt.Sprintf("messages[%d]", len(c.Messages))
		m, err := readMessage(c, e, at)
		if err != nil {
			return err
		}
		c.Messages = append(c.Messages, m)
	}
	if len(c.Messages) == 0 {
		return fmt.Errorf("`messages` must not be empty")
	}
	return nil
}

func readMessage(c *llm.ChatRequest, v jsonscan.Value, at string) (llm.Message, error) {
	var m llm.Message
	role, _ := field(v, "role").Text()
	if m.Role = roles[role]; m.Role == 0 {
		return m, fmt.Errorf("`%s.role` must be system, developer, user, assistant or tool", at)
	}
	for name, v := range v.Fields() {
		if v.IsNull() {
			continue
		}
		var err error
		switch string(name) {
		case "content":
			m.Parts, err = readContent(c, v, at+".content")
		case "refusal":
			if s, ok := v.Text(); ok && s != "" {
				m.Parts = append(m.Parts, llm.Part{Text: s})
			}
		case "tool_calls":
			m.Calls, err = readCalls(c, v, at+".tool_calls")
		case "tool_call_id":
			m.CallID, _ = v.Text()
		case "function_call", "audio":
			c.Beyond = append(c.Beyond, string(name))
		}
		if err != nil {
			return m, err
		}
	}
	if m.Role == llm.ToolResult && m.CallID == "" {
		return m, fmt.Errorf("`%s.tool_call_id` is missing", at)
	}
	return m, nil
}

func readContent(c *llm.ChatRequest, v jsonscan.Value, at string) ([]llm.Part, error) {
	if s, ok := v.Text(); ok {
		return []llm.Part{{Text: s}}, nil
	}
	if v.Kind() != '[' {
		return nil, fmt.Errorf("`%s` must be a text or a list of parts", at)
	}
	var parts []llm.Part
	for e := range v.Elements() {
		kind, _ := field(e, "type").Text()
		switch kind {
		case "text", "refusal":
			s, ok := field(e, kind).Text()
			if !ok {
				return nil, fmt.Errorf("`%s` holds a part of type %s without its text", at, kind)
			}
			parts = append(parts, llm.Part{Text: s})
		case "image_url":
			url, ok := field(field(e, "image_url"), "url").Text()
			image := readImage(url)
			if !ok || image == nil {
				return nil, fmt.Errorf("`%s` holds an image without a usable url", at)
			}
			parts = append(parts, llm.Part{Image: image})
		default:
			c.Beyond = append(c.Beyond, partName(kind))
		}
	}
	return parts, nil
}

// partName is the name of a kind of part as errors show it.
func partName(kind string) string {
	switch kind {
	case "input_audio", "file":
		return "a part of type " + kind
	}
	return "a part of unknown type"
}

// readImage reads the address of an image, or the image out of a data URL
// (RFC 2397); nil for what is neither.
func readImage(url string) *llm.Image {
	rest, data := strings.CutPrefix(url, "data:")
	if !data {
		if strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://") {
			return &llm.Image{URL: url}
		}
		return nil
	}
	head, body, ok := strings.Cut(rest, ",")
	kind, base64 := strings.CutSuffix(head, ";base64")
	if !ok || !base64 || !strings.HasPrefix(kind, "image/") || body == "" {
		return nil
	}
	kind, _, _ = strings.Cut(kind, ";")
	return &llm.Image{Type: kind, Data: body}
}

func readCalls(c *llm.ChatRequest, v jsonscan.Value, at string) ([]llm.Call, error) {
	var calls []llm.Call
	for e := range v.Elements() {
		kind, given := field(e, "type").Text()
		if given && kind != "function" {
			c.Beyond = append(c.Beyond, "tools that are not functions")
			continue
		}
		var call llm.Call
		f := field(e, "function")
		call.ID, _ = field(e, "id").Text()
		call.Name, _ = field(f, "name").Text()
		call.Arguments, _ = field(f, "arguments").Text()
		if call.ID == "" || call.Name == "" {
			return nil, fmt.Errorf("`%s` holds a call without id or name", at)
		}
		calls = append(calls, call)
	}
	return calls, nil
}

func readTools(c *llm.ChatRequest, v jsonscan.Value) error {
	for e := range v.Elements() {
		if kind, _ := field(e, "type").Text(); kind != "function" {
			c.Beyond = append(c.Beyond, "tools that are not functions")
			continue
		}
		f := field(e, "function")
		t := llm.Tool{Schema: llm.JSON(field(f, "parameters")), Strict: field(f, "strict").IsTrue()}
		if t.Name, _ = field(f, "name").Text(); t.Name == "" {
			return fmt.Errorf("`tools` holds a function without a name")
		}
		t.Description, _ = field(f, "description").Text()
		if k := jsonscan.Value(t.Schema).Kind(); k != '{' {
			if k != 0 && k != 'n' {
				return fmt.Errorf("`tools` holds a function whose parameters are no object")
			}
			t.Schema = nil
		}
		c.Tools = append(c.Tools, t)
	}
	return nil
}

func readToolChoice(c *llm.ChatRequest, v jsonscan.Value) error {
	if s, ok := v.Text(); ok {
		switch s {
		case "auto":
			c.ToolChoice.Mode = llm.ToolsAuto
		case "none":
			c.ToolChoice.Mode = llm.ToolsNone
		case "required":
			c.ToolChoice.Mode = llm.ToolsRequired
		default:
			return fmt.Errorf("`tool_choice` must be auto, none, required or an object")
		}
		return nil
	}
	if kind, _ := field(v, "type").Text(); kind != "function" {
		c.Beyond = append(c.Beyond, "this kind of tool_choice")
		return nil
	}
	name, _ := field(field(v, "function"), "name").Text()
	if name == "" {
		return fmt.Errorf("`tool_choice.function.name` is missing")
	}
	c.ToolChoice = llm.ToolChoice{Mode: llm.NamedTool, Name: name}
	return nil
}
