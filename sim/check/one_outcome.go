package check

import "github.com/routedrill/routedrill/sim/record"

// OneOutcome is invariant 1: the requests are exactly those the load planned,
// each once and each with an outcome that has a name. In an interrupted cell
// requests may be missing; those there are must still be unique.
func OneOutcome(l *Logs) Result {
	r := Result{Checked: max(len(l.requests), l.cell.Planned)}
	next := uint32(0) // the request expected next
	for i := range l.requests {
		request := &l.requests[i]
		switch {
		case request.Outcome == record.NoOutcome || request.Outcome > record.Dead:
			r.violate(request.Seq, "no known outcome (%d)", request.Outcome)
		case int64(request.Seq) >= int64(l.cell.Planned):
			r.violate(request.Seq, "the load planned %d requests only", l.cell.Planned)
		case request.Seq < next:
			r.violate(request.Seq, "recorded more than once")
		}
		r.missing(l, next, request.Seq)
		next = max(next, request.Seq+1)
	}
	r.missing(l, next, uint32(max(l.cell.Planned, 0)))
	return r
}

// missing counts the planned requests in [from, to) as not recorded.
func (r *Result) missing(l *Logs, from, to uint32) {
	to = min(to, uint32(max(l.cell.Planned, 0)))
	if l.cell.Interrupted || from >= to {
		return
	}
	count := int(to - from)
	for seq := from; seq < to && len(r.Examples) < MaxExamples; seq++ {
		r.violate(seq, "no record of it")
		count--
	}
	r.Violations += count
}
