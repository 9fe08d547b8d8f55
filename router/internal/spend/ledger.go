package spend

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// MaxNames bounds the names of an axis that a ledger keeps apart. What is booked for
// a name that comes later is summed under [Other].
const MaxNames = 200

// Other stands for all names beyond [MaxNames].
const Other = "(other)"

// Amounts is what was booked: since the ledger began, and in the minute, hour and day
// of UTC.
type Amounts struct{ Total, Minute, Hour, Day int64 }

// Row is a name of an axis, and what was booked for it.
type Row struct {
	Name string
	Amounts
}

// Ledger adds up what was booked along some axes, such as providers or tenants, by
// name. Safe for concurrent use.
type Ledger struct {
	mu   sync.Mutex
	axes []map[string]*account
}

// account is the amounts of a name, and the periods the last booking fell in.
type account struct {
	Amounts
	minute, hour, day int64
}

// NewLedger returns a ledger with so many axes.
func NewLedger(axes int) *Ledger {
	l := &Ledger{axes: make([]map[string]*account, axes)}
	for i := range l.axes {
		l.axes[i] = map[string]*account{}
	}
	return l
}

// Book adds an amount, in any unit, under a name of each axis. An empty name is one
// like any other.
func (l *Ledger) Book(now time.Time, amount int64, names ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, name := range names {
		axis := l.axes[i]
		a := axis[name]
		if a == nil {
			if len(axis) >= MaxNames {
				name = Other
			}
			if a = axis[name]; a == nil {
				a = &account{}
				axis[strings.Clone(name)] = a // the name may be a part of a whole request
			}
		}
		a.roll(now)
		a.Total += amount
		a.Minute += amount
		a.Hour += amount
		a.Day += amount
	}
}

// Rows returns an axis at now, by name.
func (l *Ledger) Rows(axis int, now time.Time) []Row {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := make([]Row, 0, len(l.axes[axis]))
	for name, a := range l.axes[axis] {
		a.roll(now)
		rows = append(rows, Row{name, a.Amounts})
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// roll begins the periods that have come.
func (a *account) roll(now time.Time) {
	for _, p := range []struct {
		periods Periods
		nth     *int64
		sum     *int64
	}{{Minutes, &a.minute, &a.Minute}, {Hours, &a.hour, &a.Hour}, {Days, &a.day, &a.Day}} {
		if nth, _ := p.periods(now); nth > *p.nth {
			*p.nth, *p.sum = nth, 0
		}
	}
}
