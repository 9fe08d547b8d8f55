package openai

import "github.com/routedrill/routedrill/router/internal/jsonscan"

// Error is an error in OpenAI's shape.
type Error struct {
	Message string
	Type    string
	Param   string // "" is null
	Code    string // "" is null
}

// Append appends the error as a JSON object: {"error":{…}}.
func (e Error) Append(out []byte) []byte {
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

// ReadError reads an error body; what cannot be read is the zero Error.
func ReadError(body []byte) Error {
	var e Error
	root, ok := jsonscan.Parse(body)
	if !ok {
		return e
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
	return e
}
