package fakeproviders

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// never is later than every instant of a timeline. Half the range leaves room
// for sums and differences.
const never = time.Duration(math.MaxInt64 / 2)

// edgeLag bounds how long after a fault edge attempts in service notice it. If
// all of them acted at the edge itself, they would act at one instant.
const edgeLag = 10 * time.Millisecond

// watched is an event as one attempt meets it: hit from from to to, flaps aside.
type watched struct {
	event    *Event
	from, to time.Duration
}

// watch collects the events that hit the attempt now or later.
func (a *attempt) watch(now time.Duration) {
	for _, e := range a.provider.events {
		if e.End <= now || !e.selects(a) {
			continue
		}
		u := keyed.Uniform(a.key.DrawAt("fault", e.Index))
		if from, to := e.window(u); to > max(from, now) {
			a.watched = append(a.watched, watched{e, from, to})
		}
	}
}

// effect returns what the faults do to the attempt at an instant, and the bits
// of the events that count: those that changed something which is not hidden by
// a stronger effect. A status and an added delay count on arrival only.
func (a *attempt) effect(now time.Duration, arriving bool) (fault.Effect, uint64) {
	all := fault.NoEffect()
	var idle, shape, status, hang, reset uint64
	for i := range a.watched {
		w := &a.watched[i]
		if now < w.from || now >= w.to || !w.event.on(now) {
			continue
		}
		before, bit := all, uint64(1)<<w.event.Index
		w.event.Fault.Apply(&all)
		switch {
		case all.Reset && !before.Reset:
			reset |= bit
		case all.Hang && !before.Hang:
			hang |= bit
		case all.Status != before.Status:
			status |= bit
		case all.Factor != before.Factor || arriving && all.Add != before.Add:
			shape |= bit
		case w.event.Fault.Kind() == "none":
			idle |= bit
		}
	}
	switch {
	case all.Reset:
		return all, idle | reset
	case all.Hang:
		return all, idle | hang | shape
	case all.Status != 0 && arriving:
		return all, idle | status
	}
	return all, idle | shape
}

// nextEdge returns the first instant after now at which a watched event begins
// or stops to hit, or never.
func (a *attempt) nextEdge(now time.Duration) time.Duration {
	next := never
	for i := range a.watched {
		w := &a.watched[i]
		switch {
		case now >= w.to:
		case now < w.from:
			next = min(next, w.from)
		default:
			next = min(next, w.to, w.event.nextFlap(now))
		}
	}
	return next
}

// nextFlap returns the first instant after t at which the event flaps, or never.
func (e *Event) nextFlap(t time.Duration) time.Duration {
	on := e.flapOn()
	if e.FlapPeriod == 0 || on == 0 || on >= e.FlapPeriod {
		return never
	}
	phase := (t - e.Start) % e.FlapPeriod
	if phase < on {
		return t - phase + on
	}
	return t - phase + e.FlapPeriod
}
