package anthropic

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/router/llm"
)

// Version is the version of the API that is spoken:
// https://platform.claude.com/docs/en/api/versioning
const Version = "2023-06-01"

// DefaultMaxTokens is asked for where neither client nor config say more; every
// model gives as much.
const DefaultMaxTokens = 4096

// Path is where an endpoint is served, below a base URL that ends in /v1. There
// are no embeddings.
func Path(_, endpoint string, _ bool) (path, query string, ok bool) {
	if endpoint == llm.Chat || endpoint == llm.Completions {
		return "/messages", "", true
	}
	return "", "", false
}

// Header holds what each request carries.
func Header(key string) http.Header {
	h := http.Header{"Anthropic-Version": {Version}}
	if key != "" {
		h["X-Api-Key"] = []string{key}
	}
	return h
}

// Lacks says what of a chat the API does not take; "" when it takes all.
func Lacks(c *llm.ChatRequest) string {
	if c.N > 1 {
		return "n above 1"
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		if len(m.Calls) > 0 || m.Role == llm.ToolResult || len(blocks(m.Parts)) > 0 {
			return ""
		}
	}
	return "a conversation without any content"
}

type request struct {
	Model         string        `json:"model"`
	MaxTokens     int64         `json:"max_tokens"`
	System        []block       `json:"system,omitempty"`
	Tools         []tool        `json:"tools,omitempty"`
	ToolChoice    *toolChoice   `json:"tool_choice,omitempty"`
	Messages      []message     `json:"messages"`
	Temperature   json.Number   `json:"temperature,omitempty"`
	TopP          json.Number   `json:"top_p,omitempty"`
	StopSequences []string      `json:"stop_sequences,omitempty"`
	OutputConfig  *outputConfig `json:"output_config,omitempty"`
	Stream        bool          `json:"stream,omitempty"`
}

type tool struct {
	Name         string          `json:"name"`
	Description  string          `json:"description,omitempty"`
	InputSchema  json.RawMessage `json:"input_schema"`
	CacheControl *cacheControl   `json:"cache_control,omitempty"`
}

type toolChoice struct {
	Type            string `json:"type"`
	Name            string `json:"name,omitempty"`
	DisableParallel bool   `json:"disable_parallel_tool_use,omitempty"`
}

type outputConfig struct {
	Format outputFormat `json:"format"`
}

type outputFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

type cacheControl struct {
	Type string `json:"type"`
}

// stable marks the end of a part of the prompt that comes again:
// https://platform.claude.com/docs/en/build-with-claude/prompt-caching
var stable = &cacheControl{"ephemeral"}

// askForJSON is said where any JSON object will do.
const askForJSON = "Answer with a single JSON object and nothing else."

// Chat is the body of a chat. room is how many tokens the answer may have when
// the client does not say, 0 when that is not known.
func Chat(c *llm.ChatRequest, model string, room int64, stream bool) []byte {
	r := request{
		Model: model, MaxTokens: c.MaxTokens, Stream: stream,
		Temperature: cap1(c.Temperature), TopP: json.Number(c.TopP),
	}
	if r.MaxTokens == 0 {
		r.MaxTokens = room
	}
	if r.MaxTokens == 0 {
		r.MaxTokens = DefaultMaxTokens
	}
	if r.Temperature != "" {
		r.TopP = ""
	}
	for _, s := range c.Stop {
		if strings.TrimSpace(s) != "" {
			r.StopSequences = append(r.StopSequences, s)
		}
	}
	for _, t := range c.Tools {
		schema := json.RawMessage(t.Schema)
		if schema == nil {
			schema = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		r.Tools = append(r.Tools, tool{Name: t.Name, Description: t.Description, InputSchema: schema})
	}
	if len(r.Tools) > 0 {
		r.ToolChoice = choice(c)
	}
	r.System, r.Messages = conversation(c.Messages)
	switch c.Format.Kind {
	case llm.FormatSchema:
		r.OutputConfig = &outputConfig{outputFormat{"json_schema", json.RawMessage(c.Format.Schema)}}
	case llm.FormatJSON:
		r.System = append(r.System, block{Type: "text", Text: askForJSON})
	}
	r.mark()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(&r) // texts and valid JSON only: cannot fail
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}

// cap1 caps a number at 1.
func cap1(n llm.Number) json.Number {
	if f, err := strconv.ParseFloat(string(n), 64); err == nil && f > 1 {
		return "1"
	}
	return json.Number(n)
}

func choice(c *llm.ChatRequest) *toolChoice {
	t := &toolChoice{DisableParallel: c.OneCall}
	switch c.ToolChoice.Mode {
	case llm.ToolsNone:
		return &toolChoice{Type: "none"}
	case llm.ToolsRequired:
		t.Type = "any"
	case llm.NamedTool:
		t.Type, t.Name = "tool", c.ToolChoice.Name
	case llm.ToolsAuto:
		t.Type = "auto"
	case llm.ToolsUnset:
		if !c.OneCall {
			return nil
		}
		t.Type = "auto"
	}
	return t
}

// mark sets the marks for the prompt cache.
func (r *request) mark() {
	switch {
	case len(r.System) > 0:
		r.System[len(r.System)-1].CacheControl = stable
	case len(r.Tools) > 0:
		r.Tools[len(r.Tools)-1].CacheControl = stable
	}
	for i := len(r.Messages) - 2; i >= 0; i-- {
		if m := &r.Messages[i]; m.Role == assistant {
			m.Content[len(m.Content)-1].CacheControl = stable
			return
		}
	}
}
