package check

import (
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// CacheHolds is invariant 10: nothing is served from the cache across tenants,
// past its TTL (unless marked stale), or from an error.
//
//   - What an answer out of the cache was made for asked the same, on the same
//     tenant's behalf, at the same replica, of a task whose answers are kept.
//   - It was answered by a provider, whole, before: the end of that relay and the
//     age lead to an instant within the relay that was answered out of the cache.
//   - A hit is younger than the TTL of its task, and what is stale is at least as
//     old, and younger than TTL + Limits.CacheStale.
//   - The client was told the same as the audit: the mark, the age in whole
//     seconds, and byte for byte the answer that the first client got.
//
// What was asked on whose behalf is known from the load alone, and which answers
// were whole from the journal. Instants may be Limits.Slack off.
func CacheHolds(l *Logs) Result {
	var r Result
	requests := newCursor(l.requests, func(q *record.Request) uint32 { return q.Seq })
	for i := range l.relays {
		relay := &l.relays[i]
		lo, hi := requests.span(relay.Seq)
		if lo == hi {
			continue
		}
		request := &l.requests[lo]
		last := i+1 == len(l.relays) || l.relays[i+1].Seq != relay.Seq
		if relay.Outcome != record.RelayCached {
			if last && request.Outcome == record.OK && request.Cache.Cached() {
				r.Checked++
				r.violate(relay.Seq, "the answer says %s, but the audit does not", request.Cache)
			}
			continue
		}
		r.Checked++
		first := l.firstServed(relay)
		if problem := l.wrongfullyCached(request, relay, first); problem != "" {
			r.violate(relay.Seq, "answered out of the cache, but %s", problem)
			continue
		}
		if last && request.Outcome == record.OK && !relay.Job { // a job shows no marks
			if problem := l.wronglyMarked(request, relay, first); problem != "" {
				r.violate(relay.Seq, "%s", problem)
			}
		}
	}
	return r
}

// wrongfullyCached says why a relay should not have been answered out of the cache;
// empty when it may have been.
func (l *Logs) wrongfullyCached(request *record.Request, relay *record.Relay, first int) string {
	limits := &l.cell.Limits
	origin := l.request(relay.Origin)
	switch {
	case !relay.Cache.Cached():
		return "the audit says " + relay.Cache.String() + " of it"
	case origin == nil:
		return "what it was made for does not exist"
	case origin.Tenant != request.Tenant:
		return "for another tenant"
	case origin.Question != request.Question:
		return "for another question"
	case first == int(missing):
		return "no provider had given that answer then"
	}
	var ttl time.Duration
	if t := int(origin.Task); t >= 0 && t < len(limits.CacheTTL) {
		ttl = limits.CacheTTL[t]
	}
	switch stale := relay.Cache == record.CacheStale; {
	case ttl == 0:
		return "nothing of its task is kept"
	case !stale && relay.Age >= ttl:
		return "past its TTL, and not marked as stale"
	case stale && relay.Age < ttl:
		return "marked as stale within its TTL"
	case stale && relay.Age >= ttl+limits.CacheStale:
		return "too long past its TTL"
	}
	return ""
}

// firstServed is the relay that brought a provider's whole answer to the origin of
// another one, as long before that as the age says; missing where there is none.
func (l *Logs) firstServed(relay *record.Relay) int {
	slack := l.cell.Limits.Slack
	lo, hi := span(l.relays, relaySeq, relay.Origin)
	for i := lo; i < hi; i++ {
		first := &l.relays[i]
		if first.Outcome != record.RelayServed || first.Replica != relay.Replica || !l.completed(first) {
			continue
		}
		if then := first.End + relay.Age; !after(relay.Start, then, slack) && !after(then, relay.End, slack) {
			return i
		}
	}
	return int(missing)
}

// completed reports whether the provider that served a relay wrote a whole answer.
func (l *Logs) completed(relay *record.Relay) bool {
	lo, hi := span(l.attempts, attemptSeq, relay.Seq)
	for i := lo; i < hi; i++ {
		if a := &l.attempts[i]; a.Try == relay.Try && a.Served {
			e := l.entry(i)
			return e != nil && e.End == record.EndComplete
		}
	}
	return false
}

// wronglyMarked says what of an answer out of the cache is not as the audit has it,
// or not as the answer it is; empty when all is.
func (l *Logs) wronglyMarked(request *record.Request, relay *record.Relay, first int) string {
	switch {
	case request.Cache != relay.Cache:
		return "the audit says " + relay.Cache.String() + ", but the answer says " + request.Cache.String()
	case time.Duration(request.Age) != relay.Age/time.Second:
		return "the answer's age is not that of the audit"
	}
	origin := l.request(relay.Origin)
	last := first+1 == len(l.relays) || l.relays[first+1].Seq != relay.Origin // what its client saw
	if last && origin.Outcome == record.OK && origin.Body != 0 && origin.Body != request.Body {
		return "its bytes are not those of the answer it was made of"
	}
	return ""
}

// request returns a request by its number; nil for one there is not.
func (l *Logs) request(seq uint32) *record.Request {
	lo, hi := span(l.requests, func(q *record.Request) uint32 { return q.Seq }, seq)
	if lo == hi {
		return nil
	}
	return &l.requests[lo]
}
