package incident

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Draft is an incident, and its relapses, as a post-mortem has them. Make it with
// [NewDraft].
type Draft struct {
	Incident            // the first
	Relapses []Incident // those that followed it, in order
	Drill    *Drill     // nil: it happened
	Timeline []Line
	Total    Counts        // of all of them
	Over     *time.Time    // the end of the last; nil while it goes on
	Length   time.Duration // from start to Over; 0 while it goes on
	// From start to detection, from detection to mitigation (0 without one), and to the
	// end of the first.
	Detection, Help, Main time.Duration

	By       *Event   // what led to the detection; nil if it is not known
	Why      []Share  // of the failed attempts, the most frequent first
	Timeouts int      // of the failed attempts, those that ran out of time
	Alone    []string // routes with one target
	Thin     []Last   // routes that one target had to carry
	Alerted  bool     // an alert was raised
}

// Share is how many of the failed attempts ended for a reason.
type Share struct {
	Reason string
	N      int
}

// Last is the only target of a route that no breaker or alert spoke of.
type Last struct{ Route, Target string }

// NewDraft makes a draft of the first of some incidents and of the others, its
// relapses. There must be one at least. A drill is nil for what happened.
func NewDraft(list []Incident, drill *Drill) *Draft {
	first, last := list[0], list[len(list)-1]
	d := &Draft{
		Incident: first, Relapses: list[1:], Drill: drill, Over: last.Ended,
		Total: Counts{Reasons: map[string]int{}}, Detection: first.Detected.Sub(first.Started),
	}
	if first.Mitigated != nil {
		d.Help = first.Mitigated.Sub(first.Detected)
	}
	if first.Ended != nil {
		d.Main = first.Ended.Sub(first.Started)
	}
	if d.Over != nil {
		d.Length = d.Over.Sub(first.Started)
	}
	var failing []string
	d.Choices = slices.Clone(d.Choices)
	for i := range list {
		d.Total.add(&list[i].Counts)
		failing = append(failing, list[i].Targets...)
		d.Routes, d.Tasks, d.Targets = union(d.Routes, list[i].Routes), union(d.Tasks, list[i].Tasks), union(d.Targets, list[i].Targets)
		for _, r := range list[i].Choices {
			if !slices.ContainsFunc(d.Choices, func(k Route) bool { return k.Name == r.Name }) {
				d.Choices = append(d.Choices, r)
			}
		}
		d.Untried = union(d.Untried, list[i].Untried)
		d.WasFull = d.WasFull || list[i].WasFull
		d.Alerted = d.Alerted || slices.ContainsFunc(list[i].Events, func(e Event) bool { return e.What == AlertRaised })
		if i > 0 {
			d.Opened += list[i].Opened
		}
	}
	d.Timeline = timeline(list)
	d.By = detectedBy(&first)
	for _, reason := range slices.Sorted(maps.Keys(d.Total.Reasons)) {
		n := d.Total.Reasons[reason]
		d.Why = append(d.Why, Share{reason, n})
		if strings.HasSuffix(reason, "_timeout") {
			d.Timeouts += n
		}
	}
	slices.SortStableFunc(d.Why, func(a, b Share) int { return cmp.Compare(b.N, a.N) })
	for _, r := range d.Choices {
		left := slices.DeleteFunc(slices.Clone(r.Targets), func(t string) bool { return slices.Contains(failing, t) })
		switch {
		case len(r.Targets) == 1:
			d.Alone = append(d.Alone, r.Name)
		case len(left) == 1:
			d.Thin = append(d.Thin, Last{r.Name, left[0]})
		}
	}
	return d
}

func union(a, b []string) []string {
	a = slices.Clone(a)
	for _, s := range b {
		a = with(a, s)
	}
	return a
}

func (n *Counts) add(m *Counts) {
	n.Requests += m.Requests
	n.Served += m.Served
	n.Elsewhere += m.Elsewhere
	n.Cached += m.Cached
	n.Substituted += m.Substituted
	n.Deferred += m.Deferred
	n.Failed += m.Failed
	n.Other += m.Other
	n.FailedAttempts += m.FailedAttempts
	n.CostMicroUSD += m.CostMicroUSD
	n.ElsewhereMicro += m.ElsewhereMicro
	n.PremiumMicro += m.PremiumMicro
	for reason, k := range m.Reasons {
		n.Reasons[reason] += k
	}
}

// Mostly reports whether at least half of the failed attempts ran out of time.
func (d *Draft) Mostly() bool { return d.Timeouts > 0 && 2*d.Timeouts >= d.Total.FailedAttempts }

// Unhelped reports whether requests failed and neither cache nor queue nor a
// substitute answered any.
func (d *Draft) Unhelped() bool {
	return d.Total.Failed > 0 && d.Total.Cached+d.Total.Deferred+d.Total.Substituted == 0
}

// Flapped reports whether breakers opened again and again: more than twice for each
// target.
func (d *Draft) Flapped() bool { return d.Opened > 2*len(d.Targets) && d.Opened > 2 }

// Late reports whether it took above half a minute to notice.
func (d *Draft) Late() bool { return d.Detection > 30*time.Second }

// Spared reports whether far fewer attempts than requests failed: breakers kept most
// requests from trying what was down.
func (d *Draft) Spared() bool {
	return d.Total.FailedAttempts > 0 && 10*d.Total.FailedAttempts <= d.Total.Requests
}

// Dear reports whether answers of other targets cost a tenth more than they would have
// at the first of their route, and a cent, at the least.
func (d *Draft) Dear() bool {
	return d.Total.PremiumMicro >= 10_000 && 10*d.Total.PremiumMicro >= d.Total.CostMicroUSD-d.Total.PremiumMicro
}

// Markdown is the draft in a language that is shipped; English if there are no words
// for it.
func (d *Draft) Markdown(language string) (string, error) {
	w, err := readWords(nil)
	if err != nil {
		return "", err
	}
	if w[language] == nil {
		language = English
	}
	text, err := say(w[language], postMortemWords, d)
	return text + "\n", err
}

// ErrUnknown says that there is no incident of an id.
var ErrUnknown = errors.New("there is no incident of this id")

// PostMortem is the draft of a post-mortem in Markdown, of the incident with an id and
// its relapses, as of now; a language there are no words for is Config.Language.
func (t *Tracker) PostMortem(now time.Time, id, language string) (string, error) {
	_, w, _ := t.now(language)
	var story []Incident
	for _, i := range slices.Backward(t.Incidents(now)) {
		if i.ID == id || len(story) > 0 && i.Follows == story[len(story)-1].ID {
			story = append(story, i)
		}
	}
	if story == nil {
		return "", ErrUnknown
	}
	text, err := say(w, postMortemWords, NewDraft(story, nil))
	return text + "\n", err
}
