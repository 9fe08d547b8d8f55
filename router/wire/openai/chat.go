package openai

import (
	"fmt"
	"strings"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// Chat is the request in normal form, of the chat and completions endpoints.
// The error says, for the client, what cannot be read. The first call reads
// and keeps it, so that call must not be concurrent with another.
func (r *Request) Chat() (*llm.ChatRequest, error) {
	if r.chat == nil && r.chatErr == nil {
		c := &llm.ChatRequest{N: 1}
		if r.chatErr = readChat(c, r.root, r.Endpoint); r.chatErr == nil {
			r.chat = c
		}
	}
	return r.chat, r.chatErr
}

// readChat reads every field that the normal form knows, and notes those that
// ask for what it has no place for. Others are hints and left out.
func readChat(c *llm.ChatRequest, root jsonscan.Value, endpoint string) error {
	prompt := "messages"
	if endpoint == llm.Completions {
		prompt = "prompt"
	}
	found := false
	for name, v := range root.Fields() {
		if v.IsNull() {
			continue
		}
		var err error
		switch string(name) {
		case prompt:
			found = true
			if prompt == "prompt" {
				readPrompt(c, v)
			} else {
				err = readMessages(c, v)
			}
		case "tools":
			err = readTools(c, v)
		case "tool_choice":
			err = readToolChoice(c, v)
		case "parallel_tool_calls":
			c.OneCall = v.Kind() == 'f'
		case "response_format":
			err = readFormat(c, v)
		default:
			err = readSampling(c, string(name), v)
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("`%s` is missing", prompt)
	}
	return nil
}

// readSampling reads the scalar fields.
func readSampling(c *llm.ChatRequest, name string, v jsonscan.Value) error {
	switch name {
	case "temperature":
		return number(&c.Temperature, name, v)
	case "top_p":
		return number(&c.TopP, name, v)
	case "seed":
		return number(&c.Seed, name, v)
	case "max_completion_tokens":
		return whole(&c.MaxTokens, name, v)
	case "max_tokens": // the old name of the same
		if c.MaxTokens == 0 {
			return whole(&c.MaxTokens, name, v)
		}
	case "n":
		return whole(&c.N, name, v)
	case "stop":
		return texts(&c.Stop, name, v)
	case "best_of":
		if n, _ := v.Int(); n != 1 {
			c.Beyond = append(c.Beyond, name)
		}
	case "modalities":
		if strings.Trim(string(v), "[] \t\r\n") != `"text"` {
			c.Beyond = append(c.Beyond, name)
		}
	case "logprobs", "echo", "suffix", "logit_bias", "functions", "audio", "web_search_options":
		if v.Kind() != 'f' && len(v) > 2 || v.Kind() >= '0' && v.Kind() <= '9' { // not false, {} or ""
			c.Beyond = append(c.Beyond, name)
		}
	}
	return nil
}

func number(dst *llm.Number, name string, v jsonscan.Value) error {
	if k := v.Kind(); k != '-' && (k < '0' || k > '9') {
		return fmt.Errorf("`%s` must be a number", name)
	}
	*dst = llm.Number(v)
	return nil
}

// whole reads a count of at least one.
func whole(dst *int64, name string, v jsonscan.Value) error {
	n, ok := v.Int()
	if !ok || n < 1 || n > maxTokens {
		return fmt.Errorf("`%s` must be a whole number of at least 1", name)
	}
	*dst = n
	return nil
}

// texts reads a text, or a list of texts.
func texts(dst *[]string, name string, v jsonscan.Value) error {
	if s, ok := v.Text(); ok {
		*dst = []string{s}
		return nil
	}
	if v.Kind() != '[' {
		return fmt.Errorf("`%s` must be a text or a list of texts", name)
	}
	*dst = nil
	for e := range v.Elements() {
		s, ok := e.Text()
		if !ok {
			return fmt.Errorf("`%s` must hold texts only", name)
		}
		*dst = append(*dst, s)
	}
	return nil
}

// readPrompt takes the prompt of the completions endpoint for a user's message.
func readPrompt(c *llm.ChatRequest, v jsonscan.Value) {
	var prompts []string
	if texts(&prompts, "prompt", v) != nil || len(prompts) == 0 {
		c.Beyond = append(c.Beyond, "a prompt of tokens")
		return
	}
	if len(prompts) > 1 {
		c.Beyond = append(c.Beyond, "several prompts")
	}
	c.Messages = []llm.Message{{Role: llm.User, Parts: []llm.Part{{Text: prompts[0]}}}}
}

func readFormat(c *llm.ChatRequest, v jsonscan.Value) error {
	kind, _ := field(v, "type").Text()
	switch kind {
	case "text":
	case "json_object":
		c.Format.Kind = llm.FormatJSON
	case "json_schema":
		spec := field(v, "json_schema")
		c.Format.Kind, c.Format.Schema = llm.FormatSchema, llm.JSON(field(spec, "schema"))
		c.Format.Name, _ = field(spec, "name").Text()
		if jsonscan.Value(c.Format.Schema).Kind() != '{' {
			return fmt.Errorf("`response_format.json_schema.schema` must be an object")
		}
	default:
		return fmt.Errorf("`response_format.type` must be text, json_object or json_schema")
	}
	return nil
}

// field is the last value of a name in an object; absent when there is none.
func field(v jsonscan.Value, name string) (found jsonscan.Value) {
	for n, v := range v.Fields() {
		if string(n) == name {
			found = v
		}
	}
	return found
}
