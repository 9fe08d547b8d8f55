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
}

// Bounds of the timeline, and how many stretches one status at one target has.
const (
	maxEvents    = 64
	maxStretches = 6
)

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

// bin is a piece of the log.
type bin struct {
	requests, failed int
	high             bool // more failures than chance explains
}

// statusEvents splits the failures of one status into a background all through
// the log and stretches with more.
func (w *World) statusEvents(t *Target, rows []*requestlog.Row, status int) []Event {
	length := max(time.Minute, (w.Duration / 400).Truncate(time.Second))
	bins := make([]bin, w.Duration/length+1)
	for i := range rows {
		b := &bins[rows[i].At/length]
		b.requests++
		if !rows[i].OK() && class(rows[i]) == status {
			b.failed++
		}
	}
	base := background(bins)
	event := Event{Provider: t.Provider, Model: t.Model, Status: status}
	var out []Event
	for _, s := range stretches(bins) {
		e := event
		e.Failed = s.failed
		e.At = time.Duration(s.from) * length
		e.For = min(time.Duration(s.to)*length, w.Duration) - e.At
		share := float64(s.failed) / float64(s.requests)
		e.Rate = rate((share - base) / (1 - base)) // the background hits first
		out = append(out, e)
	}
	quiet := 0
	for _, b := range bins {
		if !b.high {
			quiet += b.failed
		}
	}
	if quiet > 0 {
		e := event
		e.For, e.Rate, e.Failed = w.Duration, rate(base), quiet
		out = append([]Event{e}, out...)
	}
	return out
}

// background marks the bins with more failures than chance explains, the worst
// stretches of them, and returns the share of failures in the others. What is
// high hides what is less high, so it looks again without it.
func background(bins []bin) (base float64) {
	for range 4 {
		base = calm(bins)
		for i := range bins {
			b := &bins[i]
			usual := base * float64(b.requests)
			b.high = b.high || float64(b.failed) > usual+4*math.Sqrt(usual)+3
		}
	}
	all := stretches(bins)
	slices.SortStableFunc(all, func(a, b stretch) int { return cmp.Compare(b.failed, a.failed) })
	for _, s := range all[min(len(all), maxStretches):] {
		for i := s.from; i < s.to; i++ {
			bins[i].high = false
		}
	}
	return calm(bins)
}

// calm is the share of failures in the bins that are not high.
func calm(bins []bin) float64 {
	requests, failed := 0, 0
	for _, b := range bins {
		if !b.high {
			requests += b.requests
			failed += b.failed
		}
	}
	if requests == 0 {
		return 0
	}
	return float64(failed) / float64(requests)
}

// stretch is a run of high bins.
type stretch struct{ from, to, requests, failed int }

func stretches(bins []bin) []stretch {
	var out []stretch
	for i, b := range bins {
		if !b.high {
			continue
		}
		if len(out) == 0 || out[len(out)-1].to < i {
			out = append(out, stretch{from: i, to: i})
		}
		s := &out[len(out)-1]
		s.to = i + 1
		s.requests += b.requests
		s.failed += b.failed
	}
	return out
}

// rate rounds to what a file says.
func rate(v float64) float64 { return min(max(math.Round(v*1e6)/1e6, 1e-6), 1) }
