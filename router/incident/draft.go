package incident

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Draft is an incident as a post-mortem has it.
type Draft struct {
	Incident
	Timeline  []Event       // from start to end, in order
	Detection time.Duration // from start to detection
	Help      time.Duration // from start to mitigation; 0 without one
	Length    time.Duration // from start to end; 0 while it goes on
	Why       []Share       // of the failed attempts, the most frequent first
	Alone     []string      // routes with one target
	Timeouts  int           // of the failed attempts, those that ran out of time
}

// Share is how many of the failed attempts ended for a reason.
type Share struct {
	Reason string
	N      int
}

// Marks of a Draft's timeline beside the events.
const (
	MarkStarted  = "started"
	MarkDetected = "detected"
	MarkEnded    = "ended"
)

// NewDraft makes a draft of an incident, with the routes that the tracker knew.
func NewDraft(i Incident, routes []Route) *Draft {
	d := &Draft{Incident: i, Detection: i.Detected.Sub(i.Started)}
	d.Timeline = append(d.Timeline, Event{At: i.Started, What: MarkStarted}, Event{At: i.Detected, What: MarkDetected})
	if i.Mitigated != nil {
		d.Help = i.Mitigated.Sub(i.Started)
	}
	d.Timeline = append(d.Timeline, i.Events...)
	if i.Ended != nil {
		d.Length = i.Ended.Sub(i.Started)
		d.Timeline = append(d.Timeline, Event{At: *i.Ended, What: MarkEnded})
	}
	slices.SortStableFunc(d.Timeline, func(a, b Event) int { return a.At.Compare(b.At) })
	for _, reason := range slices.Sorted(maps.Keys(i.Counts.Reasons)) {
		n := i.Counts.Reasons[reason]
		d.Why = append(d.Why, Share{reason, n})
		if strings.HasSuffix(reason, "_timeout") {
			d.Timeouts += n
		}
	}
	slices.SortStableFunc(d.Why, func(a, b Share) int { return cmp.Compare(b.N, a.N) })
	for _, r := range routes {
		if len(r.Targets) == 1 && slices.Contains(i.Routes, r.Name) {
			d.Alone = append(d.Alone, r.Name)
		}
	}
	return d
}

// Mostly reports whether at least half of the failed attempts ran out of time.
func (d *Draft) Mostly() bool { return d.Timeouts > 0 && 2*d.Timeouts >= d.Counts.FailedAttempts }

// Unhelped reports whether requests failed and neither cache nor queue nor a
// substitute answered any.
func (d *Draft) Unhelped() bool {
	return d.Counts.Failed > 0 && d.Counts.Cached+d.Counts.Deferred+d.Counts.Substituted == 0
}

// Flapped reports whether breakers opened again and again: more than twice for each
// target.
func (d *Draft) Flapped() bool { return d.Opened > 2*len(d.Targets) && d.Opened > 2 }

// Late reports whether it took above a minute to notice.
func (d *Draft) Late() bool { return d.Detection > time.Minute }

// ErrUnknown says that there is no incident of an id.
var ErrUnknown = errors.New("there is no incident of this id")

// PostMortem is the draft of a post-mortem in Markdown, of the incident with an id and
// as of now; a language there are no words for is Config.Language.
func (t *Tracker) PostMortem(now time.Time, id, language string) (string, error) {
	w := t.words[language]
	if w == nil {
		w = t.words[t.config.Language]
	}
	for _, i := range t.Incidents(now) {
		if i.ID == id {
			text, err := say(w, postMortemWords, NewDraft(i, t.routes()))
			return text + "\n", err
		}
	}
	return "", ErrUnknown
}
