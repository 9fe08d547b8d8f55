package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

const (
	// settling is how long after the start of a fault failures are no shortfall:
	// breakers need a few of them to see it.
	settling = 30 * time.Second
	// expected is the availability outside of that time below which the report says
	// what fell short.
	expected = 0.999
)

// Shortfall says what the failed requests of a cell failed for.
type Shortfall struct {
	Availability *Ratio  `json:"availability,omitempty"` // of the requests scheduled outside the first 30 s of each fault
	Requests     int     `json:"requests"`               // those
	Causes       []Cause `json:"causes"`                 // the most frequent first
}

// Cause is one mechanism that fell short.
type Cause struct {
	What     string `json:"what"`
	Requests int    `json:"requests"` // that failed for it outside the first 30 s of each fault
	Early    int    `json:"early"`    // and within
}

// short reports whether availability was below what is expected.
func (s *Shortfall) short() bool { return s.Availability != nil && *s.Availability < expected }

// shortfall finds what every failed request failed for, by the client's outcome,
// the router's audit and the faults in the providers' journal. Nil without any,
// and of a gateway that is not ours.
func (j *joined) shortfall() *Shortfall {
	if j.cell.Outside {
		return nil
	}
	counts := make(map[string]*Cause)
	out := &Shortfall{Causes: []Cause{}}
	failed := 0
	stories := storyReader{cell: j.cell}
	for i := range j.rows {
		row := &j.rows[i]
		story := stories.next(j.cell.Requests[i].Seq)
		early := row.since != record.Never && row.since < settling
		if !row.counted {
			continue
		}
		if !early {
			out.Requests++
		}
		if row.answered {
			continue
		}
		what := j.cause(&j.cell.Requests[i], &story)
		c := counts[what]
		if c == nil {
			c = &Cause{What: what}
			counts[what] = c
		}
		if early {
			c.Early++
		} else {
			c.Requests++
			failed++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	for _, c := range counts {
		out.Causes = append(out.Causes, *c)
	}
	slices.SortFunc(out.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(b.Early, a.Early), cmp.Compare(a.What, b.What))
	})
	out.Availability = ratio(out.Requests-failed, out.Requests)
	return out
}

// story is what the logs have of one request's last try at the router.
type story struct {
	relay    *record.Relay // nil when none reached it
	attempts []record.Attempt
	journal  []record.Entry // of all tries
}

// storyReader reads the logs once, in the order of the requests.
type storyReader struct {
	cell                     *record.Cell
	relays, attempts, events int // read so far
}

func (r *storyReader) next(seq uint32) (s story) {
	c := r.cell
	for ; r.relays < len(c.Relays) && c.Relays[r.relays].Seq <= seq; r.relays++ {
		if c.Relays[r.relays].Seq == seq {
			s.relay = &c.Relays[r.relays]
		}
	}
	for ; r.attempts < len(c.Attempts) && c.Attempts[r.attempts].Seq <= seq; r.attempts++ {
		a := &c.Attempts[r.attempts]
		if a.Seq != seq || s.relay == nil || a.Try != s.relay.Try {
			continue
		}
		if s.attempts == nil {
			s.attempts = c.Attempts[r.attempts:r.attempts]
		}
		s.attempts = s.attempts[:len(s.attempts)+1]
	}
	from := r.events
	for ; r.events < len(c.Journal) && c.Journal[r.events].Seq <= seq; r.events++ {
		if c.Journal[r.events].Seq < seq {
			from = r.events + 1
		}
	}
	s.journal = c.Journal[from:r.events]
	return s
}

// cause names the mechanism that a request failed for. README.md has the list.
func (j *joined) cause(request *record.Request, s *story) string {
	switch {
	case request.Outcome == record.Dropped:
		return "not sent by the load generator"
	case s.relay == nil:
		return "never reached the router"
	}
	last := ""
	if n := len(s.attempts); n > 0 {
		last = nameAt(j.cell.Reasons, s.attempts[n-1].Reason) + j.faultsOf(s, &s.attempts[n-1])
	}
	passed := strings.Join(j.cell.Passed(s.relay), ", ")
	switch s.relay.Outcome {
	case record.RelayServed, record.RelaySubstituted, record.RelayReplayed, record.RelayCached:
		return "served, and the client saw " + request.Outcome.String()
	case record.RelayRejected:
		return "refused for what was asked: " + cmp.Or(last, "by the router")
	case record.RelayBroken:
		return "broke after the first token: " + last
	case record.RelayCancelled:
		return "the client gave up first: " + cmp.Or(last, "no attempt under way")
	case record.RelayRefused:
		return "no target could be tried: " + cmp.Or(passed, "total_timeout")
	case record.RelayFailed:
	}
	return j.failure(s, passed)
}

// failure says why no attempt of a relay succeeded, and why there was no other: the
// router's own limits on a target that was well before what faults did to others.
func (j *joined) failure(s *story, passed string) string {
	for i := range s.attempts {
		a := &s.attempts[i]
		if reason := nameAt(j.cell.Reasons, a.Reason); reason != hedgeLost && j.faultsOf(s, a) == "" {
			return reason + " at a target that no fault hit"
		}
	}
	switch {
	case passed != "":
		return "the targets left were not tried: " + passed
	case int(s.relay.Attempts) >= j.cell.Limits.MaxAttempts && j.cell.Limits.MaxAttempts > 0:
		return "max_attempts spent on targets with a fault"
	case s.relay.Deadline != record.Never && s.relay.Deadline-s.relay.End < time.Second:
		return "total_timeout spent on targets with a fault"
	}
	return "every target tried had a fault"
}

// faultsOf names the faults that hit an attempt, in brackets; empty for none.
func (j *joined) faultsOf(s *story, a *record.Attempt) string {
	var bits uint64
	for i := range s.journal {
		e := &s.journal[i]
		if !e.Shadow && e.Target == a.Target && e.Arrived >= a.Start && e.Arrived <= a.End {
			bits |= e.Faults
		}
	}
	var names []string
	for i := range j.run.Faults[:min(len(j.run.Faults), maxFaults)] {
		f := &j.run.Faults[i]
		refused := f.Kind == refuse && f.Active(a.Start) && slices.Contains(f.Targets, a.Target) &&
			nameAt(j.cell.Reasons, a.Reason) == "connection_refused"
		if refused || bits&(1<<i) != 0 {
			names = append(names, f.ID)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (fault " + strings.Join(names, ", ") + ")"
}
