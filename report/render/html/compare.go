package html

import (
	"strconv"

	"github.com/routedrill/routedrill/report"
)

// comparison is the table of policies.
type comparison struct {
	Columns []heading
	Rows    []policyRow
}

// heading is a column that can be sorted.
type heading struct {
	Name, Help string
	Minor      bool // a number of samples
}

type policyRow struct {
	Policy  string
	Index   int
	Verdict badge
	Cells   []figure
}

// figure is one figure of a table.
type figure struct {
	Words  string
	Spread string // its interval over seeds; empty for none
	Sort   string // by which its column is sorted; empty sorts last
	Mark   string // best, worst or nothing
	Minor  bool
	Text   bool // it is no number
}

// direction says which figures of a column are good.
type direction int

const (
	neither direction = iota
	higher
	lower
)

// column is a figure that policies are compared by.
type column struct {
	name, metric, agg string
	unit              unit
	better            direction
	help              string
}

// columns of the comparison, those that matter most first. Those whose metric
// is empty are the samples of the ones before.
var columns = []column{
	{"avail", "availability", "", share, higher, "requests answered completely, validly and in time ÷ requests"},
	{"requests", "", "", count, neither, "n of availability"},
	{"p50", "latency", "p50", seconds, lower, "latency of answered requests, scheduled send to last byte"},
	{"p95", "latency", "p95", seconds, lower, "latency of answered requests, scheduled send to last byte"},
	{"p99", "latency", "p99", seconds, lower, "latency of answered requests, scheduled send to last byte"},
	{"answered", "", "", count, neither, "n of latency"},
	{"TTFT p50", "ttft", "p50", seconds, lower, "scheduled send to first content token of answered streams"},
	{"TTFT p95", "ttft", "p95", seconds, lower, "scheduled send to first content token of answered streams"},
	{"streams", "", "", count, neither, "n of TTFT"},
	{"$/1k", "cost_per_1k", "", dollars, lower, "billed per thousand answered requests"},
	{"cost", "cost", "", dollars, neither, "what the providers billed"},
	{"wasted", "wasted_cost", "", dollars, lower, "billed for output no client received"},
	{"detect", "time_to_detect", "", seconds, lower, "fault start to the first reaction to it, the worst of all faults"},
	{"fail over", "time_to_failover", "", seconds, lower, "fault start to availability regained, the worst of all faults"},
	{"retry amp", "retry_amplification", "", factor, neither, "attempts ÷ requests reaching the router"},
	{"client amp", "client_amplification", "", factor, lower, "client tries ÷ requests"},
	{"quality", "quality", "", factor, higher, "mean score of the answers"},
}

// measure returns a column's figure of one cell.
func (c *column) measure(cell *report.Cell) report.Measured {
	if c.metric != "quality" {
		return cell.Measured(c.metric, c.agg)
	}
	m := report.Measured{N: cell.Scored}
	if cell.Quality != nil {
		m.Value, m.OK = float64(*cell.Quality), true
	}
	return m
}

// compare makes the table of policies. A column that no policy has a figure in
// is left out.
func compare(groups []policyCells) comparison {
	var t comparison
	for i, g := range groups {
		t.Rows = append(t.Rows, policyRow{Policy: g.policy, Index: i, Verdict: verdictBadge(g.verdict)})
	}
	var before []value // of the column before, for the number of its samples
	for i := range columns {
		c := &columns[i]
		if c.metric == "" {
			if before != nil {
				t.Columns = append(t.Columns, heading{c.name, c.help, true})
				for k, v := range before {
					t.Rows[k].Cells = append(t.Rows[k].Cells, figure{Words: thousands(v.n), Sort: strconv.Itoa(v.n), Minor: true})
				}
			}
			continue
		}
		values := make([]value, len(groups))
		some := false
		for k := range groups {
			values[k] = groups[k].over(c.measure)
			values[k].hidden = groups[k].hides(c.metric)
			some = some || values[k].ok || values[k].never || values[k].avoided || values[k].hidden
		}
		if before = nil; !some {
			continue
		}
		before = values
		t.Columns = append(t.Columns, heading{c.name, c.help, false})
		for k, f := range figures(values, c.unit, c.better) {
			t.Rows[k].Cells = append(t.Rows[k].Cells, f)
		}
	}
	return t
}

// figures words the values of one column and marks the best and the worst of
// them, where they read differently.
func figures(values []value, u unit, better direction) []figure {
	out := make([]figure, len(values))
	best, worst := -1, -1
	for i, v := range values {
		out[i] = figure{Words: v.word(u), Spread: v.spread(u)}
		switch {
		case v.never:
			out[i].Sort = "1e300"
		case v.ok:
			out[i].Sort = strconv.FormatFloat(v.mean, 'f', sortDecimals(u), 64)
		}
		if better == neither || !v.ok && !v.never {
			continue
		}
		if best < 0 || ahead(v, values[best], better) {
			best = i
		}
		if worst < 0 || ahead(values[worst], v, better) {
			worst = i
		}
	}
	if best < 0 || out[best].Words == out[worst].Words {
		return out
	}
	for i := range out {
		switch out[i].Words {
		case out[best].Words:
			out[i].Mark = "best"
		case out[worst].Words:
			out[i].Mark = "worst"
		}
	}
	return out
}

// sortDecimals is how exactly a figure is sorted by: as exactly as result.json
// has it.
func sortDecimals(u unit) int {
	if u == seconds {
		return 3
	}
	return 6
}

// ahead says whether a is better than b. What never happened is worse than
// anything.
func ahead(a, b value, better direction) bool {
	switch {
	case a.never || b.never:
		return !a.never && b.never
	case better == higher:
		return a.mean > b.mean
	}
	return a.mean < b.mean
}
