package render

import (
	"fmt"

	"github.com/routedrill/routedrill/report"
)

// Summary is one row for each policy of several runs.
func Summary(list []report.Summary) Sheet {
	sheet := Sheet{Title: fmt.Sprintf("Summary: %s", summaryCounts(list)), Columns: []Column{
		key("scenario"), key("policy"), number("seeds"), number("lowest avail"), text("verdict"),
	}}
	for i := range list {
		s := &list[i]
		sheet.Rows = append(sheet.Rows, []string{s.Scenario, s.Policy, Count(s.Seeds), Share(s.Availability), summaryWord(s)})
	}
	return sheet
}

// summaryWord is the verdict on a policy, and what the run lacks that no
// policy is to blame for.
func summaryWord(s *report.Summary) string {
	if s.Run == report.Inconclusive && s.Verdict != report.Inconclusive {
		return string(s.Verdict) + ", run inconclusive"
	}
	return string(s.Verdict)
}

// summaryCounts counts the scenarios by the verdict of their runs.
func summaryCounts(list []report.Summary) string {
	counts := make(map[report.Verdict]int)
	last := ""
	for i := range list {
		if list[i].Scenario != last {
			last = list[i].Scenario
			counts[list[i].Run]++
		}
	}
	words := ""
	for _, v := range []report.Verdict{report.Broken, report.Failed, report.Inconclusive, report.Pass} {
		if n := counts[v]; n > 0 {
			if words != "" {
				words += ", "
			}
			words += fmt.Sprintf("%d %s", n, v)
		}
	}
	return words
}
