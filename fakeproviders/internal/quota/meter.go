package quota

import "time"

// meter enforces one limit. It is always advanced to the position of the call
// before anything else is asked of it.
type meter interface {
	advance(now int64)
	wait(n int64) int64 // until n fit: 0 = now, or never; nothing fits even in debt
	most() int64        // the largest n that ever fits, squeezes left aside
	take(n int64)       // whether it fits or not
	give(n, at int64)   // takes back n that were taken at a position
	state() Meter
}

// Meter is the state of one limit, as a service's headers tell it. The zero
// Meter is that of a limit there is none of.
type Meter struct {
	Limit     int           // per minute or day, as configured
	Allowance int           // what the present window admits; Limit where there is none
	Used      int           // of the allowance, by others too; beyond it where output was charged afterwards
	Remaining int           // what would be admitted now
	Reset     time.Duration // until all of it is there again if nothing more is asked
}

// bucket holds a minute's worth and refills continuously.
type bucket struct {
	limit int64
	share *share
	at    int64 // position
	used  int64 // what has to refill; a token is one minute of units, so that the limit is what refills in a microsecond
}

const maxUsed = 1 << 61 // debts end here rather than overflow

func (b *bucket) advance(now int64) {
	for b.at < now && b.used > 0 {
		left, until := b.share.at(b.at)
		end := min(until, now)
		b.used = refill(b.used, ours(b.limit, left), end-b.at)
		b.at = end
	}
	b.at = now
}

func refill(used, rate, span int64) int64 {
	if used/rate < span {
		return 0
	}
	return used - rate*span
}

func (b *bucket) wait(n int64) int64 {
	used, at := b.used, b.at
	for range horizon {
		left, until := b.share.at(at)
		rate := ours(b.limit, left)
		excess := used + (n-rate)*minute
		if excess <= 0 || n == 0 {
			return at - b.at
		}
		if n > b.most() {
			break
		}
		if n <= rate {
			if d := ceilDiv(excess, rate); d < until-at {
				return at + d - b.at
			}
		}
		if until == never {
			break
		}
		used, at = refill(used, rate, until-at), until
	}
	return never
}

func (b *bucket) most() int64 { return ours(b.limit, b.share.most()) }

func (b *bucket) take(n int64) { b.used = min(b.used+n*minute, maxUsed) }

func (b *bucket) give(n, _ int64) { b.used = max(b.used-n*minute, 0) }

func (b *bucket) state() Meter {
	left, _ := b.share.at(b.at)
	rate := ours(b.limit, left)
	return Meter{
		Limit: int(b.limit), Allowance: int(b.limit),
		Used:      int(b.limit - rate + ceilDiv(b.used, minute)),
		Remaining: int(max(rate*minute-b.used, 0) / minute),
		Reset:     time.Duration(b.full()) * time.Microsecond,
	}
}

// full returns how long it takes to refill, up to the horizon.
func (b *bucket) full() int64 {
	used, at := b.used, b.at
	for range horizon {
		left, until := b.share.at(at)
		rate := ours(b.limit, left)
		if d := ceilDiv(used, rate); d <= until-at {
			return at + d - b.at
		}
		used, at = refill(used, rate, until-at), until
	}
	return at - b.at
}

// window admits so much in each span of the timeline.
type window struct {
	limit  int64
	share  *share
	width  int64 // microseconds
	parts  int64 // windows that make up the limit
	offset int64 // added to positions
	at     int64
	index  int64 // of the window
	used   int64
}

func (w *window) advance(now int64) {
	w.at = now
	if i := (now + w.offset) / w.width; i != w.index {
		w.index, w.used = i, 0
	}
}

// part returns what the window of an index has of so much per whole. Neighbours
// differ by at most 1 and all parts add up to the whole.
func (w *window) part(whole, index int64) int64 {
	i := index % w.parts
	return (i+1)*whole/w.parts - i*whole/w.parts
}

// allowance returns what is ours of the window of an index.
func (w *window) allowance(index int64) int64 {
	left, _ := w.share.at(max(index*w.width-w.offset, 0))
	return w.part(ours(w.limit, left), index)
}

func (w *window) wait(n int64) int64 {
	if n == 0 || w.used+n <= w.allowance(w.index) {
		return 0
	}
	if n > w.most() {
		return never
	}
	for i := w.index + 1; i <= w.index+horizon; i++ {
		if n <= w.allowance(i) {
			return i*w.width - w.offset - w.at
		}
	}
	return never
}

func (w *window) most() int64 { return ceilDiv(ours(w.limit, w.share.most()), w.parts) }

func (w *window) take(n int64) { w.used = min(w.used+n, maxUsed) }

func (w *window) give(n, at int64) {
	if (at+w.offset)/w.width == w.index {
		w.used = max(w.used-n, 0)
	}
}

func (w *window) state() Meter {
	mine := w.allowance(w.index)
	all := max(w.part(w.limit, w.index), mine) // ours may come in another window of the minute
	return Meter{
		Limit: int(w.limit), Allowance: int(all),
		Used:      int(all - mine + w.used),
		Remaining: int(max(mine-w.used, 0)),
		Reset:     time.Duration((w.index+1)*w.width-w.offset-w.at) * time.Microsecond,
	}
}
