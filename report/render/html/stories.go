package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/explain"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/sim/record"
)

// telling is the requests of one policy that are worth a look.
type telling struct {
	Policy          string
	Index           int
	Open            bool // the section is shown at once
	Slowest, Failed []waterfall
}

// waterfall is one request.
type waterfall struct {
	Seq                      string
	Task, At, Outcome, Total string
	OK                       bool
	Bars                     []bar // of all attempts, in one line
	Tries                    []try
	Meanwhile                []string
	More                     int // tries that are not shown
}

// try is one request at the router.
type try struct {
	Head     string
	Why      string
	Others   []string // the candidates, and what was passed over
	Attempts []attempt
}

// attempt is one try at a target.
type attempt struct {
	Target, Words string
	Bar           bar
}

// bar is a stretch of a request's time, in percent of it.
type bar struct {
	Left, Width float64
	Class       string
	First       float64 // first token, in percent of the request; 0 for none
	Title       string
}

// maxTries is how many tries of a client are told.
const maxTries = 8

// tellings tells of the requests of the policies that are drawn.
func tellings(r *report.Result, t *timeline.Timeline, groups []policyCells) []telling {
	providers := providerOrder(r, t)
	var list []telling
	for i := range groups {
		cell := t.Of(groups[i].policy)
		if cell == nil || len(list) == maxPanels || len(cell.Slowest)+len(cell.Failed) == 0 {
			continue
		}
		one := telling{Policy: groups[i].policy, Index: i, Open: len(list) == 0}
		for k := range cell.Slowest {
			one.Slowest = append(one.Slowest, tell(&cell.Slowest[k], clockOf(r), providers))
		}
		for k := range cell.Failed {
			one.Failed = append(one.Failed, tell(&cell.Failed[k], clockOf(r), providers))
		}
		list = append(list, one)
	}
	return list
}

func tell(s *record.Story, clock wallClock, providers map[string]int) waterfall {
	q := &s.Request
	w := waterfall{
		Seq: strconv.FormatUint(uint64(q.Seq), 10), Task: q.Task,
		At:      render.Duration(q.Scheduled) + ", " + clock.start.Add(q.Scheduled).Format("15:04:05"),
		Outcome: words(q.Outcome), OK: q.Outcome == record.OK.String(), Total: render.Duration(q.Done - q.Scheduled),
	}
	if q.Status != 0 && !w.OK {
		w.Outcome += " " + strconv.Itoa(int(q.Status))
	}
	end := q.Done
	for i := range s.Attempts {
		end = max(end, s.Attempts[i].End)
	}
	for i := range s.Relays {
		relay := &s.Relays[i]
		if i == maxTries {
			w.More = len(s.Relays) - i
			break
		}
		t := try{Head: fmt.Sprintf("try %d, %s: %s", relay.Try+1, after(relay.Start, q.Scheduled), words(relay.Outcome))}
		if relay.Status != 0 {
			t.Head += " " + strconv.Itoa(int(relay.Status))
		}
		for k := range s.Choices {
			if c := &s.Choices[k]; c.Try == relay.Try {
				t.Why = explain.Why(c, explain.FirstTarget(s, c.Try))
				t.Others = candidates(c, q.Scheduled)
			}
		}
		for k := range s.Attempts {
			a := &s.Attempts[k]
			if a.Try != relay.Try {
				continue
			}
			one := attempt{Target: a.Target, Words: attemptWords(a), Bar: attemptBar(a, q.Scheduled, end, providers)}
			one.Bar.Title = a.Target + ", " + one.Words
			t.Attempts = append(t.Attempts, one)
			w.Bars = append(w.Bars, one.Bar)
		}
		if len(t.Attempts) == 0 { // refused at once
			w.Bars = append(w.Bars, timeBar(relay.Start, relay.End, q.Scheduled, max(end, relay.End), "refused"))
		}
		w.Tries = append(w.Tries, t)
	}
	for i := range s.Shadows {
		x := &s.Shadows[i]
		w.Meanwhile = append(w.Meanwhile, fmt.Sprintf("%s: its shadow at %s: %s, %s", after(x.Start, q.Scheduled), x.Target, words(x.Reason), render.Duration(x.End-x.Start)))
	}
	for _, b := range s.Breakers {
		w.Meanwhile = append(w.Meanwhile, fmt.Sprintf("%s: breaker of %s (%s) %s to %s", after(b.At, q.Scheduled), b.Target, b.Endpoint, b.From, b.To))
	}
	return w
}

// candidates words whom the router chose among.
func candidates(c *record.LogChoice, start time.Duration) []string {
	var list []string
	n := 0
	for _, x := range c.Candidates {
		if x.Out != "" {
			list = append(list, x.Target+" is out: "+x.Out)
			continue
		}
		n++
		line := fmt.Sprintf("%d. %s, score %.4g", n, x.Target, x.Score)
		if x.Note != "" {
			line += ", " + words(x.Note)
		}
		list = append(list, line)
	}
	for _, x := range c.Skipped {
		list = append(list, fmt.Sprintf("passed over %s: %s, %s", after(x.At, start), x.Target, words(x.Reason)))
	}
	return list
}

func attemptWords(a *record.LogAttempt) string {
	parts := []string{words(a.Reason)}
	if a.Status != 0 && a.Status != 200 {
		parts[0] += " " + strconv.Itoa(int(a.Status))
	}
	parts = append(parts, render.Duration(a.End-a.Start))
	if a.FirstToken > 0 {
		parts = append(parts, "first token after "+render.Duration(a.FirstToken-a.Start))
	}
	if a.RetryAfter > 0 {
		parts = append(parts, "asks for a wait of "+render.Duration(a.RetryAfter))
	}
	for _, m := range []struct {
		is   bool
		word string
	}{{a.Probe, "probe"}, {a.Retry, "retry"}, {a.Hedge, "hedge"}, {a.LastResort, "last resort"}, {a.Served, "served"}} {
		if m.is {
			parts = append(parts, m.word)
		}
	}
	return strings.Join(parts, ", ")
}

// minBar is the least width of a bar, in percent.
const minBar = 0.4

func attemptBar(a *record.LogAttempt, start, end time.Duration, providers map[string]int) bar {
	b := timeBar(a.Start, a.End, start, end, "lost")
	if a.Served {
		provider, _, _ := strings.Cut(a.Target, "/")
		b.Class = providerClass(providers[provider])
	}
	if a.FirstToken > 0 {
		b.First = timeBar(a.FirstToken, a.FirstToken, start, end, "").Left
	}
	return b
}

// timeBar is a stretch of time of a request that lasts from start to end.
func timeBar(from, to, start, end time.Duration, class string) bar {
	whole := math.Max(float64(end-start), 1)
	place := func(at time.Duration) float64 {
		return math.Min(100, math.Max(0, 100*float64(at-start)/whole))
	}
	b := bar{Class: class, Left: round(math.Min(place(from), 100-minBar))}
	b.Width = round(math.Max(place(to)-b.Left, minBar))
	return b
}

// words makes reading of a word of the records.
func words(word string) string { return strings.ReplaceAll(word, "_", " ") }

// after is an instant as seen from the request's own start.
func after(at, start time.Duration) string { return "+" + render.Duration(at-start) }
