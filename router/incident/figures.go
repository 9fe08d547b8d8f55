package incident

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// clock takes a time.Time or a pointer to one, which may be nil.
func clock(at any) string { return moment(at, "2006-01-02 15:04 UTC") }

// hour is a clock without the date.
func hour(at any) string { return moment(at, "15:04 UTC") }

// day is a clock without the time of day.
func day(at any) string { return moment(at, time.DateOnly) }

func moment(at any, layout string) string {
	switch at := at.(type) {
	case time.Time:
		return at.UTC().Format(layout)
	case *time.Time:
		if at != nil {
			return moment(*at, layout)
		}
	}
	return "–"
}

// length is a duration as people say it: hours without seconds, and the less of a
// second the more of them there are.
func length(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	case d >= 10*time.Second || d == 0:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// number has a comma in front of each group of three digits.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// share is a percentage that is 0 and 100 only if nothing and all are meant.
func share(n, of int) string {
	p := 100 * float64(n) / float64(of)
	switch {
	case of == 0:
		return "–"
	case n == 0 || n == of:
		return fmt.Sprintf("%.0f %%", p)
	case p < 0.01:
		return "< 0.01 %"
	case p > 99.99:
		return "> 99.99 %"
	case p < 1 || p > 99:
		return fmt.Sprintf("%.2f %%", p)
	}
	return fmt.Sprintf("%.1f %%", p)
}

func usd(micro int64) string {
	sign := ""
	if micro < 0 {
		sign, micro = "-", -micro
	}
	if micro > 0 && micro < 10_000 { // below a cent
		return fmt.Sprintf("%s$%.4f", sign, float64(micro)/1e6)
	}
	return fmt.Sprintf("%s$%.2f", sign, float64(micro)/1e6)
}
