package spend

import (
	"sync"
	"time"
)

// Hourly lets no more be spent in an hour than its limit. The hours follow one
// another from its beginning. What something costs is known once it is over, so
// the most it may cost is reserved before: the limit holds for as long as nothing
// costs more than was reserved. What costs more after all leaves less for the rest
// of the hour. Safe for concurrent use.
type Hourly struct {
	limit int64 // in any unit
	begin time.Time

	mu    sync.Mutex
	hour  int64
	spent int64 // in the hour, what is reserved included
}

// NewHourly returns a budget whose first hour begins at an instant.
func NewHourly(limit int64, begin time.Time) *Hourly { return &Hourly{limit: limit, begin: begin} }

// Reserved is what has been taken for something. It is settled once.
type Reserved struct{ hour, most int64 }

// Most is what was reserved.
func (r Reserved) Most() int64 { return r.most }

// Reserve takes the most that something begun now may cost, if there is as much
// left of the hour. Nothing is negative.
func (h *Hourly) Reserve(now time.Time, most int64) (Reserved, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if hour := int64(now.Sub(h.begin) / time.Hour); hour > h.hour {
		h.hour, h.spent = hour, 0
	}
	if most > h.limit-h.spent { // not a sum, which might overflow
		return Reserved{}, false
	}
	h.spent += most
	return Reserved{h.hour, most}, true
}

// Settle puts what something has cost in place of what was reserved for it. It
// counts for the hour in which it began.
func (h *Hourly) Settle(r Reserved, cost int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.hour == h.hour {
		h.spent += cost - r.most
	}
}
