package check

import (
	"cmp"
	"maps"
	"slices"
	"sort"

	"github.com/routedrill/routedrill/sim/record"
)

// OnceOnly is invariant 8: a request with an idempotency key that has a stored
// success is never executed again. Once a relay of it has served a whole answer,
// no other try of it makes an attempt, for as long as the router has promised to
// remember: Limits.KeyTTL, and until as many answers or bytes have come after it
// as are kept at once. An answer above an eighth of Limits.KeyMaxBytes is not
// kept at all. What a replica of the router remembers is its own; all tries of a
// request come to one. Limits.Slack shortens the time at both ends.
func OnceOnly(l *Logs) Result {
	var r Result
	all := l.keptAnswers()
	if len(all) == 0 {
		return r
	}
	entries := newCursor(l.journal, entrySeq)
	attempts := newCursor(l.attempts, attemptSeq)
	bySeq := slices.Concat(slices.Collect(maps.Values(all))...)
	slices.SortStableFunc(bySeq, func(a, b keptAnswer) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.at, b.at), cmp.Compare(a.try, b.try))
	})
	for _, k := range bySeq {
		r.Checked++
		kept := all[k.replica]
		lo, hi := attempts.span(k.seq)
		for i := lo; i < hi; i++ {
			if a := &l.attempts[i]; a.Try != k.try && l.remembers(kept, k, a.Start) {
				r.violate(k.seq, "try %d attempted %s at %v, but try %d had its answer at %v", a.Try, l.targetName(a.Target), a.Start, k.try, k.at)
			}
		}
		from, to := entries.span(k.seq)
		for j := from; j < to; j++ {
			if e := &l.journal[j]; l.attemptOf[j] == missing && l.remembers(kept, k, e.Arrived) {
				r.violate(k.seq, "arrived at %s at %v, but try %d had its answer at %v", l.targetName(e.Target), e.Arrived, k.try, k.at)
			}
		}
	}
	return r
}

// keptAnswer is an answer that the router has to remember.
type keptAnswer struct {
	seq     uint32
	try     uint16
	replica uint8
	at      record.Offset
	bytes   int64
	sum     int64 // bytes of all answers of the replica up to this one
}

// keptAnswers lists those of each replica in the order in which they came.
func (l *Logs) keptAnswers() map[uint8][]keptAnswer {
	all := map[uint8][]keptAnswer{}
	limits := &l.cell.Limits
	requests := newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	for i := range l.relays {
		relay := &l.relays[i]
		if relay.Outcome != record.RelayServed || relay.Job || relay.End == record.Never || limits.KeyTTL == 0 || relay.Bytes > limits.KeyMaxBytes/8 {
			continue
		}
		if lo, hi := requests.span(relay.Seq); lo < hi && l.requests[lo].Keyed {
			all[relay.Replica] = append(all[relay.Replica],
				keptAnswer{seq: relay.Seq, try: relay.Try, replica: relay.Replica, at: relay.End, bytes: relay.Bytes})
		}
	}
	for _, kept := range all {
		slices.SortStableFunc(kept, func(a, b keptAnswer) int { return cmp.Compare(a.at, b.at) })
		sum := int64(0)
		for i := range kept {
			sum += kept[i].bytes
			kept[i].sum = sum
		}
	}
	return all
}

// remembers reports whether the router must still know an answer at an instant
// after it.
func (l *Logs) remembers(kept []keptAnswer, k keptAnswer, instant record.Offset) bool {
	limits := &l.cell.Limits
	if !after(instant, k.at, limits.Slack) || instant >= k.at+limits.KeyTTL-limits.Slack {
		return false
	}
	first := sort.Search(len(kept), func(i int) bool { return kept[i].at >= k.at })
	next := sort.Search(len(kept), func(i int) bool { return kept[i].at > instant+limits.Slack })
	since := kept[next-1].sum - kept[first].sum + kept[first].bytes // its own among them
	return next-first <= limits.KeyEntries && since <= limits.KeyMaxBytes
}
