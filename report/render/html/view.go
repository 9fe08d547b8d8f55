package html

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
)

// view is what the template shows, in words.
type view struct {
	Style  template.CSS
	Script template.JS

	Scenario, Summary, Source string
	Link                      bool // Source is an address
	Verdict                   badge
	Reasons                   []string
	Facts                     []fact
	Glance                    []answer
	Replay                    string

	Comparison comparison
	Seeds      int // how many
	Chips      []chip
	Charts     *charts // nil without a timeline
	NotDrawn   int     // policies beyond those that are drawn
	Phases     []group
	Faults     []anatomy
	Sheets     []render.Sheet
	Stories    []telling
	Failures   []failure
	Judgements []judgement
	Weighed    []render.Sheet // about the thresholds
	Invariants []invariant
	Sums       []string // about the invariants
	Findings   []string
	Limits     []string
	Method     []render.Definition
	Footer     string
}

// fact is one figure with its name.
type fact struct{ Name, Value string }

// badge is a verdict in word, sign and colour.
type badge struct{ Class, Sign, Word string }

// chip is the switch that hides a policy.
type chip struct {
	Policy string
	Index  int // of the policy, as in every data-policy
}

// maxReasons is how many reasons the head of the page gives; the tables have
// them all.
const maxReasons = 12

func newView(r *report.Result, t *timeline.Timeline) *view {
	groups := byPolicy(r)
	v := &view{
		Style: template.CSS(embedded("style.css")), Script: template.JS(embedded("script.js")), //nolint:gosec // our own files
		Scenario: r.Scenario, Summary: r.Summary, Source: r.Source, Link: isLink(r.Source),
		Verdict: verdictBadge(r.Verdict), Reasons: reasons(r),
		Facts: facts(r), Glance: glance(r, groups), Replay: Clean(r.Replay),
		Seeds: len(r.Seeds), Comparison: compare(groups),
		Phases: phases(r, groups), Faults: anatomies(r, groups), Failures: failures(r, groups), Sheets: render.Details(r)[1:], // the first is the failures
		Judgements: judgements(r), Weighed: []render.Sheet{render.OverSeeds(r), render.Shortfall(r)}, Invariants: invariants(r), Sums: render.Invariants(r)[:1],
		Findings: r.Findings, Limits: limits(r), Method: render.Definitions(), Footer: render.Footer(r),
	}
	for i, g := range groups {
		v.Chips = append(v.Chips, chip{g.policy, i})
	}
	if t.Buckets() > 0 {
		v.Charts, v.NotDrawn = draw(r, t, groups)
		v.Stories = tellings(r, t, groups)
	}
	return v
}

// isLink says whether a source is an address that a page may lead to.
func isLink(source string) bool {
	return strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://")
}

func reasons(r *report.Result) []string {
	list := render.Verdict(r)[1:]
	if more := len(list) - maxReasons; more > 0 {
		list = append(list[:maxReasons:maxReasons], "and "+strconv.Itoa(more)+" more")
	}
	return list
}

// verdictBadge is the look of a verdict. The signs differ in shape, for those
// who do not see the colours.
func verdictBadge(v report.Verdict) badge {
	switch v {
	case report.Pass:
		return badge{"pass", "✓", "pass"}
	case report.Failed:
		return badge{"failed", "✕", "failed"}
	case report.Broken:
		return badge{"failed", "‼", "broken"}
	case report.Inconclusive:
		return badge{"unsure", "?", "inconclusive"}
	case report.Ungated, report.Skipped:
	}
	return badge{"plain", "–", string(v)}
}

func facts(r *report.Result) []fact {
	list := []fact{
		{"starts", clockOf(r).stamp(0)}, {"lasts", render.Duration(time.Duration(r.Duration))},
		{"requests", thousands(r.N)}, {"policies", strconv.Itoa(len(byPolicy(r)))}, {"seed", seeds(r)},
		{"clock", r.Clock},
	}
	if r.World != "" {
		list = append(list, fact{"world", r.World})
	}
	if r.Replicas > 1 {
		list = append(list, fact{"routers", strconv.Itoa(r.Replicas)})
	}
	if r.Target != "" {
		list = append(list, fact{"target, seen from outside", r.Target})
	}
	return append(list, fact{"made by", "routedrill " + r.ProgramVersion + ", " + r.Arch})
}

// seeds words the seeds, as a range where they are many.
func seeds(r *report.Result) string {
	words := make([]string, len(r.Seeds))
	for i, s := range r.Seeds {
		words[i] = strconv.FormatUint(s, 10)
	}
	if n := len(words); n > 4 {
		return words[0] + " to " + words[n-1] + " (" + strconv.Itoa(n) + ")"
	}
	return strings.Join(words, ", ")
}

// thousands writes a count with thin gaps, as people read large numbers.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteRune(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// wallClock turns offsets into the time of day of the scenario.
type wallClock struct{ start time.Time }

func clockOf(r *report.Result) wallClock {
	start, err := time.Parse(time.RFC3339, r.Start)
	if err != nil {
		return wallClock{}
	}
	return wallClock{start.UTC()}
}

// stamp is a date and time, hour only a time.
func (c wallClock) stamp(at time.Duration) string { return c.day(at) + " UTC" }
func (c wallClock) day(at time.Duration) string   { return c.start.Add(at).Format("2 Jan 2006 15:04") }
func (c wallClock) hour(at time.Duration) string  { return c.start.Add(at).Format("15:04") }

// span words a stretch of time of day.
func (c wallClock) span(from, to time.Duration) string {
	if to-from >= 24*time.Hour {
		return c.day(from) + " to " + c.stamp(to)
	}
	return c.day(from) + " to " + c.hour(to) + " UTC"
}

// limits is what the figures do not say, which a reader should know years
// later.
func limits(r *report.Result) []string {
	list := []string{
		"The providers are fakes that fail as the scenario tells them. A failure nobody scripted was not rehearsed.",
		"Latencies, prices, quotas and scores are those of the world" + worldName(r.World) + ": published measurements and, where marked so in it, assumptions.",
		"Answers are filler text. Quality is the score that the world gives a model, not one that was measured.",
		"Latency counts answered requests. A policy that fails early can look fast: read it beside availability.",
	}
	if r.Clock == "virtual" {
		list = append(list, "Time was virtual: it has no CPU cost, no TCP and no garbage-collection pauses.")
	}
	if len(r.Seeds) < 2 {
		list = append(list, "One seed is one draw of the luck: small differences between policies may be chance. Several (--seeds) give intervals.")
	}
	return list
}

// worldName is a world's name behind the word for it.
func worldName(world string) string {
	if world == "" {
		return ""
	}
	return " " + world
}
