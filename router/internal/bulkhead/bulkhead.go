package bulkhead

import "sync/atomic"

// Bulkhead counts what is inside and refuses to let in more than its cap. Make
// it with [New]; it is safe for concurrent use.
type Bulkhead struct {
	most   atomic.Int64
	inside atomic.Int64
}

// New returns an empty bulkhead for so many at once; 0 counts and refuses
// nobody.
func New(most int) *Bulkhead {
	b := &Bulkhead{}
	b.SetMost(most)
	return b
}

// Enter takes a place, if there is one. A place taken is given back with Leave,
// once.
func (b *Bulkhead) Enter() bool {
	most := b.most.Load()
	if n := b.inside.Add(1); most > 0 && n > most {
		b.inside.Add(-1)
		return false
	}
	return true
}

// Leave gives a place back.
func (b *Bulkhead) Leave() { b.inside.Add(-1) }

// Inside is how many are inside, never more than the cap: those who were in before
// it came down are not counted beyond it.
func (b *Bulkhead) Inside() int {
	n := b.inside.Load()
	if most := b.most.Load(); most > 0 { // one that is being refused is counted for a moment
		n = min(n, most)
	}
	return int(n)
}

// Most is the cap; 0 is none.
func (b *Bulkhead) Most() int { return int(b.most.Load()) }

// SetMost sets the cap. Nobody who is inside has to leave.
func (b *Bulkhead) SetMost(most int) { b.most.Store(int64(most)) }
