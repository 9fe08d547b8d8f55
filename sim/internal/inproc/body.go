package inproc

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// errBodyClosed is returned by a read after Close.
var errBodyClosed = errors.New("inproc: read on closed body")

// buffers holds what answers were written into, until their reader closes them.
var buffers sync.Pool

func getBuffer() []byte {
	if b, ok := buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, flushAt)
}

// putBuffer takes a buffer back that nobody will look at again. Those that had
// to grow are left to the collector.
func putBuffer(b []byte) {
	if cap(b) == flushAt {
		buffers.Put(&b)
	}
}

// whole is the body of an answer that was complete when its headers went out.
// It is not safe for concurrent use.
type whole struct {
	ctx    context.Context //nolint:containedctx // a body belongs to its request
	buf    []byte
	read   int
	closed bool
}

func (b *whole) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errBodyClosed
	}
	if b.read == len(b.buf) {
		return 0, io.EOF
	}
	if err := expired(b.ctx); err != nil {
		return 0, err
	}
	n := copy(p, b.buf[b.read:])
	b.read += n
	return n, nil
}

func (b *whole) Close() error {
	if !b.closed {
		b.closed = true
		putBuffer(b.buf)
		b.buf = nil
	}
	return nil
}

// body is the caller's end of an answer that still arrives. Read is not safe
// for concurrent use; Close may be called at any time.
type body struct {
	ctx  context.Context //nolint:containedctx // a body belongs to its request
	x    *exchange
	stop func() bool // ends the watch on ctx; nil without one
}

// Read blocks until bytes were flushed, the answer ended, or the context of
// the request is over; the last wins where they fall on one instant.
func (b *body) Read(p []byte) (int, error) {
	x := b.x
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		if err := expired(b.ctx); err != nil {
			return 0, err
		}
		switch {
		case x.gone:
			return 0, errBodyClosed
		case x.flushed > 0:
			n := copy(p, x.buf[:x.flushed])
			x.buf = append(x.buf[:0], x.buf[n:]...)
			x.flushed -= n
			wake(x.room)
			return n, nil
		case x.finished:
			if b.stop != nil {
				b.stop()
			}
			if x.failure != nil {
				return 0, x.failure
			}
			return 0, io.EOF
		}
		x.waitLocked(x.data, b.ctx.Done())
	}
}

// Close ends the caller's interest; a handler that still runs is cancelled.
func (b *body) Close() error {
	if b.stop != nil {
		b.stop()
	}
	b.x.abandon(errBodyClosed)
	return nil
}

// conn is what a handler gets from Hijack. Reads and writes fail: the adapter
// carries no raw bytes.
type conn struct {
	x      *exchange
	linger bool
}

var errNoRaw = errors.New("inproc: a hijacked connection carries no raw bytes")

func (c *conn) Read([]byte) (int, error)  { return 0, errNoRaw }
func (c *conn) Write([]byte) (int, error) { return 0, errNoRaw }

// SetLinger marks the connection for a reset (seconds = 0) on Close, as
// net.TCPConn does.
func (c *conn) SetLinger(seconds int) error {
	c.linger = seconds == 0
	return nil
}

// Refuse ends the exchange as if nobody had listened: the caller's dial fails.
// A handler that refuses in virtual time does so after the fact, since there is
// no dial to refuse.
func (c *conn) Refuse() { c.x.breakOff(errRefused) }

func (c *conn) Close() error {
	if c.linger {
		c.x.breakOff(errReset)
	} else {
		c.x.breakOff(nil)
	}
	return nil
}

func (c *conn) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (c *conn) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
