package front

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/routedrill/routedrill/router"
)

// The limits that hold where none are given.
const (
	DefaultConcurrent = 5000
	DefaultBodyBytes  = 8 << 20
	DefaultBodies     = 1 << 30
)

// Limits on what clients may do together, and each by itself. 0 is the default.
type Limits struct {
	// Concurrent requests under way, streams among them, at most. Requests of class
	// batch may take four fifths of them.
	Concurrent int
	BodyBytes  int // of one request's body, up to router.MaxRequestBytes
	Bodies     int // bytes of the bodies of all requests under way
}

func (l Limits) settle() (Limits, error) {
	switch {
	case l.Concurrent < 0 || l.Concurrent > 1_000_000:
		return l, fmt.Errorf("front: %d concurrent requests are not within 1 and 1000000", l.Concurrent)
	case l.BodyBytes < 0 || l.BodyBytes > router.MaxRequestBytes:
		return l, fmt.Errorf("front: a body of %d bytes is not within 1 and %d", l.BodyBytes, router.MaxRequestBytes)
	case l.Bodies < 0:
		return l, fmt.Errorf("front: %d bytes of bodies are below 0", l.Bodies)
	}
	if l.Concurrent == 0 {
		l.Concurrent = DefaultConcurrent
	}
	if l.BodyBytes == 0 {
		l.BodyBytes = DefaultBodyBytes
	}
	if l.Bodies == 0 {
		l.Bodies = max(DefaultBodies, l.BodyBytes)
	}
	if l.Bodies < l.BodyBytes {
		return l, fmt.Errorf("front: %d bytes for all bodies do not hold one of %d", l.Bodies, l.BodyBytes)
	}
	return l, nil
}

// counted bounds the body of a request. What its Content-Length says is believed
// only where it is too much.
func (f *Front) counted(w http.ResponseWriter, q *http.Request, l Limits) (*body, bool) {
	if q.ContentLength > int64(l.BodyBytes) {
		f.tooLarge(w, l.BodyBytes)
		return nil, false
	}
	b := &body{all: &f.bodies, limit: int64(l.Bodies), shed: &f.shed}
	if q.Body != nil && q.Body != http.NoBody {
		b.ReadCloser = http.MaxBytesReader(w, q.Body, int64(l.BodyBytes))
		q.Body = b
	}
	return b, true
}

// body counts what is read of a request's body for as long as the request goes on,
// since its reader keeps it.
type body struct {
	io.ReadCloser
	all   *atomic.Int64 // of all requests
	limit int64
	read  int64
	shed  *atomic.Int64
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.all.Add(int64(n)) > b.limit && err == nil {
		b.shed.Add(1)
		return n, router.ErrOverloaded
	}
	return n, err
}

func (b *body) leave() { b.all.Add(-b.read) }
