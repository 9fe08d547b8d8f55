package timeline

import (
	"cmp"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// picked is how many requests of a kind are told.
const picked = 10

// slowest tells of the answered requests that took longest.
func (s *series) slowest() []record.Story {
	var best []*record.Request
	for i := range s.cell.Requests {
		r := &s.cell.Requests[i]
		if r.Outcome != record.OK || !counts(r) {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, r, func(a, b *record.Request) int {
			return cmp.Or(cmp.Compare(b.Done-b.Scheduled, a.Done-a.Scheduled), cmp.Compare(a.Seq, b.Seq))
		})
		if at < picked {
			best = slices.Insert(best, at, r)
			best = best[:min(len(best), picked)]
		}
	}
	return s.tell(best)
}

// failed tells of a few requests of each outcome that is a failure, spread
// evenly over those that had it. The outcomes take turns, so that a rare one is
// not lost among many of another kind.
func (s *series) failed() []record.Story {
	kinds := make(map[record.Outcome][]*record.Request)
	var order []record.Outcome // of the first of each kind
	for i := range s.cell.Requests {
		r := &s.cell.Requests[i]
		if r.Outcome == record.OK || !counts(r) {
			continue
		}
		if kinds[r.Outcome] == nil {
			order = append(order, r.Outcome)
		}
		kinds[r.Outcome] = append(kinds[r.Outcome], r)
	}
	share := make(map[record.Outcome]int)
	for left, gave := picked, true; left > 0 && gave; {
		gave = false
		for _, kind := range order {
			if left > 0 && share[kind] < len(kinds[kind]) {
				share[kind]++
				left--
				gave = true
			}
		}
	}
	var chosen []*record.Request
	for _, kind := range order {
		for i := range share[kind] {
			chosen = append(chosen, kinds[kind][i*len(kinds[kind])/share[kind]])
		}
	}
	slices.SortFunc(chosen, func(a, b *record.Request) int { return cmp.Compare(a.Seq, b.Seq) })
	return s.tell(chosen)
}

func (s *series) tell(requests []*record.Request) []record.Story {
	stories := []record.Story{}
	for _, r := range requests {
		if story, ok := s.cell.Story(r.Seq); ok {
			stories = append(stories, story)
		}
	}
	return stories
}
