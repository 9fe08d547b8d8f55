package fakeproviders

import (
	"cmp"
	"math"
	"sync/atomic"
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

// armed is an event in force at a provider, with the count of what it could hit.
type armed struct {
	Event
	matched   atomic.Int64
	injected  bool
	withdrawn atomic.Bool
}

// counts tells whether an attempt that arrives in the window is one that First
// and Nth let the event hit.
func (e *armed) counts(now time.Duration) bool {
	if e.First == 0 && e.Nth == 0 {
		return true
	}
	if in := e.since(now); in < 0 || in >= e.End-e.Start {
		return false
	}
	n := e.matched.Add(1)
	return (e.First == 0 || n <= int64(e.First)) && (e.Nth == 0 || n%int64(e.Nth) == 0)
}

// watched is an event as one attempt meets it: hit from from to to, flaps aside.
type watched struct {
	event    *armed
	from, to time.Duration
}

// watch collects the events that hit the attempt now or later.
func (a *attempt) watch(now time.Duration) {
	for _, e := range *a.provider.events.Load() {
		if e.Every == 0 && e.End <= now || !e.selects(a) || !e.counts(now) {
			continue
		}
		from, to := e.window(a.luck(&e.Event))
		if from == to {
			continue
		}
		if e.Every > 0 && now > e.Start {
			shift := (now - e.Start) / e.Every * e.Every
			// The next one too: an attempt may last until then.
			a.watched = append(a.watched, watched{e, from + shift + e.Every, to + shift + e.Every})
			from, to = from+shift, to+shift
		}
		if to > now {
			a.watched = append(a.watched, watched{e, from, to})
		}
	}
}

// luck is the attempt's uniform number for an event.
func (a *attempt) luck(e *Event) float64 {
	p := a.provider
	key := a.key
	switch e.Sticky {
	case StickyRequest:
		key = keyed.NewKey(p.config.Seed, a.entry.RequestID, "").Nth(0)
	case StickyTenant:
		tenant := cmp.Or(a.demand.Tenant, a.req.User, a.entry.RequestID)
		key = keyed.NewKey(p.config.Seed, tenant, "tenant").Nth(0)
	case StickyShard:
		key = keyed.NewKey(p.config.Seed, "", a.entry.Model).Nth(a.shard())
	}
	return keyed.Uniform(key.DrawAt("fault", e.Index))
}

// shard is the part of the target that serves the attempt.
func (a *attempt) shard() int {
	h := keyed.String(a.provider.config.Seed, a.entry.RequestID)
	if blocks := a.req.Prompt.Prefixes; len(blocks) > 0 {
		h = blocks[0]
	}
	return int(h % shards)
}

// hits are the bits of the events that count, by where they act: those that
// changed something which no earlier event had decided.
type hits struct{ idle, connect, refusal, quota, service, hang, reset, broken, shape, bill uint64 }

// effect returns what the faults do to the attempt at an instant. An added
// delay counts on arrival only.
func (a *attempt) effect(now time.Duration, arriving bool) (_ fault.Effect, by hits) {
	if len(a.watched) == 0 {
		return fault.NoEffect(), by
	}
	all := &a.effects
	*all = fault.NoEffect()
	for i := range a.watched {
		w := &a.watched[i]
		if now < w.from || now >= w.to || !w.event.on(now) || w.event.withdrawn.Load() {
			continue
		}
		before, bit := *all, uint64(1)<<w.event.Index
		w.event.Fault.Apply(all)
		switch w.event.Fault.Stage() {
		case fault.Idle:
			by.idle |= bit
		case fault.Connect:
			by.connect |= bit
		case fault.Answer:
			if all.Refusal != before.Refusal {
				by.refusal |= bit
			}
		case fault.Quota:
			by.quota |= bit
		case fault.Service:
			if all.Factor != before.Factor || all.Gap != before.Gap || arriving {
				by.service |= bit
			}
		case fault.Hang:
			if !before.Hang {
				by.hang |= bit
			}
		case fault.Reset:
			if !before.Reset {
				by.reset |= bit
			}
		case fault.Break:
			if all.Break != before.Break {
				by.broken |= bit
			}
		case fault.Shape:
			by.shape |= bit
		case fault.Bill:
			by.bill |= bit
		}
	}
	return *all, by
}

// nextEdge returns the first instant after now at which a watched event begins
// or stops to hit, or, injected by hand, may have been withdrawn; or never.
func (a *attempt) nextEdge(now time.Duration) time.Duration {
	next := never
	for i := range a.watched {
		w := &a.watched[i]
		switch {
		case now >= w.to || w.event.withdrawn.Load():
		case now < w.from:
			next = min(next, w.from)
		default:
			next = min(next, w.to, w.event.nextFlap(now))
			if w.event.injected {
				next = min(next, now+lookAgain)
			}
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
	phase := e.since(t) % e.FlapPeriod
	if phase < on {
		return t - phase + on
	}
	return t - phase + e.FlapPeriod
}
