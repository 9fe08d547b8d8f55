// Package inproc turns an http.Handler into an http.RoundTripper without a
// socket, so that a whole request path can run inside one synctest bubble.
//
// It behaves as net/http does between a client and a server on one machine:
// the handler gets a fresh context and cloned headers, the response is returned
// when its headers are written (at the first flush, when more than 4 KiB wait,
// or when the handler returns), a caller that goes away cancels the handler's
// context, a cancelled round trip returns the cause of the caller's context, a
// panic or a closed connection breaks the answer. One conformance table in the
// tests runs over this adapter and over real sockets alike.
//
// Three things differ on purpose. Every hop takes time above zero
// ([Transport.Delay]), since two events at one instant run in random order.
// Where a deadline and an answer fall on one instant, the deadline wins, always.
// Handlers run on reused goroutines, which keep their grown stacks.
//
// A Transport is safe for concurrent use. [Transport.Close] ends its goroutines.
package inproc
