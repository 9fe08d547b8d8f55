package panel

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/incident"
)

// mostReasons are the reasons of an incident that are named.
const mostReasons = 3

// incidents shows those that go on, and returns them.
func (p *Panel) incidents(v *view, now time.Time) (open []incident.Incident) {
	for _, i := range p.config.Incidents(now) {
		if i.Phase == incident.Resolved {
			v.Resolved++
			continue
		}
		open = append(open, i)
		v.Incidents = append(v.Incidents, incidentOf(&i, now))
	}
	return open
}

func incidentOf(i *incident.Incident, now time.Time) incidentView {
	x := incidentView{ID: i.ID, Provider: cmp.Or(i.Provider, string(i.Kind)), Mark: warn, State: string(i.Phase), Since: clock(i.Started)}
	if i.Phase == incident.Investigating {
		x.Mark = bad
	}
	lasts := "for " + lasting(now.Sub(i.Started))
	if i.Ended != nil {
		lasts = "ended at " + clock(*i.Ended)
	}
	impact := "others answer"
	if i.Full && i.Ended == nil {
		impact = "a route has no target left"
	}
	n := &i.Counts
	x.What = []pair{
		{"since", clock(i.Started), lasts},
		{"fails", strings.Join(i.Targets, ", "), strings.Join(i.Endpoints, ", ")},
		{"routes", orNone(strings.Join(i.Routes, ", ")), impact},
		{"requests", count(n.Requests, "request", "requests"), count(n.Elsewhere, "was", "were") + " answered elsewhere, " + count(n.Failed, "failed", "failed")},
		{"failed attempts", count(n.FailedAttempts, "attempt", "attempts"), reasons(n.Reasons)},
	}
	return x
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// reasons names the most frequent.
func reasons(n map[string]int) string {
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		if n[a] != n[b] {
			return n[b] - n[a]
		}
		return strings.Compare(a, b)
	})
	var list []string
	for _, name := range names[:min(len(names), mostReasons)] {
		list = append(list, words(name))
	}
	return strings.Join(list, ", ")
}
