package inproc

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// errBodyClosed is returned by a read after Close.
var errBodyClosed = errors.New("inproc: read on closed body")

// whole is the body of an answer that was complete when its headers went out.
// It is not safe for concurrent use.
type whole struct {
	ctx    context.Context //nolint:containedctx // a body belongs to its request
	data   []byte
	closed bool
}

func (b *whole) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errBodyClosed
	}
	if len(b.data) == 0 {
		return 0, io.EOF
	}
	if err := expired(b.ctx); err != nil {
		return 0, err
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

func (b *whole) Close() error {
	b.closed = true
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

func (c *conn) Close() error {
	c.x.breakOff(c.linger)
	return nil
}

func (c *conn) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (c *conn) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
