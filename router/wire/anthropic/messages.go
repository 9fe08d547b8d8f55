package anthropic

import (
	"encoding/json"
	"strings"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

const (
	user      = "user"
	assistant = "assistant"
)

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

// block is a content block: text, image, tool_use or tool_result.
type block struct {
	Type         string          `json:"type"`
	Text         string          `json:"text,omitempty"`
	Source       *source         `json:"source,omitempty"`
	ID           string          `json:"id,omitempty"`
	Name         string          `json:"name,omitempty"`
	Input        json.RawMessage `json:"input,omitempty"`
	ToolUseID    string          `json:"tool_use_id,omitempty"`
	Content      []block         `json:"content,omitempty"`
	CacheControl *cacheControl   `json:"cache_control,omitempty"`
}

type source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type,omitempty"`
	Data      string `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`
}

// conversation parts the system prompts from the turns. No message is without
// content.
func conversation(in []llm.Message) (system []block, turns []message) {
	for i := range in {
		m := &in[i]
		switch m.Role {
		case llm.System:
			system = append(system, blocks(m.Parts)...)
		case llm.User:
			turns = say(turns, user, blocks(m.Parts))
		case llm.ToolResult:
			turns = say(turns, user, []block{{Type: "tool_result", ToolUseID: fitID(m.CallID), Content: blocks(m.Parts)}})
		case llm.Assistant:
			content := blocks(m.Parts)
			for _, c := range m.Calls {
				content = append(content, block{Type: "tool_use", ID: fitID(c.ID), Name: c.Name, Input: input(c.Arguments)})
			}
			turns = say(turns, assistant, content)
		}
	}
	if n := len(system); len(turns) == 0 && n > 0 {
		system, turns = system[:n-1], say(turns, user, system[n-1:])
	}
	if n := len(turns); n > 0 && turns[n-1].Role == assistant {
		turns[n-1].Content = trimEnd(turns[n-1].Content)
		if len(turns[n-1].Content) == 0 {
			turns = turns[:n-1]
		}
	}
	return system, turns
}

// say adds to a conversation, to its last message if that is from the same side.
// The results of tools go in front of what else the user says there.
func say(turns []message, role string, content []block) []message {
	n := len(turns)
	switch {
	case len(content) == 0:
		return turns
	case n == 0 || turns[n-1].Role != role:
		return append(turns, message{Role: role, Content: content})
	}
	last := &turns[n-1]
	if content[0].Type == "tool_result" {
		at := 0
		for at < len(last.Content) && last.Content[at].Type == "tool_result" {
			at++
		}
		content = append(content, last.Content[at:]...)
		last.Content = append(last.Content[:at:at], content...)
		return turns
	}
	last.Content = append(last.Content, content...)
	return turns
}

// blocks are the parts as content blocks; empty texts are refused by the API and
// say nothing.
func blocks(parts []llm.Part) []block {
	var out []block
	for _, p := range parts {
		switch {
		case p.Image != nil && p.Image.URL != "":
			out = append(out, block{Type: "image", Source: &source{Type: "url", URL: p.Image.URL}})
		case p.Image != nil:
			out = append(out, block{Type: "image", Source: &source{Type: "base64", MediaType: p.Image.Type, Data: p.Image.Data}})
		case p.Text != "":
			out = append(out, block{Type: "text", Text: p.Text})
		}
	}
	return out
}

// trimEnd takes white space off the end of a last turn that is the assistant's,
// which the API refuses.
func trimEnd(content []block) []block {
	last := &content[len(content)-1]
	if last.Type != "text" {
		return content
	}
	if last.Text = strings.TrimRight(last.Text, " \t\r\n"); last.Text == "" {
		return content[:len(content)-1]
	}
	return content
}

// input is the arguments of a call as an object, which the API insists on; what
// a model wrote that is none becomes a field of one.
func input(arguments string) json.RawMessage {
	if strings.TrimSpace(arguments) == "" {
		return json.RawMessage("{}")
	}
	if v, ok := jsonscan.Parse([]byte(arguments)); ok && v.Kind() == '{' {
		return json.RawMessage(v)
	}
	wrapped, _ := json.Marshal(map[string]string{"arguments": arguments}) // a text: cannot fail
	return wrapped
}

// fitID is an id with nothing but the letters the API takes.
func fitID(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, id)
}
