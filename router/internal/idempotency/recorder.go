package idempotency

import (
	"maps"
	"net/http"
)

// Recorder is a ResponseWriter that keeps what passes through it, up to a bound.
// It is not safe for concurrent use.
type Recorder struct {
	http.ResponseWriter
	limit  int
	status int
	header http.Header
	body   []byte
	over   bool
}

// NewRecorder records what is written to w, up to limit bytes.
func NewRecorder(w http.ResponseWriter, limit int) *Recorder {
	return &Recorder{ResponseWriter: w, limit: limit}
}

// WriteHeader implements http.ResponseWriter.
func (r *Recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status, r.header = status, maps.Clone(r.Header())
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *Recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status, r.header = http.StatusOK, maps.Clone(r.Header())
	}
	if r.over = r.over || len(r.body)+len(b) > r.limit; r.over {
		r.body = nil
	} else {
		r.body = append(r.body, b...)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Answer is what was written, nil where it was more than the bound.
func (r *Recorder) Answer() *Answer {
	if r.over || r.status == 0 {
		return nil
	}
	return &Answer{Status: r.status, Header: r.header, Body: r.body}
}
