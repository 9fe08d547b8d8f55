package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
)

// keys returns the columns that name a cell, and the words for one: its
// policy, and its seed where the run has several.
func keys(r *report.Result) []Column {
	if len(r.Seeds) > 1 {
		return []Column{key("policy"), {Name: "seed", Key: true, Right: true}}
	}
	return []Column{key("policy")}
}

func keyWords(r *report.Result, c *report.Cell) []string {
	if len(r.Seeds) > 1 {
		return []string{c.Policy, strconv.FormatUint(c.Seed, 10)}
	}
	return []string{c.Policy}
}

// CellName names a cell in a title or a line.
func CellName(r *report.Result, c *report.Cell) string {
	if len(r.Seeds) > 1 {
		return c.Policy + ", seed " + strconv.FormatUint(c.Seed, 10)
	}
	return c.Policy
}

// Comparison is one row for each cell, with the figures that matter most
// first. The column after a figure that is glued to it is its n.
func Comparison(r *report.Result) Sheet {
	s := Sheet{Title: "Policies", Columns: append(keys(r),
		text("verdict"), number("avail"), glued("requests"), number("p50"), number("p95"), number("p99"), glued("answered"),
		number("TTFT p50"), number("TTFT p95"), glued("streams"), number("TPOT p50"),
		number("cost"), number("$/1k"), number("wasted"), number("retry amp"), number("client amp"),
		number("quality"), glued("scored"))}
	for i := range r.Cells {
		c := &r.Cells[i]
		s.Rows = append(s.Rows, append(keyWords(r, c),
			string(c.Verdict), Share(c.Availability), Count(c.Requests),
			quantile(c.Latency, "p50"), quantile(c.Latency, "p95"), quantile(c.Latency, "p99"), Count(c.Answered),
			quantile(c.TTFT, "p50"), quantile(c.TTFT, "p95"), samples(c.TTFT), quantile(c.TPOT, "p50"),
			Dollars(c.Cost), Dollars(c.CostPer1k), Dollars(c.Wasted), retries(c, &c.Part), Factor(c.ClientAmplification),
			Factor(c.Quality), Count(c.Scored)))
	}
	return s
}

// Phases is one row for each phase of a cell. Phases without a request are
// shown with the figures absent.
func Phases(r *report.Result, c *report.Cell) Sheet {
	s := Sheet{Title: "Phases: " + CellName(r, c), Columns: []Column{
		key("phase"), number("avail"), glued("requests"), number("p95"), glued("answered"),
		number("TTFT p95"), glued("streams"), number("$/1k"), number("retry amp"), flex("served by"),
	}}
	for i := range c.Phases {
		p := &c.Phases[i]
		if p.Traffic == nil {
			continue
		}
		s.Rows = append(s.Rows, []string{
			p.Name, Share(p.Availability), Count(p.Requests), quantile(p.Latency, "p95"), Count(p.Answered),
			quantile(p.TTFT, "p95"), samples(p.TTFT), Dollars(p.CostPer1k), retries(c, p), ServedBy(p),
		})
	}
	return s
}

// retries words the retry amplification of a part of a cell.
func retries(c *report.Cell, p *report.Part) string {
	return unless(slices.Contains(c.NotVisible, "retry_amplification"), Factor(p.RetryAmplification))
}

