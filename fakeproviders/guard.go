package fakeproviders

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// What a slow caller may take. None of these shortens an answer: they bound how
// long a caller that does not send or does not read can hold a goroutine.
const (
	headerTime = 10 * time.Second // to send the headers of a request
	bodyTime   = time.Minute      // to send its body
	writeTime  = 30 * time.Second // to make room for what is written
	drained    = 128 << 20        // bytes of a body that are read, and dropped, after its refusal
)

// serve answers with the provider the port has at the moment.
func (port *Port) serve(w http.ResponseWriter, r *http.Request) {
	port.inFlight.Add(1)
	defer port.inFlight.Add(-1)
	if r.Body == nil || r.Body == http.NoBody {
		port.provider.Load().ServeHTTP(w, r)
		return
	}
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(bodyTime)) // a socket can
	body := &timedBody{ReadCloser: r.Body, rc: rc}
	r.Body = body
	port.provider.Load().ServeHTTP(w, r)
	if !body.ended && rc.Flush() == nil {
		// The answer is out before the body is in. A caller that is still sending
		// would see it outrun by a reset if nobody listened.
		_, _ = io.CopyN(io.Discard, body, drained)
	}
}

// timedBody lifts the deadline of a body once it has ended. The server reads on
// to learn when the caller goes away, and that read takes as long as the answer.
type timedBody struct {
	io.ReadCloser
	rc    *http.ResponseController
	ended bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !b.ended {
		b.ended = true
		_ = b.rc.SetReadDeadline(time.Time{})
	}
	return n, err //nolint:wrapcheck // io.EOF has to stay what it is
}

// guarded is a connection on which no write waits for long.
type guarded struct {
	*net.TCPConn
	limit time.Duration
	until atomic.Int64 // Unix nanoseconds of the deadline in force
}

func guard(c net.Conn) net.Conn {
	if tcp, ok := c.(*net.TCPConn); ok {
		return &guarded{TCPConn: tcp, limit: writeTime}
	}
	return c
}

// Write waits for half the limit at least and the limit at most: moving the
// deadline for every event of a stream would cost more than it is worth.
func (g *guarded) Write(b []byte) (int, error) {
	if now := time.Now(); g.until.Load()-now.UnixNano() < int64(g.limit/2) {
		until := now.Add(g.limit)
		g.until.Store(until.UnixNano())
		if err := g.SetWriteDeadline(until); err != nil {
			return 0, err //nolint:wrapcheck // the server asks what kind of error it is
		}
	}
	return g.TCPConn.Write(b) //nolint:wrapcheck // the same
}
