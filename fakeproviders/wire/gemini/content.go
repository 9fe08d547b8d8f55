package gemini

import (
	"strconv"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/wire/scan"
)

// imageTokens is what an image or another file counts.
const imageTokens = 258

const (
	contentType = "type.googleapis.com/google.ai.generativelanguage.v1beta.Content"
	partType    = "type.googleapis.com/google.ai.generativelanguage.v1beta.Part"
)

// instruct counts the system instruction.
func (r *request) instruct() {
	s := scan.Scanner{B: r.instruction}
	r.readContent(&s, "system_instruction")
}

// readContents counts the contents of a conversation. As everywhere in this API,
// one object stands for an array of one.
func (r *request) readContents() {
	s := scan.Scanner{B: r.contents}
	switch s.Peek() {
	case '{':
		r.turn(&s, 0)
		return
	case '[':
	default:
		r.wrong("contents", contentType)
		return
	}
	s.Open('[')
	n := 0
	for ; s.More(']', n); n++ {
		r.turn(&s, n)
	}
	if n == 0 {
		r.fail(invalid("* GenerateContentRequest.contents: contents is not specified\n"))
	}
}

// turn counts the nth content.
func (r *request) turn(s *scan.Scanner, n int) {
	switch r.readContent(s, "contents["+strconv.Itoa(n)+"]") {
	case "", "user", "model", "function":
	default:
		r.fail(invalid("Please use a valid role: user, model."))
	}
}

// readContent counts the parts of one content and returns its role.
func (r *request) readContent(s *scan.Scanner, place string) (role string) {
	if s.Peek() != '{' {
		s.Skip()
		r.wrong(place, contentType)
		return ""
	}
	parts := 0
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		switch key := s.Key(); {
		case key.Is("role") && s.Peek() == '"':
			role = s.Text().String()
		case key.Is("parts") && s.Peek() == '[':
			s.Open('[')
			for n := 0; s.More(']', n); n++ {
				r.part(s, place, n)
				parts++
			}
		case key.Is("parts") && s.Peek() == '{':
			r.part(s, place, 0)
			parts++
		case key.Is("parts") && s.Peek() != 'n':
			s.Skip()
			r.wrong(place+".parts", partType)
		default:
			s.Skip()
		}
	}
	if parts == 0 {
		r.fail(invalid("* " + r.kind + "." + place + ".parts: contents.parts must not be empty.\n"))
	}
	return role
}

// part counts one part: a text, the arguments or the response of a function, or
// a file.
func (r *request) part(s *scan.Scanner, place string, n int) {
	if s.Peek() != '{' {
		s.Skip()
		r.wrong(place+".parts["+strconv.Itoa(n)+"]", partType)
		return
	}
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		key := s.Key()
		switch string(key.Raw) {
		case "text":
			if s.Peek() != '"' {
				s.Skip()
				r.wrong(place+".parts["+strconv.Itoa(n)+"].text", "TYPE_STRING")
				continue
			}
			text := s.Text().Bytes()
			r.Prompt.Text(text)
			if r.embedding {
				r.hash = keyed.Bytes(r.hash, text)
			}
		case "functionCall", "function_call", "functionResponse", "function_response":
			r.Prompt.Text(s.Skip())
		case "inlineData", "inline_data", "fileData", "file_data":
			r.Prompt.Add(imageTokens, keyed.Bytes(0, s.Skip()))
		default:
			s.Skip()
		}
	}
}
