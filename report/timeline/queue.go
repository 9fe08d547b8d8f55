package timeline

import (
	"cmp"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// step is one request that begins or ends to wait.
type step struct {
	at    record.Offset
	delta int
}

// waiting is the most requests that waited at once for a place at the
// providers, in each stretch; nil when none ever did.
func (s *series) waiting() []int {
	var steps []step
	for i := range s.cell.Journal {
		e := &s.cell.Journal[i]
		until := e.Started
		if until == record.Never {
			until = e.Ended // refused, or it went away
		}
		if until > e.Arrived {
			steps = append(steps, step{e.Arrived, 1}, step{until, -1})
		}
	}
	if !slices.ContainsFunc(s.cell.Journal, queued) {
		return nil
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.delta, b.delta)) })
	out := make([]int, s.n)
	depth, next := 0, 0
	for b := range out {
		out[b] = depth // those that were waiting already
		for next < len(steps) && s.at(steps[next].at) == b {
			depth += steps[next].delta
			out[b] = max(out[b], depth)
			next++
		}
	}
	return out
}

// queued says whether an attempt waited for a place and got it.
func queued(e record.Entry) bool { return e.Started > e.Arrived }
