package check

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// missing marks an attempt without an entry and an entry without an attempt.
const missing = int32(-1)

// forever stands for the end of something whose end was not recorded.
const forever = record.Offset(1<<63 - 1)

// Logs is a cell with its logs in order and its attempts matched with the
// journal. Make one with [NewLogs]; it shares the records of the cell.
type Logs struct {
	cell     *record.Cell
	requests []record.Request // by Seq
	relays   []record.Relay   // by Seq, Try
	attempts []record.Attempt // by Seq, Try, N
	journal  []record.Entry   // by Seq, Arrived; without those of shadows

	entryOf   []int32 // for each attempt its entry, or missing
	attemptOf []int32 // for each entry its attempt, or missing

	shadows, probes *extras
}

// NewLogs orders and matches the logs of a cell. Logs that are in order
// already are not copied.
func NewLogs(cell *record.Cell) *Logs {
	logs := &Logs{
		cell: cell,
		requests: inOrder(cell.Requests, func(a, b record.Request) int {
			return cmp.Compare(a.Seq, b.Seq)
		}),
		relays: inOrder(cell.Relays, func(a, b record.Relay) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Try, b.Try))
		}),
		attempts: inOrder(cell.Attempts, func(a, b record.Attempt) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Try, b.Try), cmp.Compare(a.N, b.N))
		}),
		journal: inOrder(cell.Journal, func(a, b record.Entry) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Arrived, b.Arrived), cmp.Compare(a.Nth, b.Nth))
		}),
	}
	var ofShadows []record.Entry
	if slices.ContainsFunc(logs.journal, ofShadow) {
		all := logs.journal
		logs.journal = nil
		for i := range all {
			if all[i].Shadow {
				ofShadows = append(ofShadows, all[i])
			} else {
				logs.journal = append(logs.journal, all[i])
			}
		}
	}
	logs.match()
	logs.shadows = newExtras("shadow", cell.Shadows, ofShadows, cell.Limits.Slack)
	logs.probes = newExtras("probe", cell.Probes, cell.ProbeEntries, cell.Limits.Slack)
	return logs
}

func ofShadow(e record.Entry) bool { return e.Shadow }

func inOrder[T any](list []T, compare func(a, b T) int) []T {
	if slices.IsSortedFunc(list, compare) {
		return list
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, compare)
	return sorted
}

// match pairs attempts and entries of the same request and target in the
// order in which they happened.
func (l *Logs) match() {
	l.entryOf = filled(len(l.attempts))
	l.attemptOf = filled(len(l.journal))
	entries := newCursor(l.journal, entrySeq)
	for lo := 0; lo < len(l.attempts); {
		hi := lo + 1
		for hi < len(l.attempts) && l.attempts[hi].Seq == l.attempts[lo].Seq {
			hi++
		}
		from, to := entries.span(l.attempts[lo].Seq)
		for i := lo; i < hi; i++ {
			l.matchAttempt(i, hi, from, to)
		}
		lo = hi
	}
}

// matchAttempt gives attempt i the first free entry at its target that
// arrived while it ran. Attempts up to hi and entries in [from, to) are of
// the same request.
func (l *Logs) matchAttempt(i, hi, from, to int) {
	attempt := &l.attempts[i]
	end := endOf(attempt.End)
	next := forever // when the following attempt at the same target began
	for k := i + 1; k < hi; k++ {
		if l.attempts[k].Target == attempt.Target {
			next = l.attempts[k].Start
			break
		}
	}
	slack := l.cell.Limits.Slack
	for j := from; j < to; j++ {
		entry := &l.journal[j]
		if l.attemptOf[j] != missing || entry.Target != attempt.Target || entry.Arrived < attempt.Start-slack {
			continue
		}
		late := entry.Arrived > end
		if late && (entry.Arrived-slack > end || next <= entry.Arrived) {
			return
		}
		l.entryOf[i], l.attemptOf[j] = int32(j), int32(i)
		return
	}
}

func filled(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = missing
	}
	return list
}

// entry returns the journal's entry of an attempt, nil when it never arrived.
func (l *Logs) entry(attempt int) *record.Entry {
	if j := l.entryOf[attempt]; j != missing {
		return &l.journal[j]
	}
	return nil
}

// endpoint returns the word of an endpoint; empty when the index names none.
func (l *Logs) endpoint(i int16) string {
	if i >= 0 && int(i) < len(l.cell.Endpoints) {
		return l.cell.Endpoints[i]
	}
	return ""
}

// target returns a target by its index; nil when it names none.
func (l *Logs) target(i int16) *record.Target {
	if i >= 0 && int(i) < len(l.cell.Targets) {
		return &l.cell.Targets[i]
	}
	return nil
}

// targetName names a target in an example.
func (l *Logs) targetName(i int16) string {
	if t := l.target(i); t != nil {
		return t.Name
	}
	return "an unknown target"
}

// endOf reads an end, which may not have come.
func endOf(end record.Offset) record.Offset {
	if end == record.Never {
		return forever
	}
	return end
}

// after reports whether an instant lies more than slack after a limit.
func after(instant, limit record.Offset, slack time.Duration) bool {
	return instant > limit && instant-limit > slack
}

// cursor walks a log that is ordered by Seq beside another one.
type cursor[T any] struct {
	list   []T
	seq    func(*T) uint32
	lo, hi int
}

func newCursor[T any](list []T, seq func(*T) uint32) *cursor[T] {
	return &cursor[T]{list: list, seq: seq}
}

// span returns the records of one request. Successive calls must not go
// back; asking for the same request again gives the same answer.
func (c *cursor[T]) span(seq uint32) (lo, hi int) {
	if c.lo < c.hi && c.seq(&c.list[c.lo]) == seq {
		return c.lo, c.hi
	}
	c.lo = c.hi
	for c.lo < len(c.list) && c.seq(&c.list[c.lo]) < seq {
		c.lo++
	}
	c.hi = c.lo
	for c.hi < len(c.list) && c.seq(&c.list[c.hi]) == seq {
		c.hi++
	}
	return c.lo, c.hi
}

func entrySeq(e *record.Entry) uint32     { return e.Seq }
func attemptSeq(a *record.Attempt) uint32 { return a.Seq }
func relaySeq(r *record.Relay) uint32     { return r.Seq }

// span returns the records of one request in a log that is ordered by Seq.
func span[T any](list []T, seq func(*T) uint32, wanted uint32) (lo, hi int) {
	lo = sort.Search(len(list), func(i int) bool { return seq(&list[i]) >= wanted })
	for hi = lo; hi < len(list) && seq(&list[hi]) == wanted; {
		hi++
	}
	return lo, hi
}

// answeredAs is the request whose records tell who answered a request: its own, or
// that which an answer out of the cache (cached) was made for. The cursor is one over the
// relays.
func (l *Logs) answeredAs(relays *cursor[record.Relay], seq uint32) (as uint32, cached bool) {
	if lo, hi := relays.span(seq); lo < hi && l.relays[hi-1].Outcome == record.RelayCached {
		return l.relays[hi-1].Origin, true
	}
	return seq, false
}
