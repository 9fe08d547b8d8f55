package render

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
)

// maxReasons is how many reasons a verdict is given with; the rows have them all.
const maxReasons = 20

// DiffVerdict is the lines that say how a comparison ended and why.
func DiffVerdict(r *gate.Result) []string {
	lines := []string{"verdict: " + string(r.Verdict)}
	if what := DiffPartial(r); what != "" {
		lines[0] += " (" + what + ")"
	}
	for i, reason := range r.Reasons {
		if i == maxReasons {
			lines = append(lines, fmt.Sprintf("  and %d more", len(r.Reasons)-i))
			break
		}
		lines = append(lines, "  "+reason)
	}
	better := 0
	for i := range r.Scenarios {
		for k := range r.Scenarios[i].Rows {
			if r.Scenarios[i].Rows[k].Better {
				better++
			}
		}
	}
	if better > 0 {
		lines = append(lines, fmt.Sprintf("  better beyond chance in %d of the rows below", better))
	}
	return lines
}

// DiffPartial says of how many scenarios the verdict is, if not of all; else "".
func DiffPartial(r *gate.Result) string {
	if len(r.NotCompared) == 0 {
		return ""
	}
	all := len(r.Scenarios) + len(r.NotCompared)
	return fmt.Sprintf("on %d of %d scenarios: --budget had no room for %d", len(r.Scenarios), all, len(r.NotCompared))
}

// DiffSentence is the verdict in one sentence, with how many rows there are of
// each.
func DiffSentence(r *gate.Result) string {
	counts, rows := map[string]int{}, 0
	for i := range r.Scenarios {
		for k := range r.Scenarios[i].Rows {
			if row := &r.Scenarios[i].Rows[k]; row.Gated {
				counts[DiffWord(row)]++
				rows++
			}
		}
	}
	var parts []string
	for _, word := range diffWords {
		if counts[word] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[word], word))
		}
	}
	says := map[gate.Verdict]string{
		gate.Worse: "HEAD is worse than BASE", gate.NonInferior: "HEAD is no worse than BASE",
		gate.Inconclusive: "It is not clear whether HEAD is worse than BASE", gate.Broken: "An invariant is broken, so the figures decide nothing",
	}[r.Verdict]
	sentence := fmt.Sprintf("%s (exit code %d). %d gated rows in %d scenarios: %s.", says, r.ExitCode(), rows, len(r.Scenarios), cmp.Or(strings.Join(parts, ", "), "none"))
	if n := len(r.NotCompared); n > 0 {
		sentence += fmt.Sprintf(" NOT COMPARED: %d of the %d scenarios, for which --budget had no room.", n, n+len(r.Scenarios))
	}
	return sentence
}

// diffWords are the verdicts on rows, the gravest first.
var diffWords = []string{"worse", "inconclusive", "better", "non-inferior"}

// DiffHeading is the lines that say what was compared, how sure the figures are
// and what was left out.
func DiffHeading(r *gate.Result) []string {
	return append(DiffCompared(r), DiffLeftOut(r)...)
}

// DiffCompared is the lines that say what was compared and how sure the figures
// are.
func DiffCompared(r *gate.Result) []string {
	requests := 0
	for i := range r.Scenarios {
		requests += r.Scenarios[i].Requests
	}
	lines := []string{
		"BASE " + r.Base + ", HEAD " + r.Head,
		fmt.Sprintf("scenarios: %d, requests: %d; figures are means over seeds, change is HEAD against BASE at the same seed",
			len(r.Scenarios), requests),
		fmt.Sprintf("intervals: %s; false alarms: at most %s of runs, over all rows", percent(float64(r.Level), 2), percent(float64(r.Alarms), 2)),
	}
	if r.Looks > 1 {
		lines = append(lines, fmt.Sprintf("seeds come in up to %d blocks, so the interval of a row is wider than 95%%", r.Looks))
	}
	return lines
}

// DiffLeftOut is the lines that say what a budget had no room for.
func DiffLeftOut(r *gate.Result) (lines []string) {
	for _, text := range r.LeftOut {
		lines = append(lines, "left out: "+text)
	}
	return lines
}

// DiffTitle names one scenario of a comparison.
func DiffTitle(s *gate.Scenario) string {
	return fmt.Sprintf("%s: %s (%s)", s.Name, s.Verdict, seedRange(s.Seeds))
}

func seedRange(seeds []uint64) string {
	switch n := len(seeds); n {
	case 0:
		return "no seeds"
	case 1:
		return fmt.Sprintf("seed %d", seeds[0])
	default:
		return fmt.Sprintf("seeds %d to %d", seeds[0], seeds[n-1])
	}
}

// DiffGated is the rows of a scenario that decide.
func DiffGated(s *gate.Scenario) Sheet {
	sheet := Sheet{Title: DiffTitle(s), Columns: []Column{
		key("metric"), number("base"), number("head"), number("change"), text("interval"), number("within"), text("verdict"),
	}}
	for i := range s.Rows {
		if r := &s.Rows[i]; r.Gated {
			sheet.Rows = append(sheet.Rows, []string{
				r.Metric, diffFigure(r, r.Base), diffFigure(r, r.Head), diffChange(r, r.Difference), diffInterval(r), r.Tolerance, DiffWord(r),
			})
		}
	}
	return sheet
}

