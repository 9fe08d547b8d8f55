package config

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/wire/azure"
)

const maxDuration = 10 * 365 * 24 * time.Hour

// manyUnits is a duration in one unit, which cannot be read only where it is too long.
var manyUnits = regexp.MustCompile(`^-?[0-9]+(ns|us|ms|s|m|h)$`)

// text reads a string that is not empty.
func (d *decoder) text(dst *string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return textForm() }) {
			return
		}
		s, ok := d.scalar(n)
		if !ok || s == "" {
			d.fail(n, path, "", "must be a non-empty text")
			return
		}
		*dst = s
	}
}

// baseURL reads a base URL. One with variables in it is checked when they are known.
func (d *decoder) baseURL(dst *string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return textForm("https://api.openai.com/v1") }) {
			return
		}
		d.text(dst)(n, path)
		if *dst == "" || variable.MatchString(*dst) {
			return
		}
		if err := router.CheckBaseURL(*dst); err != nil {
			d.fail(n, path, "", "%v", err)
		}
	}
}

// word reads one of some words.
func (d *decoder) word(dst *string, words ...string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return wordForm(words...) }) {
			return
		}
		s, _ := d.scalar(n)
		for _, w := range words {
			if s == w {
				*dst = s
				return
			}
		}
		d.fail(n, path, didYouMean(s, words), "%s is not known", shown(s, maxPlain))
	}
}

// truth reads true or false.
func (d *decoder) truth(dst *bool) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return truthForm() }) {
			return
		}
		s, _ := d.scalar(n)
		if s != "true" && s != "false" {
			d.fail(n, path, "", "%s is not true or false", shown(s, maxPlain))
			return
		}
		*dst = s == "true"
	}
}

// apiVersion reads a version of Azure's API.
func (d *decoder) apiVersion(dst *string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema {
			return patternForm(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}(-preview)?$`, azure.DefaultVersion)
		}) {
			return
		}
		s, _ := d.scalar(n)
		if !azure.ValidVersion(s) {
			d.fail(n, path, "such as "+azure.DefaultVersion, "%s is not a date from 2024-09-01 on, with -preview or without", shown(s, maxPlain))
			return
		}
		*dst = s
	}
}

// day reads a date.
func (d *decoder) day(dst *time.Time) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return patternForm(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, "2026-11-01") }) {
			return
		}
		s, _ := d.scalar(n)
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			d.fail(n, path, "such as 2026-11-01", "%s is not a date", shown(s, maxPlain))
			return
		}
		*dst = t
	}
}

// words reads a list of some words, each once.
func (d *decoder) words(dst *[]string, words ...string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return listForm(wordForm(words...), 0) }) {
			return
		}
		list, ok := d.resolve(n).(*ast.SequenceNode)
		if !ok {
			d.fail(n, path, "", "must be a list of %s", strings.Join(words, ", "))
			return
		}
		*dst = []string{}
		for _, v := range list.Values {
			var w string
			before := len(d.errs)
			d.word(&w, words...)(v, path)
			switch {
			case len(d.errs) > before:
			case slices.Contains(*dst, w):
				d.fail(v, path, "", "%s is listed twice", shown(w, maxPlain))
			default:
				*dst = append(*dst, w)
			}
		}
	}
}

// duration reads a duration with its unit, of at least low.
func (d *decoder) duration(dst *time.Duration, low time.Duration) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return durationForm(low) }) {
			return
		}
		s, ok := d.scalar(n)
		v, err := time.ParseDuration(s)
		if s == "0" && low > 0 {
			err = nil // say that zero makes no sense rather than that it lacks a unit
		}
		switch {
		case ok && err != nil && len(s) <= maxPlain && manyUnits.MatchString(s):
			d.fail(n, path, "", "%s is not within %v and ten years", s, low)
		case !ok || err != nil:
			d.fail(n, path, "such as 250ms, 5s or 2m", "%s is not a duration with a unit", shown(s, maxPlain))
		case v < low || v > maxDuration:
			d.fail(n, path, "", "%s is not within %v and ten years", s, low)
		default:
			*dst = v
		}
	}
}

// whole reads a whole number; k, M and G stand for thousands, millions and
// billions.
func (d *decoder) whole(dst *int, low, high int) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return wholeForm(low, high) }) {
			return
		}
		s, ok := d.scalar(n)
		digits, unit := s, 1
		if i := len(s) - 1; i > 0 {
			switch s[i] {
			case 'k':
				digits, unit = s[:i], 1e3
			case 'M':
				digits, unit = s[:i], 1e6
			case 'G':
				digits, unit = s[:i], 1e9
			}
		}
		v, err := strconv.Atoi(digits)
		huge := errors.Is(err, strconv.ErrRange)
		hint := ""
		if high >= 10_000 {
			hint = "such as 500, 64k or 2M" // K and kB are tried too
		}
		switch {
		case !ok || err != nil && !huge:
			d.fail(n, path, hint, "%s is not a whole number", shown(s, maxPlain))
		case huge && len(s) > maxPlain:
			d.fail(n, path, "", "the value is not within %d and %d", low, high)
		case low == high && (huge || v*unit != low):
			d.fail(n, path, "", "%s is not %d", s, low)
		case huge || v > high/unit || v*unit < low:
			d.fail(n, path, "", "%s is not within %d and %d", s, low, high)
		default:
			*dst = v * unit
		}
	}
}

// ratio reads a number or a percentage up to high; zero only where it makes
// sense.
func (d *decoder) ratio(dst *float64, high float64, zero bool) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return ratioForm(high, zero) }) {
			return
		}
		s, ok := d.scalar(n)
		digits, percent := strings.CutSuffix(s, "%")
		v, err := strconv.ParseFloat(digits, 64)
		if percent {
			v /= 100
		}
		switch {
		case !ok || err != nil:
			d.fail(n, path, "", "%s is not a number", shown(s, maxPlain))
		case v != v || v < 0 || v > high || v == 0 && !zero:
			between := "within 0 and"
			if !zero {
				between = "above 0 and at most"
			}
			d.fail(n, path, "", "%s is not %s %v", s, between, high)
		default:
			*dst = v
		}
	}
}

// maxWholeUSD is the highest whole part of a price, so that a price of a
// million USD fits.
const maxWholeUSD = 1_000_000

// price reads USD per million tokens, an exact decimal of at most three
// places, as nano-USD per token.
func (d *decoder) price(dst *int64) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return priceForm() }) {
			return
		}
		s, ok := d.scalar(n)
		whole, fraction, _ := strings.Cut(s, ".")
		usd, err := strconv.ParseUint(whole, 10, 32)
		milli, err2 := strconv.ParseUint((fraction + "000")[:3], 10, 32)
		if !ok || err != nil || err2 != nil || len(fraction) > 3 || usd*1000+milli > maxWholeUSD*1000 {
			d.fail(n, path, "such as 2.50", "%s is not a price in USD per million tokens with at most three decimals", shown(s, maxPlain))
			return
		}
		*dst = int64(usd*1000 + milli)
	}
}
