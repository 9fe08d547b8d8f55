package render

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/routedrill/routedrill/report"
)

// Absent stands for a figure that could not be measured.
const Absent = "-"

// Never stands for the time of something that did not happen, and Avoided for
// that of a fault that the policy had routed around.
const (
	Never   = "never"
	Avoided = "avoided"
)

// NotVisible stands for what cannot be seen from outside a gateway that is not ours.
const NotVisible = "not visible"

// unless words a figure, or says that it is not visible.
func unless(hidden bool, word string) string {
	if hidden {
		return NotVisible
	}
	return word
}

// Clean makes a text safe for one line of a terminal: control characters,
// line breaks, invisible and direction-changing characters and invalid UTF-8
// each become a question mark.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// Share words a ratio as a percentage with two decimals, cut and not rounded.
func Share(r *report.Ratio) string {
	if r == nil {
		return Absent
	}
	// The billionth repairs products such as 0.29 × 10000 = 2899.999….
	hundredths := int64(float64(*r)*10_000 + 1e-9*10_000)
	return strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64) + "%"
}

// WholePercent words a share without decimals. One that is not zero says so.
func WholePercent(v float64) string {
	words := strconv.FormatFloat(v*100, 'f', 0, 64) + "%"
	if words == "0%" && v > 0 {
		return "<1%"
	}
	return words
}

// Factor words a ratio around one, such as an amplification, and a score.
func Factor(r *report.Ratio) string {
	if r == nil {
		return Absent
	}
	return strconv.FormatFloat(float64(*r), 'f', 3, 64)
}

// Dollars words an amount of money with as many decimals as it needs.
func Dollars(u *report.USD) string {
	if u == nil {
		return Absent
	}
	v := float64(*u)
	decimals := 4
	switch {
	case v >= 1000:
		decimals = 0
	case v >= 100:
		decimals = 2
	case v >= 1:
		decimals = 3
	}
	return "$" + strconv.FormatFloat(v, 'f', decimals, 64)
}

// Latency words a measured duration with three significant figures.
func Latency(m *report.Millis) string {
	if m == nil {
		return Absent
	}
	return Duration(time.Duration(*m))
}

// Duration words a duration with about three significant figures.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -math.MaxInt64)) // the lowest has no opposite
	case d == 0:
		return "0s"
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 2, 64) + "ms"
	case d < 999500*time.Microsecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 0, 64) + "ms"
	case d < 9995*time.Millisecond:
		return strconv.FormatFloat(float64(d)/1e9, 'f', 2, 64) + "s"
	case d < 59950*time.Millisecond:
		return strconv.FormatFloat(float64(d)/1e9, 'f', 1, 64) + "s"
	}
	whole := int64(d.Round(time.Second) / time.Second)
	hours, minutes, secs := whole/3600, whole/60%60, whole%60
	switch {
	case hours > 0:
		return strconv.FormatInt(hours, 10) + "h" + two(minutes) + "m" + two(secs) + "s"
	default:
		return strconv.FormatInt(minutes, 10) + "m" + two(secs) + "s"
	}
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// Reaction words a time to react to a fault.
func Reaction(s *report.Seconds, never bool) string {
	switch {
	case never:
		return Never
	case s == nil:
		return Absent
	}
	return Duration(time.Duration(*s))
}

// Figure words a measured threshold in the unit of its metric.
func Figure(t *report.Threshold) string {
	switch {
	case t.NotVisible:
		return NotVisible
	case t.Never:
		return Never
	case t.Avoided:
		return Avoided
	}
	return amount(t, t.Measured)
}

// amount words a figure in the unit of a threshold's metric.
func amount(t *report.Threshold, n *report.Number) string {
	if n == nil {
		return Absent
	}
	v := float64(*n)
	switch t.Unit {
	case "seconds":
		return Duration(time.Duration(v * 1e9))
	case "usd":
		return Dollars((*report.USD)(n))
	case "count":
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) // means over seeds have long tails
	}
	if t.Metric == "availability" {
		return Share((*report.Ratio)(n))
	}
	return Factor((*report.Ratio)(n))
}

// Count words a number of things.
func Count(n int) string { return strconv.Itoa(n) }
