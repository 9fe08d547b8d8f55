package spend

import (
	"sync"
	"time"
)

// Budget lets no more be spent in a period than its limit. What something costs
// is known once it is over, so the most it may cost is reserved before: the limit
// holds for as long as nothing costs more than was reserved. What costs more after
// all leaves less for the rest of the period. Safe for concurrent use.
type Budget struct {
	periods Periods

	mu    sync.Mutex
	limit int64     // in any unit
	nth   int64     // the period, and
	end   time.Time // when it ends
	spent int64     // in it
	held  int64     // reserved in it, and not settled
}

// NewBudget returns a budget with a limit for each of the periods.
func NewBudget(limit int64, periods Periods) *Budget { return &Budget{limit: limit, periods: periods} }

// Reserved is what has been taken for something. It is settled once.
type Reserved struct{ nth, most int64 }

// Most is what was reserved.
func (r Reserved) Most() int64 { return r.most }

// Reserve takes the most that something begun now may cost, if there is as much
// left of the period. Nothing is negative.
func (b *Budget) Reserve(now time.Time, most int64) (Reserved, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(now)
	if most > b.limit-b.spent-b.held { // not a sum, which might overflow
		return Reserved{}, false
	}
	b.held += most
	return Reserved{b.nth, most}, true
}

// Settle puts what something has cost in place of what was reserved for it. It
// counts for the period in which it began; before is what had been spent in that
// without it, and after with it. Of a period that is over they are 0.
func (b *Budget) Settle(r Reserved, cost int64) (before, after int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.nth != b.nth {
		return 0, 0
	}
	b.held -= r.most
	b.spent += cost
	return b.spent - cost, b.spent
}

// Limit is the limit of each period.
func (b *Budget) Limit() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit
}

// SetLimit sets the limit, that of the period under way too. What has been spent and
// reserved in it stays so.
func (b *Budget) SetLimit(limit int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = limit
}

// State is what there is to know of a budget.
type State struct {
	Spent, Held int64     // in the period; Held is reserved for what is under way
	End         time.Time // of the period
}

// State returns the budget's state at now.
func (b *Budget) State(now time.Time) State {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(now)
	return State{b.spent, b.held, b.end}
}

// roll begins a new period when it is time.
func (b *Budget) roll(now time.Time) {
	if nth, end := b.periods(now); nth > b.nth || b.end.IsZero() {
		b.nth, b.end, b.spent, b.held = nth, end, 0, 0
	}
}