// DiffMoved is the informational rows of a scenario whose interval leaves zero
// out.
func DiffMoved(s *gate.Scenario) Sheet {
	sheet := Sheet{Title: s.Name + ": also moved (informational)", Columns: []Column{
		key("metric"), number("base"), number("head"), number("change"), text("interval"),
	}}
	for i := range s.Rows {
		if r := &s.Rows[i]; !r.Gated && r.Moved() {
			sheet.Rows = append(sheet.Rows, []string{
				r.Metric, diffFigure(r, r.Base), diffFigure(r, r.Head), diffChange(r, r.Difference), diffInterval(r),
			})
		}
	}
	return sheet
}

// DiffWorstSeeds is one line about the worst seed of every gated row.
func DiffWorstSeeds(s *gate.Scenario) string {
	var parts []string
	for i := range s.Rows {
		if r := &s.Rows[i]; r.Gated && r.Worst != nil {
			parts = append(parts, r.Metric+" "+DiffWorst(r))
		}
	}
	if len(parts) == 0 {
		return "worst seed: none, nothing could be compared"
	}
	return "worst seed: " + strings.Join(parts, "; ")
}

// DiffAll is every gated row of a comparison in one sheet, the gravest first, and
// how many of them are more than non-inferior.
func DiffAll(r *gate.Result) (sheet Sheet, telling int) {
	sheet = Sheet{Title: "Gated metrics", Columns: []Column{
		key("scenario"), key("metric"), number("base"), number("head"), number("change"), text("interval"),
		number("tolerance"), text("verdict"), text("worst seed"),
	}}
	for _, word := range diffWords {
		for i := range r.Scenarios {
			s := &r.Scenarios[i]
			for k := range s.Rows {
				if row := &s.Rows[k]; row.Gated && DiffWord(row) == word {
					sheet.Rows = append(sheet.Rows, []string{
						s.Name, row.Metric, diffFigure(row, row.Base), diffFigure(row, row.Head), diffChange(row, row.Difference),
						diffInterval(row), row.Tolerance, word, DiffWorst(row),
					})
					if word != "non-inferior" {
						telling++
					}
				}
			}
		}
	}
	return sheet, telling
}

// DiffWord is the verdict on a row.
func DiffWord(r *gate.Row) string {
	if r.Better {
		return "better"
	}
	return string(r.Verdict)
}

// DiffWorst words the worst seed of a row.
func DiffWorst(r *gate.Row) string {
	if r.Worst == nil {
		return Absent
	}
	return fmt.Sprintf("%s (seed %d)", diffChange(r, &r.Worst.Difference), r.Worst.Seed)
}

// DiffLine is a gated row in one line.
func DiffLine(r *gate.Row) string {
	if r.Low == nil {
		return r.Metric + ": " + r.Reason
	}
	line := fmt.Sprintf("%s: %s to %s, change %s, interval %s, tolerance %s, worst %s",
		r.Metric, diffFigure(r, r.Base), diffFigure(r, r.Head), diffChange(r, r.Difference), diffInterval(r), r.Tolerance, DiffWorst(r))
	if r.Reason != "" {
		line += "; " + r.Reason
	}
	return line
}

// diffFigure words a value in the unit of its metric.
func diffFigure(r *gate.Row, v *report.Number) string {
	switch {
	case v == nil:
		return Absent
	case r.Unit == "seconds":
		return Duration(time.Duration(float64(*v) * 1e9))
	case r.Unit == "usd":
		return Dollars((*report.USD)(v))
	case r.HigherIsBetter:
		return Share((*report.Ratio)(v))
	}
	return Factor((*report.Ratio)(v))
}

// diffChange words a difference with its sign.
func diffChange(r *gate.Row, v *report.Number) string {
	if v == nil {
		return Absent
	}
	return diffSigned(r, float64(*v)) + diffUnit(r)
}

// diffInterval words an interval; its unit is the change's. A share cannot change by
// more than all there is, which an interval does not know.
func diffInterval(r *gate.Row) string {
	if r.Low == nil || r.High == nil {
		return Absent
	}
	low, high := float64(*r.Low), float64(*r.High)
	if !r.Relative && r.Unit == "ratio" && r.HigherIsBetter {
		low, high = max(low, -1), min(high, 1)
	}
	return diffSigned(r, low) + " to " + diffSigned(r, high)
}

func diffUnit(r *gate.Row) string {
	switch {
	case r.Relative:
		return "%"
	case r.Unit == "ratio" && r.HigherIsBetter:
		return "pp"
	case r.Unit == "seconds":
		return "s"
	}
	return ""
}

func diffSigned(r *gate.Row, v float64) string {
	decimals := 3
	switch {
	case r.Relative:
		v, decimals = v*100, 2
	case r.Unit == "ratio" && r.HigherIsBetter:
		v *= 100
	case r.Unit == "usd":
		decimals = 4
	}
	for limit := 10.0; decimals > 0 && math.Abs(v) >= limit; limit *= 10 {
		decimals--
	}
	return signed(v, decimals)
}

// signed writes a number with its sign, and zero without one.
func signed(v float64, decimals int) string {
	words := strconv.FormatFloat(v, 'f', decimals, 64)
	if !slices.ContainsFunc([]byte(words), func(b byte) bool { return b >= '1' && b <= '9' }) {
		return strings.TrimPrefix(words, "-")
	}
	if v > 0 {
		return "+" + words
	}
	return words
}

func percent(v float64, decimals int) string {
	words := strconv.FormatFloat(v*100, 'f', decimals, 64)
	return strings.TrimSuffix(strings.TrimRight(words, "0"), ".") + "%"
}
