package responses

import (
	"bytes"
	"net/http"
	"strings"
)

// Writer takes a chat answer and writes the response. Errors pass through, since both
// APIs have them in one form.
type Writer struct {
	http.ResponseWriter
	asked   asked
	status  int // 0: nothing has been written
	stream  *stream
	partial []byte // of a streamed answer: an event that has not ended
	held    []byte // of a whole answer
}

// NewWriter writes the response to w.
func NewWriter(w http.ResponseWriter) *Writer { return &Writer{ResponseWriter: w} }

// Request is the chat request that stands for a request. An error is meant for the client.
func (w *Writer) Request(body []byte) ([]byte, error) {
	a, chat, _, err := read(body)
	w.asked = a
	return chat, err
}

// WriteHeader implements http.ResponseWriter.
func (w *Writer) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	switch {
	case status != http.StatusOK:
	case strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream"):
		w.stream = &stream{asked: w.asked}
		w.Header().Del("Content-Length")
	default:
		return // until End
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *Writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case w.status != http.StatusOK:
		return w.ResponseWriter.Write(b)
	case w.stream == nil:
		w.held = append(w.held, b...) // the router bounds it
		return len(b), nil
	}
	// Events end in a blank line. The router passes on whole ones, of at most a
	// megabyte, so what is kept here is bounded.
	w.partial = append(w.partial, b...)
	for {
		event, rest, ok := firstEvent(w.partial)
		if !ok {
			break
		}
		if data, ok := dataOf(event); ok {
			w.stream.take(data)
		}
		w.partial = rest
	}
	w.partial = append([]byte(nil), w.partial...)
	out := w.stream.out
	if w.stream.out = out[:0]; len(out) == 0 {
		return len(b), nil
	}
	if _, err := w.ResponseWriter.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// firstEvent cuts the first event off, lines of which end in \n, \r\n or \r.
func firstEvent(b []byte) (event, rest []byte, ok bool) {
	for i := 0; i < len(b); i++ {
		if b[i] != '\n' && b[i] != '\r' {
			continue
		}
		end := lineEnd(b, i)
		if end < len(b) && (b[end] == '\n' || b[end] == '\r') {
			return b[:i], b[lineEnd(b, end):], true
		}
		i = end - 1
	}
	return nil, b, false
}

// lineEnd is where the next line begins after the line end at i.
func lineEnd(b []byte, i int) int {
	if b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
		return i + 2
	}
	return i + 1
}

// dataOf is the data of an event; false for a comment.
func dataOf(event []byte) (data []byte, ok bool) {
	for line := range bytes.FieldsFuncSeq(event, func(c rune) bool { return c == '\n' || c == '\r' }) {
		name, value, _ := bytes.Cut(line, []byte{':'})
		if string(name) != "data" {
			continue
		}
		if ok {
			data = append(data, '\n')
		}
		data, ok = append(data, bytes.TrimPrefix(value, []byte{' '})...), true
	}
	return data, ok
}

// Held is a whole answer as a response, for the caller to write to the writer below;
// false where nothing is held. An error says that it is no chat answer.
func (w *Writer) Held() (body []byte, held bool, err error) {
	if w.status != http.StatusOK || w.stream != nil {
		return nil, false, nil
	}
	body, err = w.asked.whole(w.held)
	return body, true, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
