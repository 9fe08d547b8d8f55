package panel

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// nb is a space that no line ends at.
const nb = "\u00a0"

// none stands where there is no figure.
const none = "–"

// words is a reason in words: rate_limited is "rate limited".
func words(reason string) string { return strings.ReplaceAll(reason, "_", " ") }

// millis is a time of so many milliseconds, to three digits.
func millis(ms float64) string {
	if ms < 1000 {
		return strconv.FormatFloat(math.Round(ms), 'f', -1, 64) + nb + "ms"
	}
	return digits(ms/1000) + nb + "s"
}

// digits is a number to three digits, and whole above that.
func digits(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// percent is a share in percent. What is not nothing does not look like nothing.
func percent(share float64) string {
	x := 100 * share
	switch {
	case x == 0:
		return "0" + nb + "%"
	case x < 0.1:
		return "<" + nb + "0.1" + nb + "%"
	case x > 99 && x < 100: // what is not all does not look like all either
		return strconv.FormatFloat(math.Floor(10*x)/10, 'f', 1, 64) + nb + "%"
	case x < 10:
		return strconv.FormatFloat(x, 'f', 1, 64) + nb + "%"
	}
	return strconv.FormatFloat(x, 'f', 0, 64) + nb + "%"
}

// dollars is an amount of USD: cents, and more below one.
func dollars(usd float64) string {
	switch {
	case usd == 0:
		return "$0"
	case usd < 0.0001:
		return "< $0.0001"
	case usd < 1:
		return "$" + strconv.FormatFloat(usd, 'f', 4, 64)
	}
	return "$" + strconv.FormatFloat(usd, 'f', 2, 64)
}

// lasting is how long something takes, in its two largest units.
func lasting(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return strconv.FormatInt(s, 10) + nb + "s"
	case s < 3600:
		return strconv.FormatInt(s/60, 10) + nb + "min " + strconv.FormatInt(s%60, 10) + nb + "s"
	case s < 86400:
		return strconv.FormatInt(s/3600, 10) + nb + "h " + strconv.FormatInt(s%3600/60, 10) + nb + "min"
	}
	return strconv.FormatInt(s/86400, 10) + nb + "d " + strconv.FormatInt(s%86400/3600, 10) + nb + "h"
}

// clock is an instant of the day, in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// count is a noun with its number.
func count(n int, one, more string) string { return strconv.Itoa(n) + " " + either(n, one, more) }

// either is the form of a word that goes with a number.
func either(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
