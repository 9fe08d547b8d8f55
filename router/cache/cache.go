package cache

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Key names an item. Whatever tells two items apart must be part of it, as who
// may see it.
type Key [sha256.Size]byte

// KeyOf is the key of a list of parts; lists that differ have different keys.
func KeyOf(parts ...string) (k Key) {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		_, _ = h.Write(n[:]) // a hash never fails
		_, _ = h.Write([]byte(p))
	}
	h.Sum(k[:0])
	return k
}

// Limits bound a cache.
type Limits struct {
	Entries  int   // items at most, at least 1
	MaxBytes int64 // of all items together, at least 8; one alone may have an eighth
	// StaleIfError is how long beyond its TTL an item may stand in where computing
	// it anew fails; 0 is not at all.
	StaleIfError time.Duration
	// Waiters is how many may wait for one computation; further ones compute for
	// themselves. 0 means DefaultWaiters.
	Waiters int
}

// DefaultWaiters is the usual [Limits].Waiters.
const DefaultWaiters = 1000

// Item is a value to be kept.
type Item[V any] struct {
	Key   Key
	Value V
	TTL   time.Duration // how long it is fresh; 0 or less keeps nothing
	Tags  []string      // by which it can be removed with others; not changed any more
}

// Found is a value that was kept.
type Found[V any] struct {
	Value  V
	Stored time.Time
	Stale  bool // past its TTL
}

// Age is how long before now the value was kept.
func (f *Found[V]) Age(now time.Time) time.Duration { return max(0, now.Sub(f.Stored)) }

// Cache keeps items. Make one with [New]; it is safe for concurrent use.
type Cache[V any] struct {
	size func(V) int64

	mu      sync.Mutex
	limits  Limits
	items   *simplelru.LRU[Key, *kept[V]]
	bytes   int64 // of all items
	flights map[Key]*Flight[V]
	epoch   uint64 // removals so far
	stats   Stats
}

type kept[V any] struct {
	Item[V]
	stored time.Time
	size   int64
	uses   int64 // how often it was found, and what was there before it under its key
}

// Stats counts what a cache holds, and what was done with it since it was made.
type Stats struct {
	Entries   int64 `json:"entries"` // now
	Bytes     int64 `json:"bytes"`   // now
	Hits      int64 `json:"hits"`    // of Begin and Do; who waited for another one's computation had one
	Misses    int64 `json:"misses"`
	Stale     int64 `json:"stale"` // items past their TTL that stood in
	Stored    int64 `json:"stored"`
	Evictions int64 `json:"evictions"` // for want of room; not those that were too old
}

// New returns an empty cache. Size says how many bytes a value takes.
func New[V any](l Limits, size func(V) int64) (*Cache[V], error) {
	if err := l.complete(); err != nil {
		return nil, err
	}
	c := &Cache[V]{limits: l, size: size, flights: map[Key]*Flight[V]{}}
	var err error
	c.items, err = simplelru.NewLRU(l.Entries, func(_ Key, k *kept[V]) { c.bytes -= k.size })
	return c, err
}

// complete checks the limits, and sets what is left to their defaults.
func (l *Limits) complete() error {
	if l.Entries < 1 || l.MaxBytes < 8 || l.StaleIfError < 0 || l.Waiters < 0 {
		return fmt.Errorf("cache: want at least 1 entry and 8 bytes, and nothing below 0: %+v", *l)
	}
	if l.Waiters == 0 {
		l.Waiters = DefaultWaiters
	}
	return nil
}

// Limits are the cache's.
func (c *Cache[V]) Limits() Limits {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limits
}

// Resize sets other limits, of which those that New refuses change nothing. What is
// kept stays, as far as there is room.
func (c *Cache[V]) Resize(l Limits) error {
	if err := l.complete(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limits = l
	c.stats.Evictions += int64(c.items.Resize(l.Entries))
	c.trim()
	return nil
}

// MaxValue is the largest value that is kept, in bytes.
func (c *Cache[V]) MaxValue() int64 { return c.Limits().MaxBytes / 8 }

// trim makes room. The caller holds the lock.
func (c *Cache[V]) trim() {
	for ; c.bytes > c.limits.MaxBytes; c.stats.Evictions++ {
		c.items.RemoveOldest()
	}
}

// Stats returns the counts.
func (c *Cache[V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Entries, s.Bytes = int64(c.items.Len()), c.bytes
	return s
}

// StandIn returns what there is under a key, fresh or stale, to be used where
// computing it has failed.
func (c *Cache[V]) StandIn(now time.Time, key Key) (Found[V], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.look(now, key)
	if ok && f.Stale {
		c.stats.Stale++
	}
	return f, ok
}

// look finds an item and counts it as used; one that is too old goes. The caller
// holds the lock.
func (c *Cache[V]) look(now time.Time, key Key) (Found[V], bool) {
	k, ok := c.items.Peek(key)
	if !ok {
		return Found[V]{}, false
	}
	age := now.Sub(k.stored)
	if age >= k.TTL+c.limits.StaleIfError {
		c.items.Remove(key)
		return Found[V]{}, false
	}
	c.items.Get(key)
	k.uses++
	return Found[V]{Value: k.Value, Stored: k.stored, Stale: age >= k.TTL}, true
}

// put keeps an item, in place of an older one of its key. The caller holds the
// lock.
func (c *Cache[V]) put(now time.Time, item Item[V]) {
	size := c.size(item.Value)
	if item.TTL <= 0 || size > c.limits.MaxBytes/8 {
		return
	}
	var uses int64
	if before, ok := c.items.Peek(item.Key); ok {
		uses = before.uses
		c.items.Remove(item.Key)
	}
	if c.items.Add(item.Key, &kept[V]{item, now, size, uses}) {
		c.stats.Evictions++
	}
	c.stats.Stored++
	c.bytes += size
	c.trim()
}

// Top returns up to n items, those found most often first, of equals the one used
// last. Their tags are not to be changed.
func (c *Cache[V]) Top(n int) []Item[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.items.Values() // the one used last comes last
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *kept[V]) int { return cmp.Compare(b.uses, a.uses) })
	list = list[:min(max(n, 0), len(list))]
	top := make([]Item[V], len(list))
	for i, k := range list {
		top[i] = k.Item
	}
	return top
}

// Remove forgets the item of a key, and reports whether there was one. As with
// RemoveTag and Clear, what is being computed meanwhile is not kept.
func (c *Cache[V]) Remove(key Key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	return c.items.Remove(key)
}

// RemoveTag forgets all items with a tag and returns how many. It looks at every
// item.
func (c *Cache[V]) RemoveTag(tag string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, key := range c.items.Keys() {
		if k, ok := c.items.Peek(key); ok && slices.Contains(k.Tags, tag) {
			c.items.Remove(key)
			n++
		}
	}
	return n
}

// Clear forgets everything and returns how many items that were.
func (c *Cache[V]) Clear() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	n = c.items.Len()
	c.items.Purge()
	return n
}
