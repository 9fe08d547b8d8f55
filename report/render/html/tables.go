package html

import (
	"fmt"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// group is the rows of one phase, a row for each policy.
type group struct {
	Name, When string
	Rows       []policyRow
}

// phaseColumns are the figures of a phase.
var phaseColumns = []column{
	{"avail", "availability", "", share, higher, ""},
	{"", "", "", count, neither, ""},
	{"p95", "latency", "p95", seconds, lower, ""},
	{"", "", "", count, neither, ""},
	{"TTFT p95", "ttft", "p95", seconds, lower, ""},
	{"", "", "", count, neither, ""},
	{"$/1k", "cost_per_1k", "", dollars, lower, ""},
	{"retry amp", "retry_amplification", "", factor, neither, ""},
}

// phases is the figures of every phase that had requests.
func phases(r *report.Result, groups []policyCells) []group {
	var list []group
	if len(groups) == 0 {
		return nil
	}
	for _, phase := range groups[0].cells[0].Phases {
		g := group{Name: phase.Name}
		for i := range r.Faults {
			if f := &r.Faults[i]; f.ID == phase.Name {
				g.When = render.Duration(time.Duration(f.Start)) + " to " + render.Duration(time.Duration(f.End))
			}
		}
		for k := range groups {
			g.Rows = append(g.Rows, policyRow{Policy: groups[k].policy, Index: k})
		}
		some := false
		var values []value
		for i := range phaseColumns {
			c := &phaseColumns[i]
			if c.metric == "" {
				for k, v := range values {
					g.Rows[k].Cells = append(g.Rows[k].Cells, figure{Words: thousands(v.n), Minor: true})
					some = some || v.n > 0
				}
				continue
			}
			values = make([]value, len(groups))
			for k := range groups {
				values[k] = groups[k].over(func(cell *report.Cell) report.Measured {
					if part := cell.Phases.Get(phase.Name); part != nil {
						return part.Measured(c.metric, c.agg)
					}
					return report.Measured{}
				})
				values[k].hidden = groups[k].hides(c.metric)
			}
			for k, f := range figures(values, c.unit, c.better) {
				g.Rows[k].Cells = append(g.Rows[k].Cells, f)
			}
		}
		for k := range groups {
			words := render.Absent
			if part := groups[k].cells[0].Phases.Get(phase.Name); part != nil {
				words = render.ServedBy(part)
			}
			g.Rows[k].Cells = append(g.Rows[k].Cells, figure{Words: words, Text: true})
		}
		if some {
			list = append(list, g)
		}
	}
	return list
}

// anatomy is one fault and how every policy reacted to it.
type anatomy struct {
	ID, What, When string
	Fired          bool
	Rows           []policyRow // hits, detect, fail over, fail back
	Strips         []strip     // one for each row
}

// reactions are the times to react to a fault, in the order in which they come.
var reactions = []string{"time_to_detect", "time_to_failover", "time_to_failback"}

func anatomies(r *report.Result, groups []policyCells) []anatomy {
	clock := clockOf(r)
	list := make([]anatomy, 0, len(r.Faults))
	for k := range r.Faults {
		f := &r.Faults[k]
		a := anatomy{ID: f.ID, What: faultWords(f), When: faultWhen(f, clock), Fired: f.Fired}
		times := make([][]value, len(reactions))
		hits := make([]figure, len(groups))
		for i := range groups {
			g := &groups[i]
			n, avoided := 0, false
			var hidden []string
			for _, c := range g.cells {
				if k < len(c.Faults) {
					n += c.Faults[k].Hits
					avoided = avoided || c.Faults[k].Avoided
					hidden = append(hidden, c.Faults[k].NotVisible...)
				}
			}
			switch hits[i].Words = thousands(n); {
			case unseen(hidden, "hits"):
				hits[i].Words = render.NotVisible
			case n == 0 && avoided:
				hits[i].Words = render.Avoided
			}
			for m, metric := range reactions {
				v := g.over(func(c *report.Cell) report.Measured { return c.Reaction(metric, f.ID) })
				v.hidden = unseen(hidden, metric)
				times[m] = append(times[m], v)
			}
			a.Rows = append(a.Rows, policyRow{Policy: g.policy, Index: i})
		}
		for i := range a.Rows {
			a.Rows[i].Cells = append(a.Rows[i].Cells, hits[i])
		}
		a.Strips = strips(f, time.Duration(r.Duration), times)
		for _, values := range times {
			for i, figure := range figures(values, seconds, lower) {
				a.Rows[i].Cells = append(a.Rows[i].Cells, figure)
			}
		}
		list = append(list, a)
	}
	return list
}

// faultWords says what a fault does, and to whom.
func faultWords(f *report.FaultInfo) string {
	return render.FaultKind(f) + " at " + render.Targets(f.Targets)
}

// faultWhen says when a fault is, by the scenario's clock and from its start.
func faultWhen(f *report.FaultInfo, clock wallClock) string {
	from, to := time.Duration(f.Start), time.Duration(f.End)
	words := fmt.Sprintf("%s, %s long (%s to %s of the run)", clock.span(from, to), render.Duration(to-from), render.Duration(from), render.Duration(to))
	if f.Every > 0 {
		words += ", again every " + render.Duration(time.Duration(f.Every))
	}
	return words
}

// invariant is what the checkers found over all cells.
type invariant struct {
	Number     int
	Name       string
	Checked    string
	Violations int
	Verdict    badge
	Examples   []string
}

// maxExamples is how many violations of one invariant are shown.
const maxExamples = 5

func invariants(r *report.Result) []invariant {
	var list []invariant
	checked := make(map[int]int)
	at := make(map[int]int)
	seen := make(map[int]bool)
	for i := range r.Cells {
		c := &r.Cells[i]
		for k := range c.Invariants {
			inv := &c.Invariants[k]
			if _, known := at[inv.Number]; !known {
				at[inv.Number] = len(list)
				list = append(list, invariant{Number: inv.Number, Name: inv.Name})
			}
			row := &list[at[inv.Number]]
			checked[inv.Number] += inv.Checked
			seen[inv.Number] = seen[inv.Number] || !inv.NotVisible
			row.Violations += inv.Violations
			for _, example := range inv.Examples {
				if len(row.Examples) < maxExamples {
					row.Examples = append(row.Examples, render.CellName(r, c)+": "+example)
				}
			}
		}
	}
	for i := range list {
		inv := &list[i]
		inv.Checked = thousands(checked[inv.Number])
		switch {
		case inv.Violations > 0:
			inv.Verdict = badge{"failed", "‼", "broken, " + thousands(inv.Violations) + "×"}
		case seen[inv.Number] && checked[inv.Number] == 0:
			inv.Verdict = badge{"plain", "–", "nothing to check"}
		case seen[inv.Number]:
			inv.Verdict = badge{"pass", "✓", "holds"}
		default:
			inv.Verdict = badge{"plain", "–", render.NotVisible}
		}
	}
	return list
}
