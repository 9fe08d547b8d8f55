package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
)

// Thresholds is one row for each threshold and gated policy. What a threshold is
// held against has a column where one is compared with another run.
func Thresholds(r *report.Result) Sheet {
	s := Sheet{Title: "Thresholds", Columns: []Column{key("policy"), flex("threshold"), number("measured"), glued("n")}}
	relative := anyThreshold(r, func(t *report.Threshold) bool { return t.Than != "" })
	if relative {
		s.Columns = append(s.Columns, number("bound"))
	}
	s.Columns = append(s.Columns, text("verdict"))
	for i := range r.Policies {
		p := &r.Policies[i]
		for k := range p.Thresholds {
			t := &p.Thresholds[k]
			row := []string{p.Policy, t.Source + aside(t), Figure(t), Count(t.N)}
			if relative {
				row = append(row, amount(t, t.Bound))
			}
			s.Rows = append(s.Rows, append(row, string(t.Verdict)))
		}
	}
	return s
}

// OverSeeds is one row for each threshold that was judged over several seeds: the
// interval that decided, and the worst figure with the seed it belongs to.
func OverSeeds(r *report.Result) Sheet {
	s := Sheet{Title: "Thresholds over the seeds", Columns: []Column{
		key("policy"), flex("threshold"), number("95% interval"), number("worst"), glued("seed"),
	}}
	for i := range r.Policies {
		p := &r.Policies[i]
		for k := range p.Thresholds {
			if t := &p.Thresholds[k]; t.Seeds > 0 {
				figure, seed := worst(t)
				s.Rows = append(s.Rows, []string{p.Policy, t.Source, interval(t), figure, seed})
			}
		}
	}
	return s
}

func anyThreshold(r *report.Result, is func(*report.Threshold) bool) bool {
	return slices.ContainsFunc(r.Policies, func(p report.PolicyResult) bool {
		return slices.ContainsFunc(p.Thresholds, func(t report.Threshold) bool { return is(&t) })
	})
}

// aside words why a threshold is skipped or inconclusive.
func aside(t *report.Threshold) string {
	switch {
	case t.Absent != "":
		return " (no " + t.Absent + " in this world)"
	case t.Reason != "":
		return " (" + t.Reason + ")"
	}
	return ""
}

// ThresholdLine words what was measured for one threshold.
func ThresholdLine(t *report.Threshold) string {
	line := "measured " + Figure(t) + ", n=" + Count(t.N)
	if t.Than != "" {
		line += ", bound " + amount(t, t.Bound)
	}
	if t.Seeds > 0 {
		figure, seed := worst(t)
		line += ", 95% interval " + interval(t) + " over " + Count(t.Seeds) + " seeds, worst " + figure + " with seed " + seed
	}
	if t.Reason != "" {
		line += "; " + t.Reason
	}
	return line
}

// worst words the worst figure of all seeds, and whose it is.
func worst(t *report.Threshold) (figure, seed string) {
	w := t.Worst
	switch {
	case w == nil:
		return Absent, Absent
	case w.Never:
		return Never, strconv.FormatUint(w.Seed, 10)
	}
	return amount(t, w.Measured), strconv.FormatUint(w.Seed, 10)
}

// interval words the interval of what was measured; of what is compared with
// another run that of the difference to the bound, since both vary with the seed.
// What no figure can be is cut off: nothing is below zero, and no share above one.
func interval(t *report.Threshold) string {
	if t.Low == nil || t.High == nil || t.Bound == nil {
		return Absent
	}
	if t.Than != "" {
		return "bound " + difference(t, *t.Low) + " to " + difference(t, *t.High)
	}
	low, high := max(0, *t.Bound+*t.Low), *t.Bound+*t.High
	if t.Unit == "ratio" && !strings.HasSuffix(t.Metric, "_amplification") {
		high = min(high, 1)
	}
	return amount(t, &low) + " to " + amount(t, &high)
}

// difference words a difference of figures, with its sign.
func difference(t *report.Threshold, d report.Number) string {
	v := float64(d)
	switch {
	case t.Unit == "seconds" && v < 0:
		return Duration(time.Duration(v * 1e9))
	case t.Unit == "seconds":
		return "+" + Duration(time.Duration(v*1e9))
	case t.Unit == "usd":
		return signed(v, 4)
	case t.Metric == "availability":
		return signed(v*100, 2) + "pp"
	}
	return signed(v, 3)
}
