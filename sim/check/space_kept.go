package check

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// SpaceKept is invariant 11: embeddings that are answered, out of the cache too,
// were made by a target of the embedding space of the request's route. The journal is
// asked: it says who made them, whoever asked for them.
func SpaceKept(l *Logs) Result {
	var r Result
	relays := newCursor(l.relays, relaySeq)
	for i := range l.requests {
		request := &l.requests[i]
		if request.Outcome != record.OK || request.Bound == 0 || int(request.Bound) > len(l.cell.Bounds) {
			continue
		}
		space := l.cell.Bounds[request.Bound-1].Space
		if space == nil {
			continue
		}
		r.Checked++
		as, _ := l.answeredAs(relays, request.Seq)
		from, to := span(l.journal, entrySeq, as)
		for _, e := range l.journal[from:to] {
			if e.End == record.EndComplete && !e.Shadow && !slices.Contains(space, e.Target) {
				r.violate(request.Seq, "answered with embeddings of %s, which are of another space", l.targetName(e.Target))
			}
		}
	}
	return r
}
