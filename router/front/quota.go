package front

import (
	"sync"
	"sync/atomic"
	"time"
)

// quota is so much a minute: a minute's worth can be used at once, and comes back
// evenly. Its zero value is unused. It is safe for concurrent use.
type quota struct {
	mu   sync.Mutex
	full time.Time // when all will have come back
}

// cost is how long a minute's worth of limit takes to come back for each.
func cost(limit int) time.Duration {
	return (time.Minute + time.Duration(limit) - 1) / time.Duration(limit)
}

// wait is how long it takes until something is left; 0 or less: something is. No limit
// has nothing to wait for.
func (b *quota) wait(now time.Time, limit int) time.Duration {
	if limit == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.behind(now, limit)
}

func (b *quota) behind(now time.Time, limit int) time.Duration {
	if !b.full.After(now) {
		return 0
	}
	return b.full.Sub(now) - time.Minute + cost(limit)
}

// one takes one if something is left, and else says how long to wait.
func (b *quota) one(now time.Time, limit int) (wait time.Duration, ok bool) {
	if limit == 0 {
		return 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.behind(now, limit); wait > 0 {
		return wait, false
	}
	b.add(now, 1, limit)
	return 0, true
}

// take takes n, whether they are left or not.
func (b *quota) take(now time.Time, n int64, limit int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(now, n, limit)
}

// longest bounds how far ahead a quota can be used up by what is only known
// afterwards.
const longest = 10 * time.Minute

func (b *quota) add(now time.Time, n int64, limit int) {
	if b.full.Before(now) {
		b.full = now
	}
	n = min(n, int64(longest/cost(limit)))
	b.full = b.full.Add(time.Duration(n) * cost(limit))
	if last := now.Add(longest); b.full.After(last) {
		b.full = last
	}
}

// places are requests under way. Its zero value has none.
type places struct{ n atomic.Int64 }

// spared is the part of the places, one in so many, that those who can wait leave to
// those who cannot.
const spared = 5

// enter takes a place of at most limit; 0 is no limit.
func (p *places) enter(limit int, batch bool) bool {
	if batch {
		limit -= limit / spared
	}
	if n := p.n.Add(1); limit > 0 && n > int64(limit) {
		p.n.Add(-1)
		return false
	}
	return true
}

func (p *places) leave() { p.n.Add(-1) }
