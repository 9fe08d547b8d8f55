// Package scan reads JSON bodies of requests in one pass.
package scan

import (
	"bytes"
	"encoding/binary"

	"github.com/tidwall/gjson"
)

// MaxNesting is how many levels of arrays and objects a body may have.
const MaxNesting = 512

// Scanner reads and checks JSON in one pass without recursion beyond
// MaxNesting. Prompts are long strings: it finds their ends with the searches
// that the processor does 32 bytes at a time, where a validator and several
// walks over the same bytes would be the largest part of a provider's work.
//
// The first mistake sets bad; from then on every method does nothing.
type Scanner struct {
	B     []byte
	At    int // the next byte to read
	depth int
	bad   bool
}

// Text is a JSON string between its quotes.
type Text struct {
	Raw     []byte
	Escaped bool // it has escapes
}

// Len returns the length of the string in bytes, unescaped.
func (t Text) Len() int {
	if !t.Escaped {
		return len(t.Raw)
	}
	return len(t.String())
}

// String returns a copy of the string, unescaped.
func (t Text) String() string {
	if !t.Escaped {
		return string(t.Raw)
	}
	quoted := make([]byte, 0, len(t.Raw)+2)
	quoted = append(append(append(quoted, '"'), t.Raw...), '"')
	return gjson.ParseBytes(quoted).Str
}

// Bytes returns the string, unescaped: a part of the body where there is nothing
// to unescape.
func (t Text) Bytes() []byte {
	if !t.Escaped {
		return t.Raw
	}
	return []byte(t.String())
}

// Is compares the string with s.
func (t Text) Is(s string) bool {
	if t.Escaped {
		return t.String() == s
	}
	return string(t.Raw) == s
}

// Peek skips space and returns the next byte, 0 at the end or after a mistake.
func (s *Scanner) Peek() byte {
	for ; s.At < len(s.B); s.At++ {
		switch c := s.B[s.At]; c {
		case ' ', '\t', '\n', '\r':
		default:
			if s.bad {
				return 0
			}
			return c
		}
	}
	return 0
}

// End tells whether the document was without mistake and is over.
func (s *Scanner) End() bool { return s.Peek() == 0 && s.At >= len(s.B) && !s.bad }

// Expect consumes c.
func (s *Scanner) Expect(c byte) bool {
	if s.Peek() != c {
		s.bad = true
		return false
	}
	s.At++
	return true
}

// Open consumes the begin of an object or an array.
func (s *Scanner) Open(c byte) {
	if s.Expect(c) {
		s.depth++
		s.bad = s.depth > MaxNesting
	}
}

// More tells whether another element follows the n there have been, and
// otherwise consumes the end.
func (s *Scanner) More(end byte, n int) bool {
	if s.Peek() == end {
		s.At++
		s.depth--
		return false
	}
	return n == 0 && !s.bad || s.Expect(',')
}

// Key consumes the key of a member and its colon.
func (s *Scanner) Key() Text {
	k := s.Text()
	s.Expect(':')
	return k
}

// Text consumes a string.
func (s *Scanner) Text() Text {
	if !s.Expect('"') {
		return Text{}
	}
	rest := s.B[s.At:]
	n := bytes.IndexByte(rest, '"')
	if n < 0 {
		s.bad = true
		return Text{}
	}
	escaped := bytes.IndexByte(rest[:n], '\\') >= 0
	if escaped {
		if n = endOfEscaped(rest); n < 0 {
			s.bad = true
			return Text{}
		}
	}
	s.bad = hasControl(rest[:n])
	s.At += n + 1
	return Text{rest[:n], escaped}
}

// endOfEscaped returns where the closing quote is, or -1 when there is none or
// an escape is wrong.
func endOfEscaped(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i
		case '\\':
			i++
			if i >= len(b) {
				return -1
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(b)-i < 5 || !hex(b[i+1:i+5]) {
					return -1
				}
				i += 4
			default:
				return -1
			}
		}
	}
	return -1
}

func hex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// hasControl reports bytes below 0x20, eight at a time: the subtraction borrows
// into the top bit of each byte that is smaller. A borrow may also mark the
// byte after it, never one where none is.
func hasControl(b []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		if (w-ones*0x20)&^w&tops != 0 {
			return true
		}
		b = b[8:]
	}
	for _, c := range b {
		if c < 0x20 {
			return true
		}
	}
	return false
}

// Skip consumes any value and returns its bytes.
func (s *Scanner) Skip() []byte {
	c := s.Peek()
	if s.bad {
		return nil
	}
	start := s.At
	switch c {
	case '"':
		s.Text()
	case '{':
		s.Open('{')
		for n := 0; s.More('}', n); n++ {
			s.Key()
			s.Skip()
		}
	case '[':
		s.Open('[')
		for n := 0; s.More(']', n); n++ {
			s.Skip()
		}
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
	if s.bad {
		return nil
	}
	return s.B[start:s.At]
}

func (s *Scanner) word(w string) {
	if !bytes.HasPrefix(s.B[s.At:], []byte(w)) {
		s.bad = true
		return
	}
	s.At += len(w)
}

// number consumes -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *Scanner) number() {
	s.one('-')
	if !s.one('0') {
		s.digits()
	}
	if s.one('.') {
		s.digits()
	}
	if s.one('e') || s.one('E') {
		if !s.one('+') {
			s.one('-')
		}
		s.digits()
	}
}

// one consumes c if it comes next.
func (s *Scanner) one(c byte) bool {
	if s.At < len(s.B) && s.B[s.At] == c {
		s.At++
		return true
	}
	return false
}

// digits consumes at least one digit.
func (s *Scanner) digits() {
	from := s.At
	for s.At < len(s.B) && s.B[s.At] >= '0' && s.B[s.At] <= '9' {
		s.At++
	}
	s.bad = s.bad || s.At == from
}
