package cache

import (
	"context"
	"errors"
	"time"
)

// errPanicked is what those get who waited for a computation that panicked.
var errPanicked = errors.New("cache: the computation panicked")

// maxWaits is how often one call of Do waits for others before it computes for
// itself.
const maxWaits = 2

// Do returns the item of a key: what there is if it is fresh, else what compute
// makes of it, which is then kept for ttl under the tags. While one computes,
// others who ask for the same wait for it, and get its error if it fails; unless
// it was the leader's own context that ended. Where computing fails and there is
// an item within [Limits].StaleIfError, that is returned, marked as stale, and no
// error.
func (c *Cache[V]) Do(
	ctx context.Context, key Key, ttl time.Duration, compute func(context.Context) (V, error), tags ...string,
) (Found[V], error) {
	item := Item[V]{Key: key, TTL: ttl, Tags: tags}
	for range maxWaits {
		found, flight, verdict := c.Begin(time.Now(), key)
		switch verdict {
		case Hit:
			return found, nil
		case Lead:
			return flight.run(ctx, item, compute)
		case Join:
			found, ok, err := flight.Wait(ctx)
			switch {
			case ok:
				return found, nil
			case ctx.Err() != nil:
				return c.orStale(key, context.Cause(ctx))
			case err != nil:
				return c.orStale(key, err)
			}
		}
	}
	return c.Alone(key).run(ctx, item, compute)
}

// run computes, and ends the flight whatever happens.
func (f *Flight[V]) run(ctx context.Context, item Item[V], compute func(context.Context) (V, error)) (Found[V], error) {
	settled := false
	defer func() {
		if !settled {
			f.Fail(errPanicked)
		}
	}()
	value, err := compute(ctx)
	settled = true
	if err == nil {
		now := time.Now()
		item.Value = value
		f.Keep(now, item)
		return Found[V]{Value: value, Stored: now}, nil
	}
	if ctx.Err() != nil {
		f.Fail(nil)
	} else {
		f.Fail(err)
	}
	return f.c.orStale(item.Key, err)
}

// orStale is the item of a key that may stand in, or else the error.
func (c *Cache[V]) orStale(key Key, err error) (Found[V], error) {
	if found, ok := c.StandIn(time.Now(), key); ok {
		return found, nil
	}
	return Found[V]{}, err
}
