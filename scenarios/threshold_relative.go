package scenarios

import (
	"regexp"
	"strings"
)

// Steady is the name of the run without faults that thresholds compare with: the
// same policy and load, and nothing of the timeline.
const Steady = "steady"

// maxFactor bounds how many times the figure of another run a threshold allows.
const maxFactor = 1000

// digits matches a value that is no name: 0.999, .5, -1, 2s.
var digits = regexp.MustCompile(`^[-+]?\.?[0-9]`)

// isRelative says whether a value speaks of another run: `1.2x steady`,
// `priority`, `priority - 0.1pp`.
func isRelative(value string) bool {
	first, _, more := strings.Cut(value, " ")
	return more || value != "" && !digits.MatchString(first)
}

const relativeHint = `like "<= 1.2x steady", ">= priority" or ">= priority - 0.1pp"`

// relative reads a value that stands in relation to the figure of another
// policy, or of the run without faults.
func (d *decoder) relative(n *node, value string, word *MetricWord, t *Threshold) bool {
	f := strings.Fields(value)
	t.Factor = 1
	switch {
	case len(f) == 1:
		t.Than = f[0]
	case len(f) == 2 && strings.HasSuffix(f[0], "x"):
		v, err := parseNumber(strings.TrimSuffix(f[0], "x"))
		if err != nil || v <= 0 || v > maxFactor {
			d.fail(n, relativeHint, "%.20q is no factor above 0 and up to %d", f[0], maxFactor)
			return false
		}
		t.Factor, t.Than = v, f[1]
	case len(f) == 3 && (f[1] == "+" || f[1] == "-"):
		v, problem := offset(f[2], word)
		if problem != "" {
			d.fail(n, offsetHint(word), "%.20q %s", f[2], problem)
			return false
		}
		t.Than, t.Value = f[0], v
		if f[1] == "-" {
			t.Value = -v
		}
	default:
		d.fail(n, relativeHint, "%.60q is neither a value nor a relation to another run", value)
		return false
	}
	if t.Than == Steady && strings.HasPrefix(word.Name, "time_to_") {
		d.fail(n, "compare with a policy", "the run without faults has no %s", word.Name)
		return false
	}
	return true
}

// offset reads what is added to the figure of another run.
func offset(s string, word *MetricWord) (v float64, problem string) {
	points, found := strings.CutSuffix(s, "pp")
	switch {
	case found && word.Unit != "ratio":
		return 0, "is in points, which only ratios have"
	case found:
		v, err := hundredths(points)
		if err != nil {
			return 0, "is no number of points"
		}
		return v, ""
	case strings.HasSuffix(s, "%"):
		return 0, "may mean points or a share of the other figure"
	}
	v, err := thresholdValue(s, word)
	if err != nil {
		return 0, "is no amount: " + err.Error()
	}
	return v, ""
}

func offsetHint(word *MetricWord) string {
	switch word.Unit {
	case "ratio":
		return `like "priority - 0.1pp" or "0.99x priority"`
	case "seconds":
		return `like "priority + 200ms" or "1.1x priority"`
	}
	return `like "priority + 0.10" or "1.1x priority"`
}
