package openai

import (
	"bytes"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// Needs reads what the request asks of a model. What cannot be read asks for
// nothing: the provider will say what is wrong with it.
func (r *Request) Needs() llm.Needs {
	var n llm.Needs
	for name, v := range r.root.Fields() {
		switch string(name) {
		case "messages":
			for m := range v.Elements() {
				n.Prefill = needsOfMessage(&n, m)
			}
		case "prompt":
			n.TextBytes += textBytes(v)
			for e := range v.Elements() {
				n.TextBytes += textBytes(e)
			}
		case "input":
			longest := textBytes(v)
			for e := range v.Elements() {
				longest = max(longest, textBytes(e))
			}
			n.TextBytes += longest
		case "tools", "functions":
			if len(v) > 2 && v.Kind() == '[' {
				n.Tools = true
				n.TextBytes += int64(len(v))
			}
		case "response_format":
			kind, _ := field(v, "type").Text()
			n.JSONSchema = kind == "json_schema"
		case "max_tokens", "max_completion_tokens":
			if m, ok := v.Int(); ok {
				n.MaxTokens = max(n.MaxTokens, m)
			}
		}
	}
	return n
}

// needsOfMessage adds what a message asks for, and reports whether it is the
// assistant's, without calls: as the last one it begins the answer.
func needsOfMessage(n *llm.Needs, m jsonscan.Value) bool {
	assistant, calls := false, false
	for name, v := range m.Fields() {
		switch string(name) {
		case "role":
			s, _ := v.Text()
			assistant = s == "assistant"
		case "content":
			n.TextBytes += textBytes(v)
			for part := range v.Elements() {
				for name, v := range part.Fields() {
					switch string(name) {
					case "text":
						n.TextBytes += textBytes(v)
					case "image_url":
						n.Vision = true
					}
				}
			}
		case "tool_calls":
			calls = len(v) > 2
			n.TextBytes += int64(len(v))
		}
	}
	return assistant && !calls
}

// textBytes is the length of a text without its escapes, 0 of anything else.
func textBytes(v jsonscan.Value) int64 {
	n := v.TextLen()
	if n == 0 {
		return 0
	}
	for rest := v[1 : len(v)-1]; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			return int64(n)
		}
		if rest[i+1] != 'u' {
			n--
			rest = rest[i+2:]
			continue
		}
		n -= 4 // \u00e9 is two bytes; others are up to three, two for half a pair
		rest = rest[i+6:]
	}
}
