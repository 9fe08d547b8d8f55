package inproc

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// errClosed is returned by a round trip after Close.
var errClosed = errors.New("inproc: transport is closed")

// Transport runs Handler for every round trip. The zero value is not usable:
// Handler must be set. Fields are not to be changed once in use.
type Transport struct {
	// Handler answers the requests.
	Handler http.Handler

	// Delay is the time of the hop, taken before the handler runs. Nil is a
	// hop without delay, which is only right where ties do not matter.
	Delay func(*http.Request) time.Duration

	// OnPanic is told of a handler's panic other than http.ErrAbortHandler,
	// with the stack. Nil ignores it. The caller sees a broken connection.
	OnPanic func(value any, stack []byte)

	mu     sync.Mutex
	idle   []*worker
	busy   sync.WaitGroup
	closed bool
}

// worker is a goroutine that runs one exchange after another.
type worker struct {
	next chan *exchange
}

// RoundTrip implements http.RoundTripper. The error of a cancelled request is
// the cause of its context.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.RoundTripContext(req.Context(), req)
}

// RoundTripContext is RoundTrip under ctx in place of the request's own
// context, which saves a caller that has to replace it a copy of the request.
func (t *Transport) RoundTripContext(ctx context.Context, req *http.Request) (*http.Response, error) {
	if t.Delay != nil {
		hop(ctx, t.Delay(req))
	}
	if err := expired(ctx); err != nil {
		closeBody(req)
		return nil, err
	}
	x := newExchange(req)
	if err := t.start(x); err != nil {
		closeBody(req)
		return nil, err
	}
	select {
	case <-x.ready:
	case <-ctx.Done():
	}
	// Both may have happened at this instant; a select would pick at random.
	if err := expired(ctx); err != nil {
		x.abandon(err)
		return nil, err
	}
	return x.response(ctx, req)
}

// Close ends the idle goroutines and waits for the handlers that still run.
// Round trips after Close fail.
func (t *Transport) Close() {
	t.mu.Lock()
	t.closed = true
	for _, w := range t.idle {
		close(w.next)
	}
	t.idle = nil
	t.mu.Unlock()
	t.busy.Wait()
}

// start hands x to an idle worker, or to a new one.
func (t *Transport) start(x *exchange) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return errClosed
	}
	if n := len(t.idle); n > 0 {
		w := t.idle[n-1]
		t.idle = t.idle[:n-1]
		t.mu.Unlock()
		w.next <- x // never blocks: the channel holds one and w is idle
		return nil
	}
	t.busy.Add(1)
	t.mu.Unlock()
	w := &worker{next: make(chan *exchange, 1)}
	w.next <- x
	go t.work(w)
	return nil
}

func (t *Transport) work(w *worker) {
	defer t.busy.Done()
	for x := range w.next {
		t.serve(x)
		t.mu.Lock()
		if t.closed {
			t.mu.Unlock()
			return
		}
		t.idle = append(t.idle, w)
		t.mu.Unlock()
	}
}

// serve runs the handler and always finishes the exchange.
func (t *Transport) serve(x *exchange) {
	defer func() {
		v := recover()
		if v == nil {
			x.finish()
			return
		}
		if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.panicked(v)
		}
		x.breakOff(nil)
	}()
	t.Handler.ServeHTTP(x, x.request)
}

func (t *Transport) panicked(v any) {
	if t.OnPanic != nil {
		t.OnPanic(v, debug.Stack())
	}
}

// hop sleeps for d, or until ctx's deadline where that comes first. A
// cancellation without a deadline is noticed at the end of the hop, at most a
// millisecond late: a plain sleep is half the cost of a cancellable one.
func hop(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	if dl, ok := ctx.Deadline(); ok {
		if left := time.Until(dl); left <= d {
			<-ctx.Done()
			return
		}
	}
	time.Sleep(d)
}

// expired says whether ctx is over at this instant, and why. A deadline that
// has been reached counts even where its timer has yet to run.
func expired(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if dl, ok := ctx.Deadline(); ok && !time.Now().Before(dl) {
		return context.DeadlineExceeded
	}
	return nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
