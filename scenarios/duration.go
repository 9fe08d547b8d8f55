package scenarios

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds every duration of a scenario.
const maxDuration = 31 * 24 * time.Hour

// errLong is a duration that a time.Duration cannot hold.
var errLong = errors.New("too long")

// goDuration is what time.ParseDuration takes, whatever its size.
var goDuration = regexp.MustCompile(`^[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`)

// parseDuration reads Go's durations and days: 250ms, 2h20m, 1d12h.
func parseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "", s
	}
	wrong := fmt.Errorf("%.40q is not a duration", s)
	long := fmt.Errorf("%.40q is %w", s, errLong)
	var sum time.Duration
	if days != "" || found {
		n, err := parseNumber(days)
		switch {
		case errors.Is(err, errTooLarge), err == nil && n > 10_000:
			return 0, long
		case err != nil, n < -10_000:
			return 0, wrong
		}
		sum = time.Duration(n * float64(24*time.Hour))
	}
	if rest != "" || !found {
		d, err := time.ParseDuration(rest)
		switch {
		case err != nil && goDuration.MatchString(rest) && rest[0] != '-':
			return 0, long
		case err != nil, found && d < 0:
			return 0, wrong
		case d > math.MaxInt64-max(sum, 0):
			return 0, long
		}
		sum += d
	}
	return sum, nil
}

// formatDuration writes a duration as a person would: 6h, 2h20m, 90s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// formatBound writes the bound of all durations in the unit it is meant in.
func formatBound(d time.Duration) string {
	if d == maxDuration {
		return strconv.Itoa(int(d/(24*time.Hour))) + " days"
	}
	return formatDuration(d)
}

// duration takes a duration between low and high.
func (d *decoder) duration(dst *time.Duration, low, high time.Duration) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(durationForm(low))
			return
		}
		v, ok := d.readDuration(n)
		switch {
		case !ok:
		case v < low:
			d.fail(n, "", "%s is too short; at least %s", clip(n.text), formatDuration(low))
		case v > high:
			d.fail(n, "", "%s is too long; at most %s", clip(n.text), formatBound(high))
		default:
			*dst = v
		}
	}
}

// readDuration reads a duration within no bounds: one too long for a
// time.Duration is the longest there is, for the caller to refuse.
func (d *decoder) readDuration(n *node) (time.Duration, bool) {
	const hint = "like 250ms, 30s or 2h20m"
	if n.kind == kindNumber && n.text == "0" {
		return 0, true
	}
	if n.kind == kindNumber {
		suggest := hint
		if _, err := time.ParseDuration(n.text + "s"); err == nil && n.text[0] != '-' {
			suggest = fmt.Sprintf("write %ss or %sms", clip(n.text), clip(n.text))
		}
		d.fail(n, suggest, "expected a duration, found the number %s", clip(n.text))
		return 0, false
	}
	if n.kind != kindString {
		d.fail(n, hint, "expected a duration, found %s", describe(n))
		return 0, false
	}
	v, err := parseDuration(n.text)
	if errors.Is(err, errLong) {
		return math.MaxInt64, true
	}
	if err != nil {
		d.fail(n, hint, "%v", err)
		return 0, false
	}
	return v, true
}
