package jsonscan

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"iter"
	"strconv"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 200

// Value is the raw text of one valid JSON value, without space around it.
// Nil is no value; every method treats it as absent.
type Value []byte

// Parse validates data, which must hold one JSON value and nothing else but
// space. The value is a view of data.
func Parse(data []byte) (Value, bool) {
	start := space(data, 0)
	end := skip(data, start, 0)
	if end < 0 || space(data, end) != len(data) {
		return nil, false
	}
	return data[start:end], true
}

// Kind is the first byte of the value: { [ " t f n, a digit or -; 0 when absent.
func (v Value) Kind() byte {
	if len(v) == 0 {
		return 0
	}
	return v[0]
}

// IsNull reports whether v is absent or null.
func (v Value) IsNull() bool { return len(v) == 0 || v[0] == 'n' }

// IsTrue reports whether v is true.
func (v Value) IsTrue() bool { return v.Kind() == 't' }

// Fields walks an object: each name, unescaped, and its value, in order and
// with duplicates. Anything but an object has no fields.
func (v Value) Fields() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if v.Kind() != '{' {
			return
		}
		for i := space(v, 1); v[i] != '}'; {
			end := skip(v, i, 0)
			name := v[i:end].bytes()
			i = space(v, space(v, end)+1) // over the colon
			end = skip(v, i, 0)
			if !yield(name, v[i:end]) {
				return
			}
			if i = space(v, end); v[i] == ',' {
				i = space(v, i+1)
			}
		}
	}
}

// Elements walks an array. Anything but an array has no elements.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != '[' {
			return
		}
		for i := space(v, 1); v[i] != ']'; {
			end := skip(v, i, 0)
			if !yield(v[i:end]) {
				return
			}
			if i = space(v, end); v[i] == ',' {
				i = space(v, i+1)
			}
		}
	}
}

// Text returns a string value, unescaped.
func (v Value) Text() (string, bool) {
	if v.Kind() != '"' {
		return "", false
	}
	return string(v.bytes()), true
}

// TextLen is the length of a string value in bytes as written, 0 for anything
// else. Escapes count as they are spelled.
func (v Value) TextLen() int {
	if v.Kind() != '"' {
		return 0
	}
	return len(v) - 2
}

// Int returns a whole number that fits an int64.
func (v Value) Int() (int64, bool) {
	if k := v.Kind(); k != '-' && (k < '0' || k > '9') || len(v) > 20 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// Offset is where v, a view of data, begins in data.
func (v Value) Offset(data []byte) int { return cap(data) - cap(v) }

// bytes is the content of a string; unescaped only where there is something to
// unescape, so that the ordinary case does not allocate.
func (v Value) bytes() []byte {
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return inner // cannot happen on a validated string
	}
	return []byte(s)
}

func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skip returns the index after the value that starts at i, or -1 when there
// is no valid one.
func skip(data []byte, i, depth int) int {
	if i < 0 || i >= len(data) || depth > MaxDepth {
		return -1
	}
	switch c := data[i]; c {
	case '{', '[':
		return skipNested(data, i, depth)
	case '"':
		return skipString(data, i)
	case 't':
		return skipWord(data, i, "true")
	case 'f':
		return skipWord(data, i, "false")
	case 'n':
		return skipWord(data, i, "null")
	default:
		return skipNumber(data, i)
	}
}

func skipNested(data []byte, i, depth int) int {
	object, end := data[i] == '{', data[i]+2 // in ASCII a closing bracket is two after its opening one
	i = space(data, i+1)
	if i < len(data) && data[i] == end {
		return i + 1
	}
	for {
		if object {
			if i >= len(data) || data[i] != '"' {
				return -1
			}
			if i = skipString(data, i); i < 0 {
				return -1
			}
			if i = space(data, i); i >= len(data) || data[i] != ':' {
				return -1
			}
			i = space(data, i+1)
		}
		if i = skip(data, i, depth+1); i < 0 {
			return -1
		}
		if i = space(data, i); i >= len(data) {
			return -1
		}
		switch data[i] {
		case end:
			return i + 1
		case ',':
			i = space(data, i+1)
		default:
			return -1
		}
	}
}

func skipString(data []byte, i int) int {
	for i++; i < len(data); i++ {
		for i+8 <= len(data) && plain(binary.LittleEndian.Uint64(data[i:])) {
			i += 8
		}
		if i == len(data) {
			return -1
		}
		switch c := data[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i++; i >= len(data) {
				return -1
			}
			switch data[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(data) || !hex4(data[i+1:i+5]) {
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

// plain reports whether none of eight bytes is a quote, a backslash or a
// control character; most of any text is plain, and goes eight times as fast.
// It may say no too often, never yes.
func plain(w uint64) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^ones*'"', w^ones*'\\'
	return ((quote-ones)&^quote|(slash-ones)&^slash|(w-ones*' ')&^w)&high == 0
}

func hex4(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

func skipWord(data []byte, i int, word string) int {
	if end := i + len(word); end <= len(data) && string(data[i:end]) == word {
		return end
	}
	return -1
}

func skipNumber(data []byte, i int) int {
	if data[i] == '-' {
		i++
	}
	if i < len(data) && data[i] == '0' {
		i++
	} else if i = digits(data, i); i < 0 {
		return -1
	}
	if i < len(data) && data[i] == '.' {
		if i = digits(data, i+1); i < 0 {
			return -1
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		return digits(data, i)
	}
	return i
}

// digits returns the index after one or more digits, or -1 when there is none.
func digits(data []byte, i int) int {
	start := i
	for i < len(data) && data[i] >= '0' && data[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}
