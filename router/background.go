package router

import (
	"context"
	"runtime/debug"
	"sync"
)

// background is what the router does beside serving requests. Each piece of it
// must end soon once its context has.
type background struct {
	ctx    context.Context //nolint:containedctx // of all that is under way
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

// Close ends what the router does beside serving requests, and waits for it. A
// router without shadow traffic, probes and alerts has nothing to close; one that is
// closed still serves, and begins nothing else. Safe to call more than once.
func (r *Router) Close() {
	b := &r.background
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.tasks.Wait()
}

// start does something beside, unless the router is closed.
func (r *Router) start(what string, f func(ctx context.Context)) (started bool) {
	b := &r.background
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.tasks.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				r.log.Error("panic beside the requests", "in", what, "panic", p, "stack", string(debug.Stack()))
			}
		}()
		f(b.ctx)
	})
	return true
}
