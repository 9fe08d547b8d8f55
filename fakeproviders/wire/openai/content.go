package openai

import (
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// Tokens returns the tokens of a text of n bytes.
func Tokens(n int) int { return (n + 3) / 4 }

// messages counts the string contents of a chat.
func (r *Request) messages(s *scanner) *Error {
	r.read, r.PromptTokens = true, 0
	if s.peek() != '[' {
		return wrongType("messages", "an array of objects", gjson.ParseBytes(s.skip()))
	}
	var bad *Error
	n := 0
	s.open('[')
	for ; s.more(']', n); n++ {
		if s.peek() != '{' {
			bad = wrongType("messages", "an array of objects", gjson.ParseBytes(s.skip()))
			continue
		}
		s.open('{')
		for k := 0; s.more('}', k); k++ {
			if key := s.key(); key.is("content") {
				r.PromptTokens += contentTokens(s)
			} else {
				s.skip()
			}
		}
	}
	if bad == nil && n == 0 {
		return emptyArray("messages")
	}
	return bad
}

// contentTokens counts a content: a string, or parts of which the texts count.
func contentTokens(s *scanner) int {
	switch s.peek() {
	case '"':
		return Tokens(s.text().len())
	case '[':
	default:
		s.skip()
		return 0
	}
	tokens := 0
	s.open('[')
	for n := 0; s.more(']', n); n++ {
		if s.peek() != '{' {
			s.skip()
			continue
		}
		s.open('{')
		for k := 0; s.more('}', k); k++ {
			if key := s.key(); key.is("text") && s.peek() == '"' {
				tokens += Tokens(s.text().len())
			} else {
				s.skip()
			}
		}
	}
	return tokens
}

// texts reads a string, an array of strings, an array of tokens or an array of
// token arrays, and null as a prompt.
func (r *Request) texts(field string, s *scanner) *Error {
	r.read, r.PromptTokens, r.Longest, r.Inputs = true, 0, 0, nil
	switch c := s.peek(); {
	case c == '"':
		r.addText(s.text())
		return nil
	case c == 'n' && field == "prompt":
		r.read = false
		s.skip()
		return nil
	case c != '[':
		return wrongType(field, "a string or an array", gjson.ParseBytes(s.skip()))
	}
	var bad *Error
	start, tokens := s.i, 0
	s.open('[')
	for n := 0; s.more(']', n); n++ {
		switch c := s.peek(); {
		case c == '"':
			r.addText(s.text())
		case c == '[':
			from := s.i
			s.open('[')
			k := 0
			for ; s.more(']', k); k++ {
				s.skip()
			}
			r.add(k, keyed.Bytes(0, s.b[from:s.i]))
		case c == '-' || c >= '0' && c <= '9':
			s.skip()
			tokens++
		default:
			bad = wrongType(field, "a string or an array", gjson.ParseBytes(s.skip()))
		}
	}
	switch {
	case bad != nil:
		return bad
	case tokens > 0 && len(r.Inputs) > 0:
		return invalid("Invalid type for '"+field+"': expected an array of one type.", field, "invalid_type")
	case tokens > 0:
		r.add(tokens, keyed.Bytes(0, s.b[start:s.i]))
	}
	return nil
}

// addText adds one text to the inputs.
func (r *Request) addText(t text) {
	if t.escaped {
		plain := t.string()
		r.add(Tokens(len(plain)), keyed.String(0, plain))
		return
	}
	r.add(Tokens(len(t.raw)), keyed.Bytes(0, t.raw))
}

// add adds one input.
func (r *Request) add(tokens int, hash uint64) {
	r.PromptTokens += tokens
	r.Longest = max(r.Longest, tokens)
	r.Inputs = append(r.Inputs, hash)
}
