package sse

import (
	"bytes"
	"errors"
	"io"
)

// MaxEventBytes bounds one event of a stream.
const MaxEventBytes = 1 << 20

// ErrTooLong is returned for an event above MaxEventBytes.
var ErrTooLong = errors.New("sse: a stream event is too long")

// Event is one block of a server-sent event stream. Its slices are valid until
// the next call of [Reader.Next].
type Event struct {
	Raw     []byte // as it came, with its blank line
	Data    []byte // the data lines, joined by newlines
	HasData bool   // false for a block of comments or other fields only
}

// Reader reads server-sent events incrementally. Lines may end in \n, \r\n or
// \r; comments and unknown fields are tolerated. Not safe for concurrent use.
type Reader struct {
	r       io.Reader
	buf     []byte
	start   int // of the current event
	pos     int // of the current line
	scanned int // no line end before this
	skipLF  bool
	data    []byte
	err     error // of the reader, given out once the buffer is used up
}

// NewReader returns a reader of r's events.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: r, buf: make([]byte, 0, 4096)}
}

// Next returns the next event. At the end of the stream it returns io.EOF; an
// event without its closing blank line is dropped, as the standard says.
// Other errors are the reader's, or ErrTooLong.
func (s *Reader) Next() (Event, error) {
	s.start = s.pos
	s.data = s.data[:0]
	hasData := false
	for {
		line, err := s.line()
		if err != nil {
			return Event{}, err
		}
		if len(line) > 0 {
			name, value, _ := bytes.Cut(line, []byte{':'})
			if string(name) == "data" {
				if hasData {
					s.data = append(s.data, '\n')
				}
				s.data = append(s.data, bytes.TrimPrefix(value, []byte{' '})...)
				hasData = true
			}
			continue
		}
		raw := s.buf[s.start:s.pos]
		if len(bytes.Trim(raw, "\r\n")) == 0 {
			s.start = s.pos // blank lines between events
			continue
		}
		return Event{Raw: raw, Data: s.data, HasData: hasData}, nil
	}
}

// line returns the next line without its end. The slice is valid until the
// next call.
func (s *Reader) line() ([]byte, error) {
	for {
		if s.skipLF && s.pos < len(s.buf) { // the \n of a \r\n that came in two reads
			s.skipLF = false
			if s.buf[s.pos] == '\n' {
				if s.start == s.pos {
					s.start++
				}
				s.pos++
			}
		}
		from := max(s.scanned, s.pos)
		if i := bytes.IndexAny(s.buf[from:], "\r\n"); i >= 0 {
			end := from + i
			line := s.buf[s.pos:end]
			s.skipLF = s.buf[end] == '\r'
			s.pos = end + 1
			if s.skipLF && s.pos < len(s.buf) {
				s.skipLF = false
				if s.buf[s.pos] == '\n' {
					s.pos++
				}
			}
			s.scanned = s.pos
			return line, nil
		}
		s.scanned = len(s.buf)
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more, making room first.
func (s *Reader) fill() error {
	if s.err != nil {
		return s.err
	}
	if len(s.buf)-s.start >= MaxEventBytes {
		return ErrTooLong
	}
	if s.start > 0 {
		n := copy(s.buf, s.buf[s.start:])
		s.buf = s.buf[:n]
		s.pos, s.scanned, s.start = s.pos-s.start, s.scanned-s.start, 0
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = append(s.buf, make([]byte, cap(s.buf))...)[:len(s.buf)]
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):min(cap(s.buf), MaxEventBytes)])
		s.buf = s.buf[:len(s.buf)+n]
		s.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	s.err = io.ErrNoProgress
	return s.err
}
