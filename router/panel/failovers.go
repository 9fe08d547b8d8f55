package panel

import (
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// What is remembered of failovers.
const (
	maxFailovers = 64               // kinds of them
	recent       = 15 * time.Minute // after the last of a kind it is forgotten
)

// failover is a kind of failover: whom requests were for, who answered them, and why.
type failover struct {
	route, endpoint string
	from, to        string // targets; to is "" where nobody answered
	reason          string
}

// failed is how often a kind happened, without a pause of recent.
type happened struct {
	n           int
	first, last time.Time
}

// failovers counts them by kind. The zero value has none.
type failovers map[failover]*happened

// request enters a request that its first choice has not answered.
func (f *failovers) request(r *audit.Record) {
	kind, ok := failoverOf(r)
	if !ok {
		return
	}
	if *f == nil {
		*f = failovers{}
	}
	h := (*f)[kind]
	switch {
	case h == nil:
		f.makeRoom()
		for _, s := range []*string{&kind.route, &kind.endpoint, &kind.from, &kind.to, &kind.reason} {
			*s = strings.Clone(*s) // it may be a part of a whole request
		}
		h = &happened{first: r.End}
		(*f)[kind] = h
	case r.End.Sub(h.last) > recent:
		*h = happened{first: r.End}
	}
	h.n++
	if r.End.After(h.last) {
		h.last = r.End
	}
}

// makeRoom forgets the kind that did not happen for longest, if there are too many.
func (f failovers) makeRoom() {
	if len(f) < maxFailovers {
		return
	}
	var oldest failover
	var at time.Time
	for kind, h := range f {
		if at.IsZero() || h.last.Before(at) {
			oldest, at = kind, h.last
		}
	}
	delete(f, oldest)
}

// failoverOf is what became of a request whose first choice did not answer it. A hedge
// that won is none: its first choice was slow, and has not failed.
func failoverOf(r *audit.Record) (failover, bool) {
	kind := failover{route: clip(r.Route), endpoint: r.Endpoint}
	for _, c := range r.Choice.Candidates {
		if c.Out == "" {
			kind.from = clip(c.Target)
			break
		}
	}
	switch r.Outcome {
	case audit.Served:
	case audit.Refused, audit.Failed, audit.Broken, audit.Substituted:
	default:
		return kind, false
	}
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Served && r.Outcome == audit.Served {
			kind.to = clip(a.Target)
		}
	}
	if kind.from == "" || kind.to == kind.from {
		return kind, false
	}
	kind.reason = whyNot(r, kind.from)
	return kind, kind.reason != "" && kind.reason != audit.HedgeLost
}

// whyNot is why a target did not answer a request; "" where nothing says so.
func whyNot(r *audit.Record, target string) string {
	for i := range r.Attempts {
		if a := &r.Attempts[i]; clip(a.Target) == target && a.Reason != audit.OK {
			return a.Reason
		}
	}
	for i := range r.Skips {
		if s := &r.Skips[i]; clip(s.Target) == target {
			return s.Reason
		}
	}
	return ""
}

// happenedTo is a kind and how often.
type happenedTo struct {
	failover
	happened
}

// list is what happened within recent, the latest first.
func (f failovers) list(now time.Time) []happenedTo {
	var all []happenedTo
	for kind, h := range f {
		if now.Sub(h.last) <= recent {
			all = append(all, happenedTo{kind, *h})
		}
	}
	slices.SortFunc(all, func(a, b happenedTo) int {
		if c := b.last.Compare(a.last); c != 0 {
			return c
		}
		return strings.Compare(a.route+a.endpoint+a.from+a.to+a.reason, b.route+b.endpoint+b.from+b.to+b.reason)
	})
	return all
}
