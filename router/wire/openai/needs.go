package openai

import (
	"bytes"
	"unicode/utf8"

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
			n.TextChars += textChars(v)
			for e := range v.Elements() {
				n.TextChars += textChars(e)
			}
		case "input":
			longest := textChars(v)
			for e := range v.Elements() {
				longest = max(longest, textChars(e))
			}
			n.TextChars += longest
		case "tools", "functions":
			if offersTools(v) {
				n.Tools = true
				n.TextChars += int64(utf8.RuneCount(v))
			}
		case "response_format":
			kind, _ := field(v, "type").Text()
			n.JSONSchema = kind == "json_schema"
		}
	}
	return n
}

// offersTools reports whether a list of tools holds any.
func offersTools(v jsonscan.Value) bool { return len(v) > 2 && v.Kind() == '[' }

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
			n.TextChars += textChars(v)
			for part := range v.Elements() {
				for name, v := range part.Fields() {
					switch string(name) {
					case "text":
						n.TextChars += textChars(v)
					case "image_url":
						n.Vision = true
					}
				}
			}
		case "tool_calls":
			calls = len(v) > 2
			n.TextChars += int64(utf8.RuneCount(v))
		}
	}
	return assistant && !calls
}

// textChars is how many characters a text has, 0 for anything else.
func textChars(v jsonscan.Value) int64 {
	if v.Kind() != '"' {
		return 0
	}
	rest, n := v[1:len(v)-1], 0
	for {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			return int64(n + utf8.RuneCount(rest))
		}
		n += utf8.RuneCount(rest[:i])
		if rest[i+1] != 'u' {
			n++
			rest = rest[i+2:]
			continue
		}
		if d, x := rest[i+2]|0x20, rest[i+3]|0x20; d != 'd' || x < '8' || x > '9' && x < 'a' || x > 'b' {
			n++ // not the first half of a pair
		}
		rest = rest[i+6:]
	}
}
