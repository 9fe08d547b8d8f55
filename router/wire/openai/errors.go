package openai

import (
	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// AppendError appends an error as a JSON object: {"error":{…}}. An empty param
// or code is null.
func AppendError(out []byte, e llm.Error) []byte {
	out = appendString(append(out, `{"error":{"message":`...), e.Message)
	out = appendString(append(out, `,"type":`...), e.Type)
	out = appendOrNull(append(out, `,"param":`...), e.Param)
	out = appendOrNull(append(out, `,"code":`...), e.Code)
	return append(out, "}}"...)
}

func appendOrNull(out []byte, s string) []byte {
	if s == "" {
		return append(out, "null"...)
	}
	return appendString(out, s)
}

// ReadError reads an error body. It is false for what is no JSON object; an
// object that says nothing we know is the zero Error.
func ReadError(body []byte) (llm.Error, bool) {
	var e llm.Error
	root, ok := jsonscan.Parse(body)
	if !ok || root.Kind() != '{' {
		return e, false
	}
	for name, v := range root.Fields() {
		if string(name) != "error" {
			continue
		}
		for name, v := range v.Fields() {
			text, _ := v.Text()
			switch string(name) {
			case "message":
				e.Message = text
			case "type":
				e.Type = text
			case "param":
				e.Param = text
			case "code":
				e.Code = text
			}
		}
	}
	return e, true
}
