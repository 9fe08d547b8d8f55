package fakeproviders

import (
	"context"
	"sync"
)

// gate admits a bounded number of attempts and queues a bounded number behind
// them, first in, first out. A freed place goes to the head of the queue before
// anybody else can take it. The mutex is never held across a wait.
type gate struct {
	limit int // places; 0 = unlimited
	seats int // waiting places

	mu    sync.Mutex
	busy  int
	queue []*waiter
}

// waiter is one attempt in the queue.
type waiter struct {
	ready   chan struct{} // closed when granted
	granted bool
}

// admission is the outcome of gate.enter.
type admission uint8

const (
	admitted admission = iota
	full
	gone // the caller went away while waiting
)

// enter takes a place, waiting for it if there is a seat. After admitted, and
// only then, leave must be called once. A place granted at the instant the
// caller goes away counts as admitted.
func (g *gate) enter(ctx context.Context) admission {
	if g.limit == 0 {
		return admitted
	}
	g.mu.Lock()
	if g.busy < g.limit {
		g.busy++
		g.mu.Unlock()
		return admitted
	}
	if len(g.queue) >= g.seats {
		g.mu.Unlock()
		return full
	}
	w := &waiter{ready: make(chan struct{})}
	g.queue = append(g.queue, w)
	g.mu.Unlock()

	select {
	case <-w.ready:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.granted {
		return admitted
	}
	for i, other := range g.queue {
		if other == w {
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
			break
		}
	}
	return gone
}

// inService returns how many places are taken.
func (g *gate) inService() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy
}

// leave frees a place, or hands it to the head of the queue.
func (g *gate) leave() {
	if g.limit == 0 {
		return
	}
	g.mu.Lock()
	if len(g.queue) == 0 {
		g.busy--
		g.mu.Unlock()
		return
	}
	head := g.queue[0]
	g.queue[0] = nil
	g.queue = g.queue[1:]
	head.granted = true
	g.mu.Unlock()
	close(head.ready)
}
