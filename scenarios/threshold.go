package scenarios

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Words of thresholds.
var (
	aggregations = []string{"p50", "p90", "p95", "p99", "mean", "min", "max"}
	overWindows  = []string{"min", "max", "mean"}
	operators    = []string{"<=", ">=", "==", "<", ">"} // the longer ones first
)

const thresholdHint = `like availability: [">= 0.999"] or ttft{task:search}: ["p95 < 2s"]`

// Keys of selectors that choose by time, of every metric that has phases.
const (
	settleKey = "settle"
	windowKey = "window"
)

// thresholds takes a mapping of metrics, each with an expression or a list of
// expressions.
func (d *decoder) thresholds(dst *[]Threshold) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			d.describeThresholds(n)
			return
		}
		*dst = nil
		if !d.expect(n, kindMapping) {
			return
		}
		for _, p := range n.pairs {
			expressions := []*node{p.value}
			if p.value.kind == kindSequence {
				expressions = p.value.items
			}
			if len(expressions) == 0 {
				d.fail(p.value, thresholdHint, "the list is empty")
			}
			if len(*dst)+len(expressions) > maxThresholds {
				d.fail(p.key, "", "more than %d thresholds", maxThresholds)
				return
			}
			about, word := d.thresholdKey(p.key)
			if word == nil {
				continue
			}
			for _, e := range expressions {
				t := about
				if d.expression(e, word, &t) {
					t.Source = p.key.text + ": " + strings.TrimSpace(e.text)
					t.Line = lineOf(e)
					*dst = append(*dst, t)
					d.keys = append(d.keys, p.key)
				}
			}
		}
	}
}

// thresholdKey reads `metric` or `metric{key:value,...}`.
func (d *decoder) thresholdKey(n *node) (Threshold, *MetricWord) {
	text := strings.TrimSpace(n.text)
	name, inner, braced := strings.Cut(text, "{")
	name = strings.TrimSpace(name)
	word := d.words.metric(name)
	if word == nil {
		d.fail(n, didYouMean(name, d.words.metricNames()), "unknown metric %.60q", name)
		return Threshold{}, nil
	}
	t := Threshold{Metric: name}
	if !braced {
		return t, word
	}
	inner, closed := strings.CutSuffix(inner, "}")
	if !closed {
		d.fail(n, "like ttft{task:search}", "the selector is not closed by }")
		return t, nil
	}
	selectors := word.Selectors
	if slices.Contains(selectors, "phase") {
		selectors = append(slices.Clone(selectors), settleKey, windowKey)
	}
	for part := range strings.SplitSeq(inner, ",") {
		key, value, found := strings.Cut(part, ":")
		pair := Pair{strings.TrimSpace(key), strings.TrimSpace(value)}
		switch {
		case !found || pair.Key == "" || pair.Value == "":
			d.fail(n, "like ttft{task:search}", "%.60q is not a key and a value", strings.TrimSpace(part))
			return t, nil
		case !slices.Contains(selectors, pair.Key):
			d.fail(n, didYouMean(pair.Key, selectors), "%s cannot be narrowed by %.60q", name, pair.Key)
			return t, nil
		case slices.ContainsFunc(t.Select, func(p Pair) bool { return p.Key == pair.Key }),
			pair.Key == settleKey && t.Settle > 0, pair.Key == windowKey && t.Window > 0:
			d.fail(n, "", "the selector names %q twice", pair.Key)
			return t, nil
		case pair.Key == settleKey && !d.span(n, pair, &t.Settle), pair.Key == windowKey && !d.span(n, pair, &t.Window):
			return t, nil
		case pair.Key != settleKey && pair.Key != windowKey:
			t.Select = append(t.Select, pair)
		}
	}
	return t, word
}

// span reads the length of a selector such as {window:1m}.
func (d *decoder) span(n *node, p Pair, dst *time.Duration) bool {
	v, err := parseDuration(p.Value)
	if err != nil || v < time.Second {
		d.fail(n, "like {"+p.Key+":30s}", "%s takes a duration of at least 1s, found %.40q", p.Key, p.Value)
		return false
	}
	*dst = v
	return true
}

