package incident

import (
	"slices"
	"strings"
)

// Lines are the incidents that go on as clients are told of them: those of which the
// same is to be said are one, with the services of all, the first to fail first, since
// that one began. Of what stops routes, the same is said where they are the same routes.
// [Public.Several] tells whether there are more services than one.
func (s *Status) Lines() []Public {
	var lines []Public
	var services [][]string // of each
	for i := range s.Incidents {
		p := s.Incidents[i]
		at := slices.IndexFunc(lines, func(q Public) bool { return alike(&p, &q) })
		if at < 0 {
			lines, services = append(lines, p), append(services, []string{p.Service})
			continue
		}
		q := &lines[at]
		if !slices.Contains(services[at], p.Service) { // the latest incident comes first
			services[at] = slices.Insert(services[at], 0, p.Service)
		}
		q.Service, q.Several = strings.Join(services[at], ", "), len(services[at]) > 1
		if p.Started.Before(q.Started) {
			q.Started = p.Started
		}
		if p.Ended != nil && (q.Ended == nil || p.Ended.After(*q.Ended)) {
			q.Ended = p.Ended
		}
	}
	return lines
}

// alike reports whether the same is to be said of two incidents that go on.
func alike(p, q *Public) bool {
	switch {
	case p.Phase == Monitoring || q.Phase == Monitoring:
		return p.Phase == q.Phase
	case p.Impact == Full || q.Impact == Full:
		return p.Impact == q.Impact && sameWords(p.Routes, q.Routes)
	}
	return p.Phase == q.Phase
}

// sameWords compares lists in which no word stands twice, in any order.
func sameWords(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(w string) bool { return !slices.Contains(b, w) })
}
