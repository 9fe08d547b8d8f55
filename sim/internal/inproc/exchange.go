package inproc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const (
	// flushAt is how many bytes wait unflushed before the headers go out, as
	// with net/http's buffers.
	flushAt = 4 << 10

	// maxBuffered is how far a handler may run ahead of its reader before its
	// writes block, as with a socket's buffers.
	maxBuffered = 64 << 10
)

var (
	errGone     = errors.New("inproc: the caller has gone away")
	errHijacked = fmt.Errorf("inproc: %w", http.ErrHijacked)

	// errReset is what net/http's transport reports of a connection reset.
	errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

	// errRefused is what it reports of a port that nobody listens on.
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
)

// exchange is one request and its answer. It is the handler's ResponseWriter
// and the reader behind the caller's response body.
type exchange struct {
	request *http.Request
	body    io.Closer // of the caller's request
	cancel  context.CancelFunc
	ready   chan struct{} // closed when the headers are out

	mu       sync.Mutex
	header   http.Header
	status   int // 0 until WriteHeader
	sent     bool
	finished bool  // the handler has returned, or the connection is closed
	hijacked bool  // the handler took the connection over
	gone     bool  // the caller is no longer interested
	failure  error // why the answer broke off; nil after a whole one
	buf      []byte
	flushed  int           // bytes of buf the reader may see
	snapshot http.Header   // the headers as they went out with the first flush
	data     chan struct{} // wakes the reader; holds one token; nil until the first flush
	room     chan struct{} // wakes a writer that waits for room; holds one token; nil until one waits
}

// newExchange makes the server's side of req.
func newExchange(req *http.Request) *exchange {
	x := &exchange{ready: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel = cancel
	in := http.Request{
		Method: req.Method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: req.Header.Clone(), Body: req.Body, ContentLength: req.ContentLength,
		Host: req.Host, RemoteAddr: "127.0.0.1:0", RequestURI: req.URL.RequestURI(),
	}
	u := *req.URL
	if !strings.HasPrefix(u.Path, "/") {
		u.Path = "/" + u.Path // as it is on the wire
	}
	in.URL = &u
	if in.Host == "" {
		in.Host = u.Host
	}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	} else {
		x.body = req.Body
	}
	x.request = in.WithContext(ctx)
	return x
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.header == nil {
		x.header = make(http.Header, 8)
	}
	return x.header
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	x.mu.Lock()
	if x.status == 0 && !x.hijacked {
		x.status = status
	}
	x.mu.Unlock()
}

// Write implements http.ResponseWriter. It blocks while the caller is far
// behind and fails once the caller has gone away.
func (x *exchange) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		switch {
		case x.hijacked:
			return 0, errHijacked
		case x.gone:
			return 0, errGone
		}
		if len(x.buf) < maxBuffered {
			break
		}
		x.flushLocked()
		if x.room == nil {
			x.room = make(chan struct{}, 1)
		}
		x.waitLocked(x.room, x.request.Context().Done())
	}
	if x.status == 0 {
		x.status = http.StatusOK
	}
	if x.buf == nil {
		x.buf = getBuffer()
	}
	x.buf = append(x.buf, p...)
	if len(x.buf)-x.flushed > flushAt {
		x.flushLocked()
	}
	return len(p), nil
}

// Flush implements http.Flusher.
func (x *exchange) Flush() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hijacked {
		return
	}
	if x.status == 0 {
		x.status = http.StatusOK
	}
	x.flushLocked()
}

// Hijack implements http.Hijacker. Of the connection only Close and SetLinger
// work: it is there so that a handler can reset or cut it.
func (x *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hijacked {
		return nil, nil, errHijacked
	}
	if x.status != 0 {
		x.flushLocked()
	}
	x.hijacked = true
	c := &conn{x: x}
	return c, bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c)), nil
}

// flushLocked lets the reader see what was written, the headers first.
func (x *exchange) flushLocked() {
	x.flushed = len(x.buf)
	if !x.sent {
		x.sent = true
		x.data = make(chan struct{}, 1)
		// The handler may go on changing its map; net/http sends a snapshot.
		x.snapshot = x.header.Clone()
		close(x.ready)
		return
	}
	wake(x.data)
}

// wake leaves a token for whoever waits on c. A nil c has nobody.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// waitLocked waits with the lock released for a token or the end of done.
func (x *exchange) waitLocked(token, done <-chan struct{}) {
	x.mu.Unlock()
	select {
	case <-token:
	case <-done:
	}
	x.mu.Lock()
}

// finish ends the exchange after the handler has returned.
func (x *exchange) finish() {
	x.mu.Lock()
	if !x.hijacked {
		x.endLocked(nil)
	}
	x.mu.Unlock()
	x.cancel()
	if x.body != nil {
		_ = x.body.Close()
	}
}

// breakOff ends the exchange as a connection does that failed, or that closed
// where failure is nil.
func (x *exchange) breakOff(failure error) {
	x.mu.Lock()
	err := io.EOF
	if x.sent {
		err = io.ErrUnexpectedEOF
	}
	if failure != nil {
		err = failure
	}
	x.endLocked(err)
	x.mu.Unlock()
	x.cancel()
	if x.body != nil {
		_ = x.body.Close()
	}
}

func (x *exchange) endLocked(err error) {
	if x.finished {
		return
	}
	x.finished = true
	x.failure = err
	if err == nil {
		x.flushed = len(x.buf)
	}
	if !x.sent {
		if x.status == 0 {
			x.status = http.StatusOK
		}
		x.snapshot = x.header
		close(x.ready)
		return
	}
	wake(x.data)
}

// abandon tells the handler that the caller has gone away.
func (x *exchange) abandon(err error) {
	x.mu.Lock()
	if !x.gone {
		x.gone = true
		if x.failure == nil {
			x.failure = err
		}
		wake(x.data)
	}
	x.mu.Unlock()
	x.cancel()
}

// response makes the caller's view, once the headers are out.
func (x *exchange) response(ctx context.Context, req *http.Request) (*http.Response, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.sent && x.failure != nil {
		return nil, x.failure
	}
	resp := &http.Response{
		Status: statusLine(x.status), StatusCode: x.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.snapshot, Request: req, ContentLength: -1,
	}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	if !x.sent {
		// The handler has returned: the whole answer is here, nothing can move.
		resp.ContentLength = int64(len(x.buf))
		resp.Body = &whole{buf: x.buf, ctx: ctx}
		return resp, nil
	}
	b := &body{x: x, ctx: ctx}
	if b.ctx.Done() != nil && !x.finished {
		b.stop = context.AfterFunc(b.ctx, func() { x.abandon(context.Cause(b.ctx)) })
	}
	resp.Body = b
	return resp, nil
}

func statusLine(code int) string {
	if code == http.StatusOK {
		return "200 OK"
	}
	return strconv.Itoa(code) + " " + http.StatusText(code)
}
