package explain

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// Write tells the stories of one request, a part for each cell.
func Write(w io.Writer, run *record.LogRun, stories []record.Story) error {
	var b strings.Builder
	for i := range stories {
		if i > 0 {
			b.WriteString("\n")
		}
		tell(&b, run, &stories[i])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func tell(b *strings.Builder, run *record.LogRun, s *record.Story) {
	q := &s.Request
	kind := "whole answer"
	if q.Stream {
		kind = "stream"
	}
	fmt.Fprintf(b, "request %d of %s: policy %s, seed %d\n", q.Seq, run.Scenario, s.Cell.Policy, s.Cell.Seed)
	fmt.Fprintf(b, "  task %s (%s), scheduled at %s\n", q.Task, kind, at(q.Scheduled))
	for i := range s.Relays {
		relay(b, run, s, &s.Relays[i], q.Scheduled)
	}
	for i := range s.Shadows {
		shadow(b, &s.Shadows[i], q.Scheduled)
	}
	for i := range s.Compared {
		x := &s.Compared[i]
		fmt.Fprintf(b, "  compared, %s: %s %.2f, its shadow at %s %.2f\n", after(x.At, q.Scheduled), x.Served, x.ServedScore, x.Shadow, x.ShadowScore)
	}
	if len(s.Journal) > 0 {
		b.WriteString("  the providers' journal\n")
		for i := range s.Journal {
			entry(b, run, &s.Journal[i], q.Scheduled)
		}
	}
	for _, x := range s.Breakers {
		fmt.Fprintf(b, "  meanwhile, %s: breaker of %s (%s) %s to %s\n", after(x.At, q.Scheduled), x.Target, x.Endpoint, x.From, x.To)
	}
	fmt.Fprintf(b, "  outcome %s%s, after %s", q.Outcome, status(q.Status), length(q.Done-q.Scheduled))
	if q.Stream && q.FirstToken > 0 {
		fmt.Fprintf(b, ", first token after %s", length(q.FirstToken-q.Scheduled))
	}
	if q.Provider != "" {
		fmt.Fprintf(b, ", from %s/%s", q.Provider, q.Model)
	}
	b.WriteString("\n")
}

// relay tells of one request at the router.
func relay(b *strings.Builder, run *record.LogRun, s *record.Story, r *record.LogRelay, start time.Duration) {
	router := "the router"
	if run.Replicas > 1 {
		router = fmt.Sprintf("router %d of %d", r.Replica+1, run.Replicas)
	}
	fmt.Fprintf(b, "  try %d at %s, %s: %s%s in %s\n", r.Try+1, router, after(r.Start, start), r.Outcome, status(r.Status), length(r.End-r.Start))
	if r.Cache == "hit" || r.Cache == "stale" {
		fmt.Fprintf(b, "    out of the cache (%s): the answer to request %d, %s old\n", r.Cache, r.Origin, length(r.Age))
	}
	for i := range s.Choices {
		if c := &s.Choices[i]; c.Try == r.Try {
			choice(b, c, FirstTarget(s, r.Try), start)
		}
	}
	for i := range s.Attempts {
		if a := &s.Attempts[i]; a.Try == r.Try {
			attempt(b, a, start)
		}
	}
}

// FirstTarget is the target a try at the router began with; "" for none.
func FirstTarget(s *record.Story, try uint16) string {
	for i := range s.Attempts {
		if a := &s.Attempts[i]; a.Try == try && a.N == 0 {
			return a.Target
		}
	}
	return ""
}

func choice(b *strings.Builder, c *record.LogChoice, first string, start time.Duration) {
	fmt.Fprintf(b, "    choice by %s: %s\n", c.Strategy, Why(c, first))
	widest := 0
	for _, x := range c.Candidates {
		widest = max(widest, len(x.Target))
	}
	n := 0
	for _, x := range c.Candidates {
		if x.Out != "" {
			fmt.Fprintf(b, "       -  %-*s  out: %s\n", widest, x.Target, x.Out)
			continue
		}
		n++
		line := fmt.Sprintf("      %2d  %-*s  score %.6g", n, widest, x.Target, x.Score)
		if x.Note != "" {
			line += ", " + x.Note
		}
		b.WriteString(line + "\n")
	}
	for _, x := range c.Skipped {
		fmt.Fprintf(b, "    passed over, %s: %s, %s\n", after(x.At, start), x.Target, x.Reason)
	}
}

// notes are the words of the router's strategies, in a sentence.
var notes = map[string]string{
	"explored":    "it is cold, and this request's turn to get to know it",
	"two_choices": "of two drawn from those near the best score it has less under way",
	"slow":        "it is above the latency ceiling, as are the others",
	"no_weight":   "nobody has a weight",
}

// Why says why the first attempt at a request, at the target first, went where
// it did; first is empty where nothing was tried.
func Why(c *record.LogChoice, first string) string {
	for i, x := range c.Candidates {
		if x.Target != first {
			continue
		}
		switch {
		case i > 0:
			return first + ": those before it were passed over"
		case notes[x.Note] != "":
			return first + ": " + notes[x.Note]
		case x.Note != "":
			return first + ": " + x.Note
		case len(c.Candidates) == 1 || c.Candidates[1].Out != "":
			return first + ": there is no other"
		case c.Strategy == "priority":
			return first + ": the first of the route"
		}
		return first + ": the lowest score"
	}
	if first == "" {
		return "nothing could be tried"
	}
	return first
}

func attempt(b *strings.Builder, a *record.LogAttempt, start time.Duration) {
	fmt.Fprintf(b, "    attempt %d, %s: %s %s%s in %s", a.N+1, after(a.Start, start), a.Target, a.Reason, status(a.Status), length(a.End-a.Start))
	if a.FirstToken > 0 {
		fmt.Fprintf(b, ", first token after %s", length(a.FirstToken-a.Start))
	}
	if a.RetryAfter > 0 {
		fmt.Fprintf(b, ", asks for a wait of %s", length(a.RetryAfter))
	}
	if a.CostMicroUSD > 0 {
		fmt.Fprintf(b, ", %s", usd(a.CostMicroUSD))
		if a.Estimated {
			b.WriteString(" (estimated)")
		}
	}
	for _, mark := range []struct {
		is   bool
		word string
	}{{a.Probe, "probe"}, {a.Retry, "retry"}, {a.Hedge, "hedge"}, {a.LastResort, "last resort"}, {a.Served, "served"}} {
		if mark.is {
			b.WriteString(", " + mark.word)
		}
	}
	b.WriteString("\n")
}

// shadow tells of the request sent to one more target, for comparison.
func shadow(b *strings.Builder, x *record.LogExtra, start time.Duration) {
	fmt.Fprintf(b, "  shadow, %s: %s %s%s in %s", after(x.Start, start), x.Target, x.Reason, status(x.Status), length(x.End-x.Start))
	if x.FirstToken > 0 {
		fmt.Fprintf(b, ", first token after %s", length(x.FirstToken-x.Start))
	}
	if x.CostMicroUSD > 0 {
		fmt.Fprintf(b, ", %s", usd(x.CostMicroUSD))
		if x.Estimated {
			b.WriteString(" (estimated)")
		}
	}
	b.WriteString("\n")
}

func entry(b *strings.Builder, run *record.LogRun, e *record.LogEntry, start time.Duration) {
	fmt.Fprintf(b, "    %s: %s %s%s in %s", after(e.Arrived, start), e.Target, e.End, status(e.Status), length(e.Ended-e.Arrived))
	if e.BillMicroUSD > 0 {
		fmt.Fprintf(b, ", bills %s for %d + %d tokens", usd(e.BillMicroUSD), e.PromptTokens, e.OutputTokens)
	}
	if e.Shadow {
		b.WriteString(", as a shadow")
	}
	for i, id := range run.Faults {
		if i < 64 && e.Faults&(1<<i) != 0 {
			b.WriteString(", hit by " + id)
		}
	}
	b.WriteString("\n")
}

func status(n uint16) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %d", n)
}

// at is an instant of the scenario, to the millisecond.
func at(d time.Duration) string { return d.Round(time.Millisecond).String() }

// after is an instant as seen from the request's own start.
func after(d, start time.Duration) string { return "+" + length(d-start) }

// length is a duration as people read it.
func length(d time.Duration) string {
	if d < 10*time.Millisecond && d > -10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func usd(micro int64) string { return fmt.Sprintf("$%d.%06d", micro/1e6, micro%1e6) }
