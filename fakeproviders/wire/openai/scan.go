package openai

import (
	"bytes"
	"encoding/binary"

	"github.com/tidwall/gjson"
)

// scanner reads and checks JSON in one pass without recursion beyond
// maxNesting. Prompts are long strings: it finds their ends with the searches
// that the processor does 32 bytes at a time, where a validator and several
// walks over the same bytes would be the largest part of a provider's work.
//
// The first mistake sets bad; from then on every method does nothing.
type scanner struct {
	b     []byte
	i     int
	depth int
	bad   bool
}

// text is a JSON string between its quotes.
type text struct {
	raw     []byte
	escaped bool // it has escapes
}

// len returns the length of the string in bytes, unescaped.
func (t text) len() int {
	if !t.escaped {
		return len(t.raw)
	}
	return len(t.string())
}

// string returns a copy of the string, unescaped.
func (t text) string() string {
	if !t.escaped {
		return string(t.raw)
	}
	quoted := make([]byte, 0, len(t.raw)+2)
	quoted = append(append(append(quoted, '"'), t.raw...), '"')
	return gjson.ParseBytes(quoted).Str
}

// is compares the string with s.
func (t text) is(s string) bool {
	if t.escaped {
		return t.string() == s
	}
	return string(t.raw) == s
}

// peek skips space and returns the next byte, 0 at the end or after a mistake.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
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

// end tells whether the document was without mistake and is over.
func (s *scanner) end() bool { return s.peek() == 0 && s.i >= len(s.b) && !s.bad }

// expect consumes c.
func (s *scanner) expect(c byte) bool {
	if s.peek() != c {
		s.bad = true
		return false
	}
	s.i++
	return true
}

// open consumes the begin of an object or an array.
func (s *scanner) open(c byte) {
	if s.expect(c) {
		s.depth++
		s.bad = s.depth > maxNesting
	}
}

// more tells whether another element follows the n there have been, and
// otherwise consumes the end.
func (s *scanner) more(end byte, n int) bool {
	if s.peek() == end {
		s.i++
		s.depth--
		return false
	}
	return n == 0 && !s.bad || s.expect(',')
}

// key consumes the key of a member and its colon.
func (s *scanner) key() text {
	k := s.text()
	s.expect(':')
	return k
}

// text consumes a string.
func (s *scanner) text() text {
	if !s.expect('"') {
		return text{}
	}
	rest := s.b[s.i:]
	n := bytes.IndexByte(rest, '"')
	if n < 0 {
		s.bad = true
		return text{}
	}
	escaped := bytes.IndexByte(rest[:n], '\\') >= 0
	if escaped {
		if n = endOfEscaped(rest); n < 0 {
			s.bad = true
			return text{}
		}
	}
	s.bad = hasControl(rest[:n])
	s.i += n + 1
	return text{rest[:n], escaped}
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

// skip consumes any value and returns its bytes.
func (s *scanner) skip() []byte {
	c := s.peek()
	start := s.i
	switch c {
	case '"':
		s.text()
	case '{':
		s.open('{')
		for n := 0; s.more('}', n); n++ {
			s.key()
			s.skip()
		}
	case '[':
		s.open('[')
		for n := 0; s.more(']', n); n++ {
			s.skip()
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
	return s.b[start:s.i]
}

func (s *scanner) word(w string) {
	if !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		s.bad = true
		return
	}
	s.i += len(w)
}

// number consumes -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() {
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
func (s *scanner) one(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// digits consumes at least one digit.
func (s *scanner) digits() {
	from := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	s.bad = s.bad || s.i == from
}
