package anthropic

import (
	"bytes"
	"strconv"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/wire/scan"
)

// imageTokens is what an image or another file counts: the documented upper
// end, since its size in pixels is not looked at.
const imageTokens = 1600

// readSystem counts the system prompt.
func (r *request) readSystem() {
	s := scan.Scanner{B: r.system}
	switch s.Peek() {
	case '"':
		r.Prompt.Text(s.Text().Bytes())
	case '[':
		r.blocks(&s, "system")
	case 'n':
	default:
		r.fail("system: Input should be a valid string")
	}
}

// readMessages counts the contents of the messages.
func (r *request) readMessages() {
	s := scan.Scanner{B: r.messages}
	if s.Peek() != '[' {
		r.fail("messages: Input should be a valid list")
		return
	}
	s.Open('[')
	n := 0
	for ; s.More(']', n); n++ {
		if s.Peek() != '{' {
			s.Skip()
			r.fail(place(n) + ": Input should be an object")
			continue
		}
		r.message(&s, n)
	}
	if n == 0 {
		r.fail("messages: at least one message is required")
	}
}

func place(n int) string { return "messages." + strconv.Itoa(n) }

// message reads the nth message.
func (r *request) message(s *scan.Scanner, n int) {
	role, content, empty := "", false, false
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		switch key := s.Key(); {
		case key.Is("role") && s.Peek() == '"':
			role = s.Text().String()
		case key.Is("content"):
			content = true
			empty = r.content(s, n)
		default:
			s.Skip()
		}
	}
	switch role {
	case "user", "assistant":
	case "":
		r.fail(place(n) + ".role: Field required")
	case "system":
		if n > 0 {
			break
		}
		r.fail("messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an " +
			"input message role.")
	default:
		r.fail(place(n) + ".role: Input should be 'user' or 'assistant'")
	}
	if !content {
		r.fail(place(n) + ".content: Field required")
	}
	if empty && (role == "user" || s.Peek() != ']') {
		r.fail(place(n) + ": all messages must have non-empty content except for the optional final assistant message")
	}
}

// content counts the content of the nth message: a string or blocks. It tells
// whether there is none.
func (r *request) content(s *scan.Scanner, n int) (empty bool) {
	switch s.Peek() {
	case '"':
		text := s.Text().Bytes()
		r.Prompt.Text(text)
		return len(text) == 0
	case '[':
		return r.blocks(s, "messages") == 0
	default:
		s.Skip()
		r.fail(place(n) + ".content: Input should be a valid list")
		return false
	}
}

// blocks counts content blocks and returns how many there are. Field is where
// the service looks for mistakes in them.
func (r *request) blocks(s *scan.Scanner, field string) int {
	n := 0
	s.Open('[')
	for ; s.More(']', n); n++ {
		if s.Peek() != '{' {
			s.Skip()
			r.fail(field + ": content blocks should be objects")
			continue
		}
		r.block(s, field)
	}
	return n
}

// block counts one block: the text of a text, the input of a tool_use, the
// content of a tool_result, an image or a document. A mark holds for what is
// before the end of its block.
func (r *request) block(s *scan.Scanner, field string) {
	marked := false
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		switch key := s.Key(); {
		case key.Is("text") && s.Peek() == '"':
			text := s.Text().Bytes()
			if len(text) == 0 {
				r.fail(field + ": text content blocks must be non-empty")
			}
			r.Prompt.Text(text)
		case key.Is("input"):
			r.Prompt.Text(s.Skip())
		case key.Is("content") && s.Peek() == '"':
			r.Prompt.Text(s.Text().Bytes())
		case key.Is("content") && s.Peek() == '[':
			r.blocks(s, field)
		case key.Is("source") && s.Peek() == '{':
			r.source(s)
		case key.Is("cache_control"):
			marked = s.Skip()[0] == '{'
		default:
			s.Skip()
		}
	}
	if marked {
		r.mark()
	}
}

// source counts what an image or a document is from: the text of a plain text
// or of blocks, and a fixed size for anything else.
func (r *request) source(s *scan.Scanner) {
	from := s.At
	var text, content []byte
	plain := false
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		switch key := s.Key(); {
		case key.Is("type") && s.Peek() == '"':
			kind := s.Text()
			plain = kind.Is("text")
		case key.Is("data") && s.Peek() == '"':
			text = s.Text().Bytes()
		case key.Is("content"):
			content = bytes.TrimSpace(s.Skip())
		default:
			s.Skip()
		}
	}
	switch {
	case plain:
		r.Prompt.Text(text)
	case len(content) > 0 && content[0] == '[':
		r.blocks(&scan.Scanner{B: content}, "messages")
	case len(content) > 0 && content[0] == '"':
		r.Prompt.Text((&scan.Scanner{B: content}).Text().Bytes())
	default:
		r.Prompt.Add(imageTokens, keyed.Bytes(0, s.B[from:s.At]))
	}
}
