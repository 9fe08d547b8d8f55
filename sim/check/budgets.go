package check

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// checkBudgets is the part of [BoundsHold] about budgets: what is booked for the
// attempts and shadows that were begun in one period is no more than the limit.
// What is booked counts and not what was billed: the router cannot know better,
// and [LedgerEqualsBill] holds the two against each other. Where a provider told
// a wrong usage, nobody could have held a limit: those count for nothing, as do
// those that began within Limits.Slack of the end of a period.
func (l *Logs) checkBudgets(r *Result) {
	if len(l.cell.Limits.Budgets) == 0 {
		return
	}
	p := purse{l: l, r: r, requests: newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq }), booked: map[spell]int64{}}
	for i := range l.attempts {
		a := &l.attempts[i]
		p.book(a.Seq, a.Replica, a.Target, a.Start, a.CostMicroUSD, l.entry(i))
	}
	p.requests = newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	for i := range l.shadows.list {
		s := &l.shadows.list[i]
		p.book(s.Seq, s.Replica, s.Target, s.Start, s.CostMicroUSD, l.shadows.entry(i))
	}
}

// spell is one period of one budget of one router.
type spell struct {
	replica uint8
	budget  int16
	nth     int
}

// purse adds up what is booked in each spell.
type purse struct {
	l        *Logs
	r        *Result
	requests *cursor[record.Request]
	booked   map[spell]int64
}

func (p *purse) book(seq uint32, replica uint8, target int16, start record.Offset, cost int64, entry *record.Entry) {
	lo, hi := p.requests.span(seq)
	if lo == hi || entry != nil && entry.UsageWrong {
		return
	}
	limits, bounds := &p.l.cell.Limits, p.l.cell.Bounds
	n := int(p.l.requests[lo].Bound)
	if n == 0 || n > len(bounds) {
		return
	}
	for _, budget := range bounds[n-1].Budgets {
		b := &limits.Budgets[budget]
		if !slices.Contains(b.Targets, target) {
			continue
		}
		nth, _ := slices.BinarySearch(b.Ends, start+1)
		if nth < len(b.Ends) && b.Ends[nth]-start <= limits.Slack || nth > 0 && start-b.Ends[nth-1] < limits.Slack {
			continue
		}
		p.r.Checked++
		s := spell{replica, budget, nth}
		before := p.booked[s]
		p.booked[s] += cost
		if before <= b.MicroUSD && p.booked[s] > b.MicroUSD {
			p.r.violate(seq, "with it %d µUSD are booked on the budget %s in its period %d, %d permitted", p.booked[s], b.Name, nth+1, b.MicroUSD)
		}
	}
}
