package check

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// BreakerHolds is invariant 5: nothing that was admitted while a breaker was
// open arrives at its target, what was admitted while it was half-open is a probe, and within one half-open period no more than
// Limits.BreakerProbes probes run at once (0 means that the bound is not
// known). Each replica of the router has breakers of its own. A declared last
// resort asks no breaker; [LimitsHold] bounds those. Active probes are admitted like
// attempts. Shadows are sent while it is closed only.
//
// Arrivals come from the journal, admission from the audit (the start of the
// matching attempt), states from the transitions. So an attempt admitted
// before the trip may arrive after it. Which breaker guards an attempt is
// decided by the endpoint the client asked for: a provider may be asked at
// another one in its stead (completions are messages to Anthropic). An arrival
// the audit knows nothing of is judged by its own instant and endpoint. Limits.Slack widens every period at both ends.
func BreakerHolds(l *Logs) Result {
	r := Result{Checked: len(l.journal) + len(l.probes.journal)}
	breakers := l.breakers()
	if len(breakers) == 0 {
		return r
	}
	l.checkShadowBreakers(&r, breakers)
	probes := make(map[breakerKey][]probe, len(breakers))
	judge := func(a arrival) {
		if p, ok := l.judge(&r, breakers[a.key], a); ok {
			probes[a.key] = append(probes[a.key], p)
		}
	}
	relays := newCursor(l.relays, relaySeq)
	for j := range l.journal {
		entry := &l.journal[j]
		lo, hi := relays.span(entry.Seq)
		a := arrival{seq: entry.Seq, key: breakerKey{0, entry.Target, entry.Endpoint}, admitted: entry.Arrived, end: entry.Ended}
		if lo < hi {
			a.key.replica = l.relays[lo].Replica
		}
		if i := l.attemptOf[j]; i != missing {
			attempt := &l.attempts[i]
			if attempt.LastResort {
				continue
			}
			a.admitted, a.probe, a.end = attempt.Start, attempt.Probe, attempt.End
			a.key.replica = attempt.Replica
			for _, relay := range l.relays[lo:hi] {
				if relay.Try == attempt.Try {
					a.key.endpoint = relay.Endpoint
				}
			}
		}
		judge(a)
	}
	for _, a := range l.probeArrivals() {
		judge(a)
	}
	for _, key := range slices.SortedFunc(maps.Keys(probes), breakerKey.compare) {
		l.countProbes(&r, key, probes[key])
	}
	return r
}

// arrival is what arrived at a target, and how it was admitted.
type arrival struct {
	seq           uint32
	key           breakerKey
	admitted, end record.Offset
	probe         bool // of a half-open breaker
}

// judge holds an arrival against the periods of its breaker, and returns it where
// a half-open period admitted it as a probe.
func (l *Logs) judge(r *Result, periods []period, a arrival) (probe, bool) {
	if periods == nil {
		return probe{}, false
	}
	states := statesAt(periods, a.admitted, l.cell.Limits.Slack)
	switch {
	case states.closed:
	case states.halfOpen < 0:
		r.violate(a.seq, "admitted to %s at %v while its breaker was open", l.targetName(a.key.target), a.admitted)
	case !a.probe:
		r.violate(a.seq, "admitted to %s at %v while its breaker was half-open, but not as a probe",
			l.targetName(a.key.target), a.admitted)
	}
	return probe{states.halfOpen, a.seq, a.admitted, endOf(a.end)}, a.probe && states.halfOpen >= 0
}

// breakerKey is what one breaker guards, of one of the routers.
type breakerKey struct {
	replica          uint8
	target, endpoint int16
}

func (k breakerKey) compare(o breakerKey) int {
	return cmp.Or(cmp.Compare(k.replica, o.replica), cmp.Compare(k.target, o.target), cmp.Compare(k.endpoint, o.endpoint))
}

// period is the time a breaker spent in one state.
type period struct {
	state    record.BreakerState
	from, to record.Offset
}

// breakers turns the transitions into the periods of each breaker. A breaker
// without transitions was closed throughout and is left out.
func (l *Logs) breakers() map[breakerKey][]period {
	transitions := inOrder(l.cell.Transitions, func(a, b record.Transition) int { return cmp.Compare(a.At, b.At) })
	breakers := make(map[breakerKey][]period)
	for _, t := range transitions {
		key := breakerKey{t.Replica, t.Target, t.Endpoint}
		periods := breakers[key]
		if periods == nil {
			periods = []period{{t.From, -forever, forever}}
		}
		periods[len(periods)-1].to = t.At
		breakers[key] = append(periods, period{t.To, t.At, forever})
	}
	return breakers
}

// states is which states of a breaker permit an admission.
type states struct {
	closed   bool
	halfOpen int // index of the half-open period, -1 without one
}

// statesAt looks up the states at an instant: several where periods meet.
func statesAt(periods []period, at record.Offset, slack time.Duration) states {
	found := states{halfOpen: -1}
	first, _ := slices.BinarySearchFunc(periods, at-slack, func(p period, t record.Offset) int { return cmp.Compare(p.to, t) })
	for i := first; i < len(periods) && periods[i].from <= at+slack; i++ {
		switch periods[i].state {
		case record.Closed:
			found.closed = true
		case record.HalfOpen:
			found.halfOpen = i
		case record.Open: // permits nothing
		}
	}
	return found
}

// probe is one probe that arrived, and the half-open period that admitted it.
type probe struct {
	period     int
	seq        uint32
	start, end record.Offset
}

// countProbes counts how many probes of one half-open period ran at once. A
// probe that outlives its period does not count against the next one.
func (l *Logs) countProbes(r *Result, key breakerKey, probes []probe) {
	limit := l.cell.Limits.BreakerProbes
	if limit <= 0 || len(probes) <= limit {
		return
	}
	slices.SortFunc(probes, func(a, b probe) int {
		return cmp.Or(cmp.Compare(a.period, b.period), cmp.Compare(a.start, b.start), cmp.Compare(a.seq, b.seq))
	})
	for i, p := range probes {
		running := 1
		for k := i - 1; k >= 0 && probes[k].period == p.period; k-- {
			if probes[k].end-l.cell.Limits.Slack > p.start {
				running++
			}
		}
		if running > limit {
			r.violate(p.seq, "probe number %d at once at %s at %v, %d permitted", running, l.targetName(key.target), p.start, limit)
		}
	}
}
