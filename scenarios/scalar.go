package scenarios

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/invopop/jsonschema"
)

// maxTokenCount bounds every number of tokens.
const maxTokenCount = 10_000_000

// clip cuts a long text, between characters.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

var (
	errNotNumber = errors.New("not a number")
	errTooLarge  = errors.New("too large")
	errTooSmall  = errors.New("too small")
)

// minNumber is the smallest number but zero that any field takes.
const minNumber = 1e-9

// parseNumber reads a plain decimal number. It returns errTooLarge or
// errTooSmall for one that lies outside of all that any field takes.
func parseNumber(s string) (float64, error) {
	for _, c := range s {
		if (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", c) {
			return 0, errNotNumber
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, errNotNumber
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
	switch {
	case v > math.MaxUint64:
		return 0, errTooLarge
	case v < -math.MaxUint64, math.Abs(v) < minNumber && strings.ContainsAny(mantissa, "123456789"):
		return 0, errTooSmall
	}
	return v, nil
}

// extreme reports a number that is too large or too small for any field. It
// takes texts as well, because such numbers are none to the YAML library.
func (d *decoder) extreme(n *node, expected string) bool {
	if n.kind != kindNumber && n.kind != kindString {
		return false
	}
	_, err := parseNumber(n.text)
	if !errors.Is(err, errTooLarge) && !errors.Is(err, errTooSmall) {
		return false
	}
	d.fail(n, "", "the number %s is %v; expected %s", clip(n.text), err, expected)
	return true
}

// number takes a number between low and high.
func (d *decoder) number(dst *float64, low, high float64) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(numberForm(low, high))
			return
		}
		expected := fmt.Sprintf("a number from %s to %s", plain(low), plain(high))
		if d.extreme(n, expected) || !d.expect(n, kindNumber) {
			return
		}
		v, err := parseNumber(n.text)
		if err != nil || v < low || v > high {
			d.fail(n, "", "expected %s, found %s", expected, clip(n.text))
			return
		}
		*dst = v
	}
}

// positive takes a number above zero and up to high.
func (d *decoder) positive(dst *float64, high float64) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(positiveForm(high))
			return
		}
		expected := "a number above 0 and up to " + plain(high)
		if d.extreme(n, expected) || !d.expect(n, kindNumber) {
			return
		}
		v, err := parseNumber(n.text)
		if err != nil || v <= 0 || v > high {
			d.fail(n, "", "expected %s, found %s", expected, clip(n.text))
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
		if n.probe != nil {
			n.probe.take(countForm(low, high))
			return
		}
		if n.kind != kindNumber && n.kind != kindString {
			d.fail(n, "", "expected a whole number, found %s", describe(n))
			return
		}
		if d.extreme(n, fmt.Sprintf("a whole number from %d to %d", low, high)) {
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
		if n.probe != nil {
			n.probe.take(numberForm(0, 1_000_000))
			return
		}
		if d.extreme(n, "a price from 0 to 1000000") || !d.expect(n, kindNumber) {
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
		if n.probe != nil {
			n.probe.take(rateForm(silent))
			return
		}
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
		case per != 0 && (errors.Is(err, errTooLarge) || errors.Is(err, errTooSmall)):
			d.fail(n, hint, "the rate %s is %v", clip(n.text), err)
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
		if n.probe != nil {
			n.probe.take(&jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "18446744073709551615"})
			return
		}
		if d.extreme(n, "a whole number from 0 to 18446744073709551615") || !d.expect(n, kindNumber) {
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
