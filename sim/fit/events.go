package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// Event is errors of one status at one target: all through the log, or in a
// stretch that had more of them.
type Event struct {
	ID              string
	Provider, Model string
	Status          int // 0 when no answer came: the connection is reset
	At, For         time.Duration
	Rate            float64 // share of the requests that no earlier event hit
	Failed          int     // requests of the log it stands for
	Hits            float64 // requests it is expected to hit when the target gets its share of the load
}

// Rare says whether a run may well have no request that the event hits. It is
// then no part of the scenario: a fault that hits nothing makes a run
// inconclusive. With an expectation of 8 that happens in one run of 3,000.
func (e *Event) Rare() bool { return e.Hits < 8 }

// maxEvents bounds the timeline.
const maxEvents = 64

// fitEvents finds the errors of every target. The first event to hit a request
// decides, so each rate counts only requests the ones before it left.
func (w *World) fitEvents() []Event {
	var out []Event
	rows := w.byTarget()
	for i := range w.Targets {
		t := &w.Targets[i]
		if t.Failed == 0 {
			continue
		}
		left := rows[t.Name()]
		for _, status := range statuses(left) {
			out = append(out, w.statusEvents(t, left, status)...)
			left = slices.DeleteFunc(left, func(r *requestlog.Row) bool { return !r.OK() && class(r) == status })
		}
	}
	if len(out) > maxEvents {
		slices.SortStableFunc(out, func(a, b Event) int { return cmp.Compare(b.Failed, a.Failed) })
		lost := 0
		for _, e := range out[maxEvents:] {
			lost += e.Failed
		}
		w.note("%d failures of rarer kinds are left out: a timeline has at most %d events", lost, maxEvents)
		out = out[:maxEvents]
	}
	// A reset goes before a status whatever their order.
	slices.SortStableFunc(out, func(a, b Event) int { return cmp.Compare(min(a.Status, 1), min(b.Status, 1)) })
	taken := map[string]bool{}
	for i := range out {
		word := fmt.Sprintf("errors-%d", out[i].Status)
		if out[i].Status == 0 {
			word = "resets"
		}
		out[i].ID = unique(Name(word+"-"+out[i].Provider), taken)
		taken[out[i].ID] = true
	}
	return out
}

// class is the status as a fault can answer it.
func class(r *requestlog.Row) int {
	if r.Status > 0 && r.Status < 400 {
		return 502 // neither an answer nor an error: a gateway in between
	}
	return r.Status
}

// statuses are those of the failures, no answer first, then by frequency.
func statuses(rows []*requestlog.Row) []int {
	n := map[int]int{}
	for i := range rows {
		if !rows[i].OK() {
			n[class(rows[i])]++
		}
	}
	var out []int
	for s := range n {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b int) int {
		return cmp.Or(cmp.Compare(min(a, 1), min(b, 1)), cmp.Compare(n[b], n[a]), cmp.Compare(a, b))
	})
	return out
}

// statusEvents splits the failures of one status into stretches with more of
// them than chance explains, and a background all through the log.
func (w *World) statusEvents(t *Target, rows []*requestlog.Row, status int) []Event {
	failed := make([]bool, len(rows))
	quiet, calm := 0, len(rows)
	for i, r := range rows {
		if failed[i] = !r.OK() && class(r) == status; failed[i] {
			quiet++
		}
	}
	runs := scan(failed)
	for _, r := range runs {
		quiet -= r.failed
		calm -= r.to - r.from
	}
	base := 0.0
	if calm > 0 {
		base = float64(quiet) / float64(calm)
	}
	event := Event{Provider: t.Provider, Model: t.Model, Status: status}
	var out []Event
	if quiet > 0 {
		e := event
		e.For, e.Rate, e.Failed = w.Duration, rate(base), quiet
		out = append(out, e)
	}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	for _, r := range runs {
		e := event
		e.Failed = r.failed
		e.At, e.For = w.span(rows, r)
		e.Rate = rate((float64(r.failed)/float64(r.to-r.from) - base) / (1 - base)) // the background hits first
		out = append(out, e)
	}
	for i := range out {
		e := &out[i]
		e.Hits = w.expected(e.At, e.For) * float64(t.Requests) / float64(w.Rows) * e.Rate
	}
	return out
}

// maxEdge is how far from its first and last failure an event may begin and end.
const maxEdge = 30 * time.Second

// span is when a stretch began and for how long it lasted, in whole seconds: it
// began and ended half way to the requests beside it.
func (w *World) span(rows []*requestlog.Row, r run) (at, length time.Duration) {
	first, last := rows[r.from].At, rows[r.to-1].At
	begin, end := time.Duration(0), w.Duration
	if r.from > 0 {
		begin = rows[r.from-1].At
	}
	if r.to < len(rows) {
		end = rows[r.to].At
	}
	begin = max(first-min((first-begin)/2, maxEdge), 0).Truncate(time.Second)
	end = (last + min((end-last)/2, maxEdge) + time.Second - 1).Truncate(time.Second)
	end = max(min(end, w.Duration), begin+time.Second)
	return begin, end - begin
}

// expected is how many requests the stages send in a stretch.
func (w *World) expected(at, length time.Duration) (sum float64) {
	begin := time.Duration(0)
	for _, s := range w.Load.Stages {
		from, to := max(begin, at), min(begin+s.For, at+length)
		if to > from {
			sum += s.From * (to - from).Seconds()
		}
		begin += s.For
	}
	return sum
}

// rate rounds to what a file says.
func rate(v float64) float64 { return min(max(math.Round(v*1e6)/1e6, 1e-6), 1) }
