package fakeproviders

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// errTooLarge is returned for a body beyond its limit.
var errTooLarge = errors.New("fakeproviders: request body too large")

// maxPooled is the largest buffer kept for reuse.
const maxPooled = 256 << 10

// buffer is a byte slice on loan from the pool.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, 8<<10)} }}

func takeBuffer() *buffer {
	f, ok := buffers.Get().(*buffer)
	if !ok {
		return &buffer{}
	}
	f.b = f.b[:0]
	return f
}

func (f *buffer) put() {
	if cap(f.b) <= maxPooled {
		buffers.Put(f)
	}
}

// readFrom reads the body of a request, at most limit bytes.
func (f *buffer) readFrom(r *http.Request, limit int) error {
	if r.ContentLength > int64(limit) {
		return errTooLarge
	}
	if r.Body == nil {
		return nil
	}
	for {
		if len(f.b) == cap(f.b) {
			f.b = append(f.b, 0)[:len(f.b)]
		}
		n, err := r.Body.Read(f.b[len(f.b):cap(f.b)])
		f.b = f.b[:len(f.b)+n]
		switch {
		case len(f.b) > limit:
			return errTooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// badBody returns the status that answers a body which could not be read: 0 if it
// was read, or if nobody is left to answer.
func badBody(r *http.Request, err error) int {
	var network net.Error
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &network) && network.Timeout():
		return http.StatusRequestTimeout
	case network != nil, errors.Is(err, io.ErrUnexpectedEOF), r.Context().Err() != nil:
		return 0
	}
	return http.StatusBadRequest // chunks that are none
}

// bodyID derives a request id from a body that came without one.
func bodyID(body []byte) string {
	const digits = "0123456789abcdef"
	h := keyed.Bytes(0, body)
	id := make([]byte, 0, 20)
	id = append(id, "req-"...)
	for range 16 {
		id = append(id, digits[h>>60])
		h <<= 4
	}
	return string(id)
}
