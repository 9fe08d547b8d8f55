package scenarios

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds every duration of a scenario.
const maxDuration = 31 * 24 * time.Hour

// maxTokenCount bounds every number of tokens.
const maxTokenCount = 10_000_000

// parseDuration reads Go's durations and days: 250ms, 2h20m, 1d12h.
func parseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "", s
	}
	var sum time.Duration
	if days != "" || found {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || math.IsNaN(n) || math.Abs(n) > 10_000 {
			return 0, fmt.Errorf("%.40q is not a duration", s)
		}
		sum = time.Duration(n * float64(24*time.Hour))
	}
	if rest != "" || !found {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return 0, fmt.Errorf("%.40q is not a duration", s)
		}
		if found && d < 0 {
			return 0, fmt.Errorf("%.40q is not a duration", s)
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

// duration takes a duration between low and high.
func (d *decoder) duration(dst *time.Duration, low, high time.Duration) func(*node) {
	return func(n *node) {
		v, ok := d.readDuration(n)
		switch {
		case !ok:
		case v < low:
			d.fail(n, "", "%s is too short; at least %s", n.text, formatDuration(low))
		case v > high:
			d.fail(n, "", "%s is too long; at most %s", n.text, formatDuration(high))
		default:
			*dst = v
		}
	}
}

func (d *decoder) readDuration(n *node) (time.Duration, bool) {
	if n.kind == kindNumber && n.text == "0" {
		return 0, true
	}
	if n.kind == kindNumber {
		d.fail(n, fmt.Sprintf("write %ss or %sms", clip(n.text), clip(n.text)), "expected a duration, found the number %s", clip(n.text))
		return 0, false
	}
	if n.kind != kindString {
		d.fail(n, "like 250ms, 30s or 2h20m", "expected a duration, found %s", describe(n))
		return 0, false
	}
	v, err := parseDuration(n.text)
	if err != nil {
		d.fail(n, "like 250ms, 30s or 2h20m", "%v", err)
		return 0, false
	}
	return v, true
}

func clip(s string) string { return s[:min(len(s), 40)] }

var errNotNumber = errors.New("not a number")

// parseNumber reads a plain decimal number.
func parseNumber(s string) (float64, error) {
	for _, c := range s {
		if (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", c) {
			return 0, errNotNumber
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, errNotNumber
	}
	return v, nil
}

// number takes a number between low and high.
func (d *decoder) number(dst *float64, low, high float64) func(*node) {
	return func(n *node) {
		if !d.expect(n, kindNumber) {
			return
		}
		v, err := parseNumber(n.text)
		if err != nil || v < low || v > high {
			d.fail(n, "", "expected a number from %s to %s, found %s", plain(low), plain(high), clip(n.text))
			return
		}
		*dst = v
	}
}

// positive takes a number above zero and up to high.
func (d *decoder) positive(dst *float64, high float64) func(*node) {
	return func(n *node) {
		if !d.expect(n, kindNumber) {
			return
		}
		v, err := parseNumber(n.text)
		if err != nil || v <= 0 || v > high {
			d.fail(n, "", "expected a number above 0 and up to %s, found %s", plain(high), clip(n.text))
			return
		}
		*dst = v
	}
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// parseCount reads a whole number, also as 800k or 1.5M.
func parseCount(s string) (int, error) {
	digits, scale := s, int64(1)
	switch {
	case strings.HasSuffix(s, "k"):
		digits, scale = s[:len(s)-1], 1_000
	case strings.HasSuffix(s, "M"):
		digits, scale = s[:len(s)-1], 1_000_000
	}
	r, err := parseDecimal(digits)
	if err != nil {
		return 0, err
	}
	r.Mul(r, new(big.Rat).SetInt64(scale))
	if !r.IsInt() || !r.Num().IsInt64() || r.Num().Int64() > math.MaxInt32 || r.Num().Int64() < math.MinInt32 {
		return 0, errNotNumber
	}
	return int(r.Num().Int64()), nil
}

// parseDecimal reads digits with an optional point and minus, exactly. Longer
// input than any real value is refused so that nothing grows without bound.
func parseDecimal(s string) (*big.Rat, error) {
	if len(s) == 0 || len(s) > 24 || strings.Trim(s, "0123456789.-") != "" {
		return nil, errNotNumber
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, errNotNumber
	}
	return r, nil
}

// count takes a whole number between low and high, also as 800k or 1M.
func (d *decoder) count(dst *int, low, high int) func(*node) {
	return func(n *node) {
		if n.kind != kindNumber && n.kind != kindString {
			d.fail(n, "", "expected a whole number, found %s", describe(n))
			return
		}
		v, err := parseCount(n.text)
		if err != nil || v < low || v > high {
			hint := ""
			if err == nil && v == 0 && low == 1 {
				hint = "leave it out instead"
			}
			d.fail(n, hint, "expected a whole number from %d to %d, found %s", low, high, describe(n))
			return
		}
		*dst = v
	}
}

// nano takes USD per million tokens with at most three decimals, exactly.
func (d *decoder) nano(dst *int64) func(*node) {
	return func(n *node) {
		if !d.expect(n, kindNumber) {
			return
		}
		r, err := parseDecimal(n.text)
		if err != nil || r.Sign() < 0 || r.Cmp(new(big.Rat).SetInt64(1_000_000)) > 0 {
			d.fail(n, "in USD per million tokens", "expected a price from 0 to 1000000, found %s", clip(n.text))
			return
		}
		r.Mul(r, new(big.Rat).SetInt64(1000))
		if !r.IsInt() {
			d.fail(n, "", "a price has at most three decimals, found %s", clip(n.text))
			return
		}
		*dst = r.Num().Int64()
	}
}

// maxRate bounds every rate, in requests per second.
const maxRate = 100_000

// rate takes requests per second: 2, 2/s, 120/m or 7200/h; zero only where
// silence is meant.
func (d *decoder) rate(dst *float64, silent bool) func(*node) {
	return func(n *node) {
		const hint = "like 2/s, 120/m or 7200/h"
		if n.kind != kindNumber && n.kind != kindString {
			d.fail(n, hint, "expected a rate, found %s", describe(n))
			return
		}
		digits, unit, found := strings.Cut(n.text, "/")
		per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
		if !found {
			per = 1
		}
		v, err := parseNumber(strings.TrimSpace(digits))
		switch {
		case err != nil || per == 0:
			d.fail(n, hint, "%s is not a rate", describe(n))
		case v < 0:
			d.fail(n, "", "a rate is not negative, found %s", clip(n.text))
		case v == 0 && !silent:
			d.fail(n, "", "a rate of zero sends nothing")
		case v/per > maxRate:
			d.fail(n, "", "a rate is at most %d/s, found %s", maxRate, clip(n.text))
		default:
			*dst = v / per
		}
	}
}

// seed takes a whole number of 64 bits.
func (d *decoder) seed(dst *uint64) func(*node) {
	return func(n *node) {
		if !d.expect(n, kindNumber) {
			return
		}
		v, err := strconv.ParseUint(n.text, 10, 64)
		if err != nil {
			d.fail(n, "", "expected a whole number from 0 to 18446744073709551615, found %s", clip(n.text))
			return
		}
		*dst = v
	}
}
