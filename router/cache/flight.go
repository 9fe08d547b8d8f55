package cache

import (
	"context"
	"time"
)

// Verdict says what is to be done about a key.
type Verdict uint8

// The verdicts.
const (
	Hit  Verdict = iota // there is a fresh item
	Lead                // compute it, and end the flight
	Join                // another one computes it: call Flight.Wait
)

// Flight is one computation. Whoever leads it must end it, once, with Keep,
// Share or Fail.
type Flight[V any] struct {
	c       *Cache[V]
	key     Key
	alone   bool // nobody can join
	epoch   uint64
	waiters int
	done    chan struct{} // closed by its end

	// Set before done is closed.
	found Found[V]
	ok    bool
	err   error
}

// Begin looks a key up. The item is that of a Hit, the flight that of the other
// verdicts. An item past its TTL is no hit; see [Cache.StandIn].
func (c *Cache[V]) Begin(now time.Time, key Key) (Found[V], *Flight[V], Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.look(now, key); ok && !f.Stale {
		c.stats.Hits++
		return f, nil, Hit
	}
	f := c.flights[key]
	if f != nil && f.waiters < c.limits.Waiters {
		f.waiters++
		return Found[V]{}, f, Join
	}
	c.stats.Misses++
	alone := f != nil
	f = &Flight[V]{c: c, key: key, alone: alone, epoch: c.epoch, done: make(chan struct{})}
	if !alone {
		c.flights[key] = f
	}
	return Found[V]{}, f, Lead
}

// Alone is a flight that nobody joins, for who wants to compute whatever there is.
func (c *Cache[V]) Alone(key Key) *Flight[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Flight[V]{c: c, key: key, alone: true, epoch: c.epoch, done: make(chan struct{})}
}

// Keep ends a flight with what it was for. The item's key may be another than
// that of the flight. It is not kept if anything has been removed since the flight
// began: it may have been made of what was to be forgotten.
func (f *Flight[V]) Keep(now time.Time, item Item[V]) {
	f.end(func() {
		if f.epoch == f.c.epoch {
			f.c.put(now, item)
		}
		f.found, f.ok = Found[V]{Value: item.Value, Stored: now}, true
	})
}

// Share ends a flight with what there was, as one of StandIn.
func (f *Flight[V]) Share(found Found[V]) { f.end(func() { f.found, f.ok = found, true }) }

// Fail ends a flight without anything to show.
func (f *Flight[V]) Fail(err error) { f.end(func() { f.err = err }) }

func (f *Flight[V]) end(settle func()) {
	c := f.c
	c.mu.Lock()
	if !f.alone {
		delete(c.flights, f.key)
	}
	settle()
	if f.ok {
		c.stats.Hits += int64(f.waiters)
	}
	c.mu.Unlock()
	close(f.done)
}

// Wait waits for the end of a flight that another one leads. It is false where
// the leader had nothing to show, perhaps with the leader's error. When ctx ends
// first, err is its cause.
func (f *Flight[V]) Wait(ctx context.Context) (found Found[V], ok bool, err error) {
	select {
	case <-f.done:
	case <-ctx.Done():
	}
	select { // what has ended counts, also where both have
	case <-f.done:
		return f.found, f.ok, f.err
	default:
		return Found[V]{}, false, context.Cause(ctx)
	}
}
