package incident

import (
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// The spans in which results are counted, and how far back they reach.
const (
	span     = 10 * time.Second
	spans    = 90           // Lookback
	Lookback = spans * span // how long before its detection an incident may have started at the most
	pause    = 6            // so many spans without any result end the failing
	failing  = 5            // a span fails if one result in so many does
)

// trail is what a target did at an endpoint of late, and whether its breaker is
// closed. The zero value did nothing.
type trail struct {
	ring    [spans]tally
	out     bool      // its breaker is not closed
	changed time.Time // when that changed last

	answered bool // it has answered since the start
	refused  bool // it has said that a model, a key or an endpoint is wrong
	unlike   bool // it has failed in another way
}

// refusals are how a provider says that a model has not the endpoint; so it does of a
// wrong key and of a model that is gone.
var refusals = map[string]bool{audit.Unauthorized: true, audit.ModelMissing: true}

// hear notes how an attempt ended.
func (l *trail) hear(reason string) {
	l.answered = l.answered || reason == audit.OK
	l.refused = l.refused || refusals[reason]
	l.unlike = l.unlike || !unharmed[reason] && !refusals[reason]
}

// tally is what ended in one span.
type tally struct {
	number      int64 // of the span, since 1970
	all, bad    int
	first, last time.Time // the failures; zero without any
}

func (y *tally) failing() bool { return y.bad > 0 && y.bad*failing >= y.all }

// add enters a result that ended at an instant; one from too long ago is lost.
func (l *trail) add(at time.Time, bad bool) {
	n := at.UnixNano() / int64(span)
	y := &l.ring[n%spans]
	if y.number > n {
		return
	}
	if y.number < n {
		*y = tally{number: n}
	}
	y.all++
	if !bad {
		return
	}
	y.bad++
	if y.first.IsZero() || at.Before(y.first) {
		y.first = at
	}
	if at.After(y.last) {
		y.last = at
	}
}

// began is the first failure of the failing that goes on at an instant; that instant
// itself if nothing failed.
func (l *trail) began(at time.Time) time.Time {
	began, empty := at, 0
	for n := at.UnixNano() / int64(span); empty < pause && n > at.UnixNano()/int64(span)-spans; n-- {
		y := &l.ring[n%spans]
		switch {
		case y.number != n:
			empty++
		case y.failing() && !y.first.After(at):
			began, empty = y.first, 0
		case y.number == at.UnixNano()/int64(span):
			// The span has just begun, and says little yet.
		default:
			return began
		}
	}
	return began
}

// heard reports whether anything ended before an instant, and within Lookback before
// now. A nil trail heard nothing.
func (l *trail) heard(before, now time.Time) bool {
	if l == nil {
		return false
	}
	for i := range l.ring {
		if y := &l.ring[i]; y.all > 0 && y.number < before.UnixNano()/int64(span) && now.UnixNano()/int64(span)-y.number < spans {
			return true
		}
	}
	return false
}

// ceased is the last failure of the last failing before an instant; zero if there was
// none within Lookback.
func (l *trail) ceased(at time.Time) time.Time {
	for n := at.UnixNano() / int64(span); n > at.UnixNano()/int64(span)-spans; n-- {
		if y := &l.ring[n%spans]; y.number == n && y.failing() {
			return y.last
		}
	}
	return time.Time{}
}

// unharmed are the ends of an attempt that say nothing against the target.
var unharmed = map[string]bool{
	audit.OK: true, audit.BadRequest: true, audit.ContentFiltered: true, audit.ContextLength: true, audit.Conflict: true,
	audit.HedgeLost: true, audit.ClientGone: true,
}
