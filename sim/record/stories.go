package record

import (
	"bytes"
	"cmp"
	"slices"
)

// Story is what [WriteLog] would say of the request seq in this cell; false
// when the cell has no such request. Its logs have to be in the order that
// their fields state.
func (c *Cell) Story(seq uint32) (Story, bool) {
	requests := bySeq(c.Requests, seq, func(r *Request) uint32 { return r.Seq })
	if len(requests) == 0 {
		return Story{}, false
	}
	one := *c
	one.Requests = requests
	one.Relays = bySeq(c.Relays, seq, func(r *Relay) uint32 { return r.Seq })
	one.Choices = bySeq(c.Choices, seq, func(x *Choice) uint32 { return x.Seq })
	one.Attempts = bySeq(c.Attempts, seq, func(a *Attempt) uint32 { return a.Seq })
	one.Shadows = bySeq(c.Shadows, seq, func(s *Extra) uint32 { return s.Seq })
	one.Comparisons = bySeq(c.Comparisons, seq, func(x *Comparison) uint32 { return x.Seq })
	one.Probes, one.ProbeEntries = nil, nil // of no request
	one.Journal = bySeq(c.Journal, seq, func(e *Entry) uint32 { return e.Seq })
	one.Probes, one.ProbeEntries, one.Alerts, one.Incidents = nil, nil, nil, nil // nobody's requests
	to := requests[0].Done
	for i := range one.Relays {
		to = max(to, one.Relays[i].End)
	}
	byTime := func(t Transition, at Offset) int { return cmp.Compare(t.At, at) }
	first, _ := slices.BinarySearchFunc(c.Transitions, requests[0].Scheduled, byTime)
	last, _ := slices.BinarySearchFunc(c.Transitions, to+1, byTime)
	one.Transitions = c.Transitions[first:max(first, last)]

	// By way of the log, so that a story is the same whoever tells it.
	var log bytes.Buffer
	if err := WriteLog(&log, &Run{Cells: []Cell{one}}); err != nil {
		return Story{}, false
	}
	_, stories, err := ReadStories(&log, seq)
	if err != nil || len(stories) == 0 {
		return Story{}, false
	}
	return stories[0], true
}

// bySeq is the part of a log that is about one request.
func bySeq[T any](log []T, seq uint32, of func(*T) uint32) []T {
	at := func(seq uint32) int {
		i, _ := slices.BinarySearchFunc(log, seq, func(t T, seq uint32) int { return cmp.Compare(of(&t), seq) })
		return i
	}
	from, to := at(seq), len(log)
	if seq+1 != 0 {
		to = at(seq + 1)
	}
	return log[from:to]
}
