package gemini

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

const (
	user  = "user"
	model = "model"
)

type content struct {
	Role  string `json:"role,omitempty"`
	Parts []part `json:"parts"`
}

type part struct {
	Text             string            `json:"text,omitempty"`
	InlineData       *blob             `json:"inlineData,omitempty"`
	FileData         *file             `json:"fileData,omitempty"`
	FunctionCall     *functionCall     `json:"functionCall,omitempty"`
	FunctionResponse *functionResponse `json:"functionResponse,omitempty"`
	ThoughtSignature string            `json:"thoughtSignature,omitempty"`
}

type blob struct {
	MIMEType string `json:"mimeType"`
	Data     string `json:"data"`
}

type file struct {
	MIMEType string `json:"mimeType,omitempty"`
	FileURI  string `json:"fileUri"`
}

type functionCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

type functionResponse struct {
	ID       string          `json:"id,omitempty"`
	Name     string          `json:"name"`
	Response json.RawMessage `json:"response"`
}

// noSignature stands where a signature is demanded and there is none.
const noSignature = "skip_thought_signature_validator"

// signed reports whether a model demands signatures: all from Gemini 3 on.
func signed(model string) bool {
	return strings.HasPrefix(model, "gemini-") && !strings.HasPrefix(model, "gemini-1") && !strings.HasPrefix(model, "gemini-2")
}

// Lacks says what of a chat the API does not take; "" when it takes all.
func Lacks(c *llm.ChatRequest) string {
	said := false
	for i := range c.Messages {
		m := &c.Messages[i]
		said = said || len(m.Calls) > 0 || m.Role == llm.ToolResult || len(parts(m.Parts)) > 0
		if m.Role != llm.ToolResult {
			continue
		}
		for _, p := range m.Parts {
			if p.Image != nil {
				return "an image as the result of a tool"
			}
		}
	}
	if !said {
		return "a conversation without any content"
	}
	return ""
}

// conversation parts the system prompts from the turns.
func conversation(in []llm.Message, sign bool) (system *content, turns []content) {
	names := map[string]string{} // of functions, by the id of their call
	var prompts []part
	for i := range in {
		m := &in[i]
		p := parts(m.Parts)
		switch m.Role {
		case llm.System:
			prompts = append(prompts, p...)
			continue
		case llm.ToolResult:
			turns = result(turns, m, names)
			continue
		case llm.Assistant:
			for j, c := range m.Calls {
				names[c.ID] = c.Name
				call := part{FunctionCall: &functionCall{c.ID, c.Name, object(c.Arguments, "arguments")}}
				if sign && j == 0 { // of parallel calls the first carries it
					call.ThoughtSignature = noSignature
				}
				p = append(p, call)
			}
		}
		if len(p) > 0 {
			turns = append(turns, content{role(m.Role), p})
		}
	}
	if n := len(prompts); len(turns) == 0 && n > 0 {
		turns, prompts = []content{{user, prompts[n-1:]}}, prompts[:n-1]
	}
	if len(prompts) > 0 {
		system = &content{Parts: prompts}
	}
	return system, turns
}

func role(r llm.Role) string {
	if r == llm.Assistant {
		return model
	}
	return user
}

// result adds the result of a tool, to the turn of the one before if there is one.
func result(turns []content, m *llm.Message, names map[string]string) []content {
	name := names[m.CallID]
	if name == "" {
		name = m.CallID // of a call that is not in the conversation: the API will say so
	}
	var text strings.Builder
	for _, p := range m.Parts {
		text.WriteString(p.Text)
	}
	p := part{FunctionResponse: &functionResponse{m.CallID, name, object(text.String(), "output")}}
	if n := len(turns); n > 0 && turns[n-1].Parts[0].FunctionResponse != nil {
		turns[n-1].Parts = append(turns[n-1].Parts, p)
		return turns
	}
	return append(turns, content{user, []part{p}})
}

// object is a text as the JSON object it holds, or as the field of one.
func object(text, field string) json.RawMessage {
	if v, ok := jsonscan.Parse([]byte(text)); ok && v.Kind() == '{' {
		return json.RawMessage(v)
	}
	if field == "arguments" && strings.TrimSpace(text) == "" {
		return json.RawMessage("{}")
	}
	return encode(map[string]string{field: text})
}

// parts leaves out empty texts, which say nothing.
func parts(in []llm.Part) []part {
	var out []part
	for _, p := range in {
		switch {
		case p.Image != nil && p.Image.URL != "":
			out = append(out, part{FileData: &file{imageType(p.Image.URL), p.Image.URL}})
		case p.Image != nil:
			out = append(out, part{InlineData: &blob{p.Image.Type, p.Image.Data}})
		case p.Text != "":
			out = append(out, part{Text: p.Text})
		}
	}
	return out
}

// imageType is the type of an image by the end of its address, "" when that
// does not tell. Public addresses are fetched by the vendor:
// https://ai.google.dev/gemini-api/docs/file-input-methods
func imageType(url string) string {
	url, _, _ = strings.Cut(url, "?")
	switch strings.ToLower(path.Ext(url)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".gif":
		return "image/gif"
	}
	return ""
}
