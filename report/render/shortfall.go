package render

import (
	"cmp"
	"slices"

	"github.com/routedrill/routedrill/report"
)

// Shortfall is one row for each policy and mechanism that fell short: how many
// requests failed for it outside the first 30 s of each fault, where availability
// is expected, and within. All seeds are counted together.
func Shortfall(r *report.Result) Sheet {
	s := Sheet{Title: "Shortfall outside the first 30s of each fault", Columns: []Column{
		key("policy"), number("avail"), flex("what fell short"), number("failed"), number("in first 30s"),
	}}
	for i := range r.Policies {
		name := r.Policies[i].Policy
		var sum report.Shortfall
		failed := 0
		for k := range r.Cells {
			c := &r.Cells[k]
			if c.Policy != name || c.Shortfall == nil {
				continue
			}
			sum.Requests += c.Shortfall.Requests
			for _, cause := range c.Shortfall.Causes {
				failed += cause.Requests
				sum.Causes = added(sum.Causes, cause)
			}
		}
		slices.SortStableFunc(sum.Causes, func(a, b report.Cause) int {
			return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(b.Early, a.Early))
		})
		for k, cause := range sum.Causes {
			avail := ""
			if k == 0 && sum.Requests > 0 {
				share := report.Ratio(float64(sum.Requests-failed) / float64(sum.Requests))
				avail = Share(&share)
			}
			s.Rows = append(s.Rows, []string{name, avail, cause.What, Count(cause.Requests), Count(cause.Early)})
		}
	}
	return s
}

// added counts a cause to those of the same name.
func added(list []report.Cause, one report.Cause) []report.Cause {
	for i := range list {
		if list[i].What == one.What {
			list[i].Requests += one.Requests
			list[i].Early += one.Early
			return list
		}
	}
	return append(list, one)
}