// expression reads `[aggregation] operator value`, where the value may stand in
// relation to another run.
func (d *decoder) expression(n *node, word *MetricWord, t *Threshold) bool {
	if n.kind != kindString {
		d.fail(n, thresholdHint, "expected an expression in quotes, found %s", describe(n))
		return false
	}
	text := strings.TrimSpace(n.text)
	at := strings.IndexAny(text, "<>=")
	if at < 0 {
		d.fail(n, thresholdHint, "%.60q has no comparison", text)
		return false
	}
	i := slices.IndexFunc(operators, func(op string) bool { return strings.HasPrefix(text[at:], op) })
	if i < 0 {
		d.fail(n, "one of: "+strings.Join(operators, ", "), "%.60q has an unknown comparison", text)
		return false
	}
	t.Op = operators[i]
	if !d.aggregation(n, strings.TrimSpace(text[:at]), text[at:], word, t) {
		return false
	}
	value := strings.TrimSpace(text[at+len(t.Op):])
	if isRelative(value) {
		return d.relative(n, value, word, t)
	}
	v, err := thresholdValue(value, word)
	if err != nil {
		d.fail(n, unitHint(word.Unit), "%v", err)
		return false
	}
	if word.share() && v > 1 && strings.HasPrefix(t.Op, ">") {
		d.fail(n, fmt.Sprintf("did you mean %s%%?", value), "%s is a share and does not reach %s", word.Name, value)
		return false
	}
	t.Value = v
	return true
}

// aggregation reads what stands in front of the comparison: of a metric over
// windows which of them (min, max or mean), of a distribution which part of it.
func (d *decoder) aggregation(n *node, text, rest string, word *MetricWord, t *Threshold) bool {
	agg := text
	if t.Window > 0 {
		t.Over, agg, _ = strings.Cut(text, " ")
		agg = strings.TrimSpace(agg)
		if !slices.Contains(overWindows, t.Over) {
			hint := "like min " + rest
			if word.Distribution {
				hint = "like max p95 " + rest
			}
			d.fail(n, hint, "%s has one value for each window, so the expression says which of them: %s", word.Name, strings.Join(overWindows, ", "))
			return false
		}
	}
	switch {
	case word.Distribution && agg == "":
		d.fail(n, strings.Join(strings.Fields("like "+t.Over+" p95 "+rest), " "), "%s is a distribution, so the expression says which part of it", word.Name)
		return false
	case !word.Distribution && agg != "":
		d.fail(n, strings.Join(strings.Fields("like "+t.Over+" "+rest), " "), "%s is one number, so it takes no %.20q", word.Name, agg)
		return false
	case word.Distribution && !slices.Contains(aggregations, agg):
		d.fail(n, didYouMean(agg, aggregations), "unknown aggregation %.20q", agg)
		return false
	}
	t.Agg = agg
	return true
}

// thresholdValue reads a value in the metric's unit.
func thresholdValue(s string, word *MetricWord) (float64, error) {
	wrong := func(what string) error { return fmt.Errorf("%s takes %s, found %.40q", word.Name, what, s) }
	if word.Unit == "seconds" {
		v, err := parseDuration(s)
		if errors.Is(err, errLong) {
			return 0, err
		}
		if err != nil || v < 0 {
			return 0, wrong("a duration")
		}
		return v.Seconds(), nil
	}
	digits, percent := strings.CutSuffix(s, "%")
	if percent && word.Unit != "ratio" {
		return 0, wrong("a number without %")
	}
	if !percent {
		v, err := parseNumber(strings.TrimSpace(digits))
		if errors.Is(err, errTooLarge) || errors.Is(err, errTooSmall) && !strings.HasPrefix(digits, "-") {
			return 0, fmt.Errorf("the number %.40s is %w", s, err)
		}
		if err != nil || v < 0 {
			return 0, wrong("a number")
		}
		return v, nil
	}
	// Exactly: 99.9/100 in floating point lies above 0.999 and would fail a
	// run that met it.
	r, err := parseDecimal(strings.TrimSpace(digits))
	if err != nil || r.Sign() < 0 {
		return 0, wrong("a number")
	}
	v, _ := r.Quo(r, big.NewRat(100, 1)).Float64()
	return v, nil
}

func unitHint(unit string) string {
	switch unit {
	case "seconds":
		return "like 2s or 300ms"
	case "ratio":
		return "like 0.999 or 99.9%"
	case "usd":
		return "in USD, like 6.00"
	}
	return ""
}
