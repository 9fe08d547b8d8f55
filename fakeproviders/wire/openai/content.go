package openai

import (
	"cmp"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/scan"
)

// messages counts the string contents of a chat.
func (r *request) messages(s *scan.Scanner) *Error {
	r.read = true
	if s.Peek() != '[' {
		return wrongType("messages", "an array of objects", gjson.ParseBytes(s.Skip()))
	}
	n, bad := r.items("messages", s)
	if bad == nil && n == 0 {
		return emptyArray("messages")
	}
	return bad
}

// conversation counts the texts of a request to the Responses API: the
// instructions, and the input as a string or as items.
func (r *request) conversation() *Error {
	var bad *Error
	if s := (scan.Scanner{B: r.instructions}); s.Peek() == '"' {
		r.text(s.Text())
	} else if c := s.Peek(); c != 0 && c != 'n' {
		bad = wrongType("instructions", "a string", gjson.ParseBytes(r.instructions))
	}
	s := scan.Scanner{B: r.input}
	switch s.Peek() {
	case 0, 'n':
	case '"':
		r.read = true
		r.text(s.Text())
	case '[':
		n, wrong := r.items("input", &s)
		r.read = n > 0
		bad = cmp.Or(bad, wrong)
	default:
		bad = cmp.Or(bad, wrongType("input", "a string or an array of input items", gjson.ParseBytes(r.input)))
	}
	return bad
}

// items counts the texts of the objects of an array and returns how many there are.
func (r *request) items(field string, s *scan.Scanner) (n int, bad *Error) {
	s.Open('[')
	for ; s.More(']', n); n++ {
		if s.Peek() != '{' {
			bad = wrongType(field, "an array of objects", gjson.ParseBytes(s.Skip()))
			continue
		}
		s.Open('{')
		for k := 0; s.More('}', k); k++ {
			if key := s.Key(); r.says(key) {
				r.content(s)
			} else {
				s.Skip()
			}
		}
	}
	return n, bad
}

// says tells whether a field of a message or an item holds text that the model
// reads: what was said, and in the Responses API calls and what came of them.
func (r *request) says(key scan.Text) bool {
	return key.Is("content") || r.endpoint == wire.Responses && (key.Is("arguments") || key.Is("output"))
}

// content counts a content: a string, or parts of which the texts count.
func (r *request) content(s *scan.Scanner) {
	switch s.Peek() {
	case '"':
		r.text(s.Text())
		return
	case '[':
	default:
		s.Skip()
		return
	}
	s.Open('[')
	for n := 0; s.More(']', n); n++ {
		if s.Peek() != '{' {
			s.Skip()
			continue
		}
		s.Open('{')
		for k := 0; s.More('}', k); k++ {
			if key := s.Key(); key.Is("text") && s.Peek() == '"' {
				r.text(s.Text())
			} else {
				s.Skip()
			}
		}
	}
}

// text adds a text to the prompt.
func (r *request) text(t scan.Text) { r.Prompt.Text(t.Bytes()) }

// texts reads a string, an array of strings, an array of tokens or an array of
// token arrays, and null as a prompt.
func (r *request) texts(field string, s *scan.Scanner) *Error {
	r.read, r.Longest, r.Inputs = true, 0, nil
	switch c := s.Peek(); {
	case c == '"':
		r.addText(s.Text())
		return nil
	case c == 'n' && field == "prompt":
		r.read = false
		s.Skip()
		return nil
	case c != '[':
		return wrongType(field, "a string or an array", gjson.ParseBytes(s.Skip()))
	}
	var bad *Error
	start, tokens := s.At, 0
	s.Open('[')
	for n := 0; s.More(']', n); n++ {
		switch c := s.Peek(); {
		case c == '"':
			r.addText(s.Text())
		case c == '[':
			from := s.At
			s.Open('[')
			k := 0
			for ; s.More(']', k); k++ {
				s.Skip()
			}
			r.add(k, keyed.Bytes(0, s.B[from:s.At]))
		case c == '-' || c >= '0' && c <= '9':
			s.Skip()
			tokens++
		default:
			bad = wrongType(field, "a string or an array", gjson.ParseBytes(s.Skip()))
		}
	}
	switch {
	case bad != nil:
		return bad
	case tokens > 0 && len(r.Inputs) > 0:
		return invalid("Invalid type for '"+field+"': expected an array of one type.", field, "invalid_type")
	case tokens > 0:
		r.add(tokens, keyed.Bytes(0, s.B[start:s.At]))
	}
	return nil
}

// addText adds one text to the inputs.
func (r *request) addText(t scan.Text) {
	plain := t.Bytes()
	r.add(wire.Tokens(len(plain)), keyed.Bytes(0, plain))
}

// add adds one input.
func (r *request) add(tokens int, hash uint64) {
	r.Prompt.Add(tokens, hash)
	r.Longest = max(r.Longest, tokens)
	r.Inputs = append(r.Inputs, hash)
}