// ServedBy words the shares of the providers, the largest first.
func ServedBy(p *report.Part) string {
	if p.Traffic == nil || len(p.ServedBy) == 0 {
		return Absent
	}
	names := make([]string, 0, len(p.ServedBy))
	for name := range p.ServedBy {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(p.ServedBy[b], p.ServedBy[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = name + " " + WholePercent(float64(p.ServedBy[name]))
	}
	return strings.Join(names, ", ")
}

// Details is the tables about what happened beside the figures every policy
// has: one for each mechanism that was at work. Every format shows them all.
func Details(r *report.Result) []Sheet {
	return []Sheet{Failures(r), Hedges(r), Shadows(r), Comparisons(r), Probes(r), Alerts(r), Cache(r), Deferred(r), Premiums(r)}
}

// Failures is how requests failed for the client, what the router refused, and
// why attempts failed at the providers: one row for each cell and cause.
func Failures(r *report.Result) Sheet {
	s := Sheet{Title: "Failures", Columns: append(keys(r),
		Column{Name: "seen by", Key: true, Flex: true}, text("what"), glued("times"))}
	for i := range r.Cells {
		c := &r.Cells[i]
		add := func(by, what string, n int) {
			if n > 0 {
				s.Rows = append(s.Rows, append(keyWords(r, c), by, what, Count(n)))
			}
		}
		for _, outcome := range slices.Sorted(maps.Keys(c.Outcomes)) {
			if outcome != "ok" {
				add("client", outcome, c.Outcomes[outcome])
			}
		}
		add("router", "refused", c.Relays["refused"])
		for _, e := range c.Endings {
			if e.Reason != "ok" && e.Reason != "hedge_lost" { // see Hedges
				add(e.Target, e.Reason, e.Attempts)
			}
		}
	}
	return s
}

// Hedges is one row for each cell that had any.
func Hedges(r *report.Result) Sheet {
	s := Sheet{Title: "Hedges", Columns: append(keys(r), number("made"), number("won"), number("wasted"))}
	for i := range r.Cells {
		if h := r.Cells[i].Hedges; h != nil {
			s.Rows = append(s.Rows, append(keyWords(r, &r.Cells[i]), Count(h.Made), Count(h.Won), Dollars(&h.Wasted)))
		}
	}
	return s
}

// Shadows is one row for each cell that had any.
func Shadows(r *report.Result) Sheet {
	return extras(r, "Shadows", func(c *report.Cell) *report.Extras { return c.Shadows })
}

// Comparisons is one row for each cell in which answers were compared with those
// of shadows.
func Comparisons(r *report.Result) Sheet {
	s := Sheet{Title: "Comparisons", Columns: append(keys(r), number("compared"), number("served score"), number("shadow score"))}
	for i := range r.Cells {
		if c := r.Cells[i].Comparisons; c != nil {
			s.Rows = append(s.Rows, append(keyWords(r, &r.Cells[i]), Count(c.N), Factor(&c.Served), Factor(&c.Shadow)))
		}
	}
	return s
}

// Probes is one row for each cell that had active ones.
func Probes(r *report.Result) Sheet {
	return extras(r, "Probes", func(c *report.Cell) *report.Extras { return c.Probes })
}

func extras(r *report.Result, title string, of func(*report.Cell) *report.Extras) Sheet {
	s := Sheet{Title: title, Columns: append(keys(r), number("sent"), number("valid"), number("p50"), number("p95"), number("cost"))}
	for i := range r.Cells {
		if h := of(&r.Cells[i]); h != nil {
			s.Rows = append(s.Rows, append(keyWords(r, &r.Cells[i]), Count(h.Sent), Count(h.Valid), quantile(h.Latency, "p50"), quantile(h.Latency, "p95"), Dollars(&h.Cost)))
		}
	}
	return s
}

// Cache is one row for each cell and phase in which the cache was asked, and
// one for all of a cell.
func Cache(r *report.Result) Sheet {
	s := Sheet{Title: "Cache", Columns: append(keys(r), key("phase"),
		number("hit ratio"), glued("lookups"), number("of these stale"), number("avail"), number("warm-ups"), number("their cost"))}
	add := func(c *report.Cell, name string, p *report.Part) {
		if p.Traffic != nil && p.Cache != nil {
			u := p.Cache
			sent, cost := "", ""
			if c.WarmUps != nil && p == &c.Part {
				sent, cost = Count(c.WarmUps.Sent), Dollars(&c.WarmUps.Cost)
			}
			s.Rows = append(s.Rows, append(keyWords(r, c), name, Share(&u.HitRatio), Count(u.Lookups), Count(u.Stale), Share(&u.Availability), sent, cost))
		}
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		add(c, "all", &c.Part)
		for k := range c.Phases {
			add(c, c.Phases[k].Name, &c.Phases[k])
		}
	}
	return s
}

// Deferred is one row for each cell in which requests were accepted as jobs.
func Deferred(r *report.Result) Sheet {
	s := Sheet{Title: "Deferred", Columns: append(keys(r),
		number("accepted"), number("done"), number("dead"), number("wait p50"), glued("p95"), glued("max"))}
	for i := range r.Cells {
		c := &r.Cells[i]
		if d := c.Deferred; d != nil {
			wait := report.Distribution{}
			if d.Wait != nil {
				wait = *d.Wait
			}
			s.Rows = append(s.Rows, append(keyWords(r, c), Count(d.Accepted), Count(d.Done), Count(d.Dead),
				Latency(wait.P50), Latency(wait.P95), Latency(wait.Max)))
		}
	}
	return s
}

// Alerts is one row for each alert that a router raised, in the order in which it did.
func Alerts(r *report.Result) Sheet {
	s := Sheet{Title: "Alerts", Columns: append(keys(r),
		Column{Name: "target", Key: true, Flex: true}, text("endpoint"), text("signal"), text("burn"), number("raised"), number("cleared"), number("rate"))}
	for i := range r.Cells {
		for _, a := range r.Cells[i].Alerts {
			s.Rows = append(s.Rows, append(keyWords(r, &r.Cells[i]), a.Target, a.Endpoint, a.Signal, a.Burn,
				Reaction(&a.Raised, false), Reaction(a.Cleared, a.Cleared == nil), fmt.Sprintf("%.1f", a.Rate)))
		}
	}
	return s
}

// Premiums is one row for each cell, and for each fault in it, whose answers by other
// targets than the first of their route cost more or less, with what rose most.
func Premiums(r *report.Result) Sheet {
	s := Sheet{Title: "Failover premium", Columns: append(keys(r), key("fault"), number("answers"), number("cost"), number("at the first"),
		number("premium"), Column{Name: "most of it by", Key: true, Flex: true}, number("of it"))}
	for i := range r.Cells {
		c := &r.Cells[i]
		for k := range c.Premiums {
			p := &c.Premiums[k]
			if p.Premium == 0 {
				continue
			}
			top := &p.Parts[0]
			s.Rows = append(s.Rows, append(keyWords(r, c), cmp.Or(p.Fault, "whole run"), Count(p.Answers), Dollars(&p.Cost), Dollars(&p.AtFirst), Dollars(&p.Premium),
				top.Route+" to "+top.Provider+", "+top.Task, Dollars(&top.Premium)))
		}
	}
	return s
}

// Faults is one row for each fault and cell: how often it hit and how fast
// the policy reacted.
func Faults(r *report.Result) Sheet {
	s := Sheet{Title: "Faults", Columns: append([]Column{key("fault")}, append(keys(r),
		number("hits"), number("detect"), number("failover"), number("failback"))...)}
	for k := range r.Faults {
		for i := range r.Cells {
			c := &r.Cells[i]
			if k >= len(c.Faults) {
				continue
			}
			t := &c.Faults[k]
			hits := Count(t.Hits)
			if t.Avoided {
				hits = Avoided
			}
			row := append([]string{t.ID}, keyWords(r, c)...)
			s.Rows = append(s.Rows, append(row, unless(slices.Contains(t.NotVisible, "hits"), hits),
				unless(slices.Contains(t.NotVisible, "time_to_detect_s"), Reaction(t.Detect, t.DetectNever)), Reaction(t.Failover, t.FailoverNever), Reaction(t.Failback, t.FailbackNever)))
		}
	}
	return s
}

// Invariants is the lines about the checkers: one that sums them up, and one
// for each that is broken.
func Invariants(r *report.Result) []string {
	held, checks, hidden, estimates, micro := 0, 0, 0, 0, int64(0)
	var broken []string
	for i := range r.Cells {
		c := &r.Cells[i]
		for k := range c.Invariants {
			inv := &c.Invariants[k]
			if inv.NotVisible {
				hidden++
				continue
			}
			checks++
			estimates += inv.Estimates
			micro += inv.EstimateErrorMicroUSD
			if inv.Violations == 0 {
				held++
				continue
			}
			broken = append(broken, fmt.Sprintf("broken: %s: %d. %s: %d of %d", CellName(r, c), inv.Number, inv.Name, inv.Violations, inv.Checked))
			for _, example := range inv.Examples {
				broken = append(broken, "  "+example)
			}
		}
	}
	if checks == 0 {
		return []string{"invariants: not checked"}
	}
	line := fmt.Sprintf("invariants: %d of %d hold", held, checks)
	if hidden > 0 {
		line += fmt.Sprintf("; %d are not visible from outside the gateway", hidden)
	}
	if estimates > 0 {
		off := report.USD(float64(micro) / 1e6)
		word := "costs"
		if estimates == 1 {
			word = "cost"
		}
		line += fmt.Sprintf("; %d estimated %s, off by %s in all", estimates, word, Dollars(&off))
	}
	return append([]string{line}, broken...)
}

// Verdict is the lines that say how the run ended and why.
func Verdict(r *report.Result) []string {
	line := "verdict: " + string(r.Verdict)
	if r.Verdict == report.Pass && !slices.ContainsFunc(r.Cells, judged) {
		line += " (no threshold judged any policy)"
	}
	lines := []string{line}
	for _, reason := range r.Reasons {
		lines = append(lines, "  "+reason)
	}
	return lines
}

// judged says whether a threshold judged the cell.
func judged(c report.Cell) bool {
	return slices.ContainsFunc(c.Thresholds, func(t report.Threshold) bool { return t.Verdict != report.Skipped })
}

// Heading is the lines above all tables: what was run, and what went wrong
// in it.
func Heading(r *report.Result) []string {
	line := r.Scenario
	if r.Summary != "" {
		line += ": " + r.Summary
	}
	lines := []string{line}
	if r.Source != "" {
		lines = append(lines, "source: "+r.Source)
	}
	facts := fmt.Sprintf("clock: %s, duration: %s", r.Clock, Duration(time.Duration(r.Duration)))
	if r.World != "" {
		facts = "world: " + r.World + ", " + facts
	}
	if r.Replicas > 1 {
		facts += fmt.Sprintf(", routers: %d", r.Replicas)
	}
	lines = append(lines, facts)
	if r.Target != "" {
		lines = append(lines, "target: "+r.Target+", a gateway of its own, seen from outside: by its clients and by the fakes")
	}
	for _, f := range r.Faults {
		again := ""
		if f.Every > 0 {
			again = ", again every " + Duration(time.Duration(f.Every)) + ","
		}
		lines = append(lines, fmt.Sprintf("fault %s: %s from %s to %s%s at %s", f.ID, FaultKind(&f),
			Duration(time.Duration(f.Start)), Duration(time.Duration(f.End)), again, Targets(f.Targets)))
	}
	return lines
}

// FaultKind words what a fault does, and to which requests.
func FaultKind(f *report.FaultInfo) string {
	what := f.Kind
	switch {
	case strings.HasPrefix(f.How, f.Kind+" "): // "status 503"
		what = f.How
	case f.How != "":
		what += ", " + f.How
	}
	if f.Scope != "" {
		what += " (" + f.Scope + ")"
	}
	return what
}

// mostTargets is how many targets of one provider a line names one by one.
const mostTargets = 3

// Targets words the targets of a fault: a provider's as a number where they are
// many.
func Targets(names []string) string {
	var out []string
	for len(names) > 0 {
		provider, _, _ := strings.Cut(names[0], "/")
		n := 1
		for n < len(names) && strings.HasPrefix(names[n], provider+"/") {
			n++
		}
		if n > mostTargets {
			out = append(out, fmt.Sprintf("%s (%d models)", provider, n))
		} else {
			out = append(out, names[:n]...)
		}
		names = names[n:]
	}
	return cmp.Or(strings.Join(out, ", "), "no target")
}

// Footer is the line that says what the figures rest on. The command that
// repeats the run is shown apart, because it must not be reflowed.
func Footer(r *report.Result) string {
	seeds := make([]string, len(r.Seeds))
	for i, seed := range r.Seeds {
		seeds[i] = strconv.FormatUint(seed, 10)
	}
	word := "seed"
	if len(seeds) > 1 {
		word = "seeds"
	}
	return fmt.Sprintf("%s %s, n=%d requests, %s quantiles, routedrill %s, %s",
		word, strings.Join(seeds, ", "), r.N, r.QuantileKind, r.ProgramVersion, r.Arch)
}

// quantile words one figure of a distribution, which may be nil.
func quantile(d *report.Distribution, agg string) string {
	if d == nil {
		return Absent
	}
	return Latency(d.At(agg))
}

// samples words the n of a distribution, which may be nil.
func samples(d *report.Distribution) string {
	if d == nil {
		return "0"
	}
	return Count(d.N)
}
