package incident

import (
	"slices"
	"time"
)

// Line is a line of a Draft's timeline.
type Line struct {
	Event
	Detects bool          // by it the router noticed
	Until   time.Time     // the end of what lasted; zero of what did not
	Targets []string      // of a relapse and of flapping
	Length  time.Duration // likewise, from At to Until
	N       int           // likewise, how often breakers opened
}

// What a timeline has beside the events.
const (
	MarkStarted  = "started"
	MarkDetected = "detected"
	MarkEnded    = "ended"
	MarkFlapping = "flapping" // breakers closed and opened again and again
	MarkRelapse  = "relapse"
)

// What breakers did again and again is one line.
const (
	flaps    = 6                // so many changes at least
	flapping = 10 * time.Minute // each so soon after the one before
)

// timeline is that of an incident, and a line for each of its relapses.
func timeline(list []Incident) []Line {
	first := &list[0]
	lines := []Line{{Event: Event{At: first.Started, What: MarkStarted}}}
	if detectedBy(first) == nil {
		lines = append(lines, Line{Event: Event{At: first.Detected, What: MarkDetected}})
	}
	for n, e := range first.Events {
		lines = append(lines, Line{Event: e, Detects: n == 0 && e.At.Equal(first.Detected)})
	}
	if first.Ended != nil {
		lines = append(lines, Line{Event: Event{At: *first.Ended, What: MarkEnded}})
	}
	for i := range list[1:] {
		r := &list[1+i]
		x := Line{Event: Event{At: r.Started, What: MarkRelapse}, Targets: r.Targets, N: r.Opened}
		if r.Ended != nil {
			x.Until, x.Length = *r.Ended, r.Ended.Sub(r.Started)
		}
		lines = append(lines, x)
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.At.Compare(b.At) })
	return condense(lines)
}

// detectedBy is what led to the detection of an incident; nil if it is not known.
func detectedBy(i *Incident) *Event {
	if len(i.Events) > 0 && i.Events[0].At.Equal(i.Detected) {
		return &i.Events[0]
	}
	return nil
}

// condense puts into one line what breakers did again and again.
func condense(lines []Line) (out []Line) {
	breaker := func(l *Line) bool {
		return !l.Detects && (l.What == BreakerOpened || l.What == BreakerClosed || l.What == CameBack)
	}
	for i := 0; i < len(lines); {
		end := i
		for end < len(lines) && breaker(&lines[end]) && (end == i || lines[end].At.Sub(lines[end-1].At) <= flapping) {
			end++
		}
		if end-i < flaps {
			end = max(end, i+1)
			out = append(out, lines[i:end]...)
			i = end
			continue
		}
		x := Line{Event: Event{At: lines[i].At, What: MarkFlapping}, Until: lines[end-1].At, Length: lines[end-1].At.Sub(lines[i].At)}
		for _, l := range lines[i:end] {
			if l.What == BreakerOpened {
				x.N++
			}
			if l.Where != "" {
				x.Targets = with(x.Targets, l.Where)
			}
		}
		out = append(out, x)
		i = end
	}
	return out
}
