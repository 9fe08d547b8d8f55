package router

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
)

// background is what goes on beside serving requests. Each piece of it must end soon
// once its context has.
type background struct {
	ctx    context.Context //nolint:containedctx // of all that is under way
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

func (b *background) open() { b.ctx, b.cancel = context.WithCancel(context.Background()) }

// close ends what is under way, waits for it, and lets nothing else begin.
func (b *background) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.tasks.Wait()
}

// start does something beside, unless it is closed.
func (b *background) start(log *slog.Logger, what string, f func(ctx context.Context)) (started bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.tasks.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				log.Error("panic beside the requests", "in", what, "panic", p, "stack", string(debug.Stack()))
			}
		}()
		f(b.ctx)
	})
	return true
}

// Close ends what the router does beside serving requests, and waits for it. A
// router without shadow traffic, probes, alerts and queue has nothing to close; one that
// is closed still serves, and begins nothing else. Safe to call more than once.
func (r *Router) Close() {
	r.background.close()
	if r.current.Load() == r { // no successor has its jobs
		r.executing.close()
	}
}

// start does something beside, unless the router is closed.
func (r *Router) start(what string, f func(ctx context.Context)) (started bool) {
	return r.background.start(r.log, what, f)
}
