package scenarios

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// maxGateMetrics bounds how many metrics a gate may have: each takes part in
// the correction for many comparisons.
const maxGateMetrics = 32

// gate takes `except` and, beside it, metrics with the tolerance of each.
func (d *decoder) gate(g *Gate) func(*node) {
	return func(n *node) {
		*g = Gate{}
		d.gateKeys = nil
		d.gateMetrics(n, d.gateFields(g), &g.Metrics)
	}
}

// gateMetrics takes the fields and, beside them, metrics with the tolerance of each.
func (d *decoder) gateMetrics(n *node, fields []field, dst *[]GateMetric) {
	if n.probe != nil {
		d.describeGate(n, fields)
		return
	}
	if !d.expect(n, kindMapping) {
		return
	}
	for _, p := range n.pairs {
		if i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.key.text }); i >= 0 {
			fields[i].into(p.value)
			continue
		}
		if len(*dst) == maxGateMetrics {
			d.fail(p.key, "", "more than %d gated metrics", maxGateMetrics)
			return
		}
		m, word := d.gateMetric(p.key, fieldNames(fields))
		if word == nil {
			continue
		}
		if d.mapping(p.value, "", []field{{"tolerance", d.tolerance(word, &m)}}) {
			d.need(p.value, "a gated metric", "tolerance")
		}
		*dst = append(*dst, m)
		d.gateKeys = append(d.gateKeys, p.key)
	}
}

func (d *decoder) gateFields(g *Gate) []field {
	return []field{
		{"except", func(n *node) {
			d.list(n, "policies", maxPolicies, func(item *node) {
				name := ""
				if d.name(&name)(item); name != "" {
					g.Except = append(g.Except, name)
				}
			})
		}},
	}
}

// gateMetric reads `metric`, `metric_p95` or either with a selector. The words are
// what else may stand there.
func (d *decoder) gateMetric(n *node, words []string) (GateMetric, *MetricWord) {
	name, selector, _ := strings.Cut(strings.TrimSpace(n.text), "{")
	name = strings.TrimSpace(name)
	m := GateMetric{Source: strings.TrimSpace(n.text), Metric: name, File: n.origin.file, Line: lineOf(n)}
	if at := strings.LastIndexByte(name, '_'); at > 0 && slices.Contains(aggregations, name[at+1:]) {
		m.Metric, m.Agg = name[:at], name[at+1:]
	}
	word := d.words.metric(m.Metric)
	switch {
	case word == nil:
		d.fail(n, didYouMean(name, append(d.gateNames(), words...)), "unknown metric %.60q", name)
		return m, nil
	case !word.Gate:
		d.fail(n, "use a threshold", "%s cannot be gated: %s", word.Name, ungateable(word))
		return m, nil
	case word.Distribution && m.Agg == "":
		d.fail(n, "like "+name+"_p95", "%s is a distribution, so the gate says which part of it", name)
		return m, nil
	case !word.Distribution && m.Agg != "":
		d.fail(n, "like "+m.Metric, "%s is one number, so it takes no %q", m.Metric, m.Agg)
		return m, nil
	}
	if strings.ContainsRune(n.text, '{') {
		key := *n
		key.text = m.Metric + "{" + selector
		about, _ := d.thresholdKey(&key)
		m.Select, m.Settle = about.Select, about.Settle
		if about.Window > 0 {
			d.fail(n, "use a threshold", "a change of config cannot be judged by windows")
			return m, nil
		}
	}
	return m, word
}

// gateNames are the metrics that can be gated, as a gate writes them.
func (d *decoder) gateNames() []string {
	var names []string
	for _, w := range d.words.Metrics {
		switch {
		case !w.Gate:
		case w.Distribution:
			for _, agg := range aggregations {
				names = append(names, w.Name+"_"+agg)
			}
		default:
			names = append(names, w.Name)
		}
	}
	return names
}

func ungateable(word *MetricWord) string {
	if word.Unit == "seconds" {
		return "a time that may be never has no mean"
	}
	return "it does not say whether a config is good"
}

// tolerance reads how much worse a metric may become: a share of the base's
// value (5%), points of a ratio (0.05pp), or an amount in the metric's unit.
func (d *decoder) tolerance(word *MetricWord, m *GateMetric) func(*node) {
	return func(n *node) {
		if n.probe != nil {
			n.probe.take(toleranceForm(word))
			return
		}
		hint := toleranceHint(word)
		if n.kind != kindString && n.kind != kindNumber {
			d.fail(n, hint, "expected a tolerance, found %s", describe(n))
			return
		}
		m.Text = strings.TrimSpace(n.text)
		v, err := m.parseTolerance(word)
		if err != nil {
			d.fail(n, hint, "%.40q is not a tolerance of %s: %v", n.text, word.Name, err)
			return
		}
		m.Tolerance = v
	}
}

func (m *GateMetric) parseTolerance(word *MetricWord) (float64, error) {
	if digits, found := strings.CutSuffix(m.Text, "%"); found {
		m.Relative = true
		return hundredths(digits)
	}
	if digits, found := strings.CutSuffix(m.Text, "pp"); found {
		if word.Unit != "ratio" {
			return 0, errors.New("only ratios have points")
		}
		v, err := hundredths(digits)
		if err == nil && v > 1 && word.share() {
			err = errors.New("no ratio changes by more than 100pp")
		}
		return v, err
	}
	if word.share() && m.Text != "0" { // 0.05 might be meant as 5pp or as 0.05pp
		return 0, errors.New("it takes points or a percentage, with its unit")
	}
	if word.Unit == "seconds" {
		v, err := parseDuration(m.Text)
		if err != nil || v < 0 {
			return 0, errors.New("it takes a duration or a percentage")
		}
		return v.Seconds(), nil
	}
	v, err := parseNumber(m.Text)
	if err != nil || v < 0 || v > 1e6 {
		return 0, errors.New("it takes a number from 0 to 1000000 or a percentage")
	}
	return v, nil
}

// hundredths reads a number of percent or of points, exactly.
func hundredths(digits string) (float64, error) {
	r, err := parseDecimal(strings.TrimSpace(digits))
	if err != nil || r.Sign() < 0 || r.Cmp(big.NewRat(1000, 1)) > 0 {
		return 0, errors.New("it takes 0 to 1000")
	}
	v, _ := r.Quo(r, big.NewRat(100, 1)).Float64()
	return v, nil
}

func toleranceHint(word *MetricWord) string {
	switch word.Unit {
	case "seconds":
		return "like 5% of the base's, or 50ms"
	case "ratio":
		return "in points like 0.05pp, or like 1% of the base's"
	}
	return fmt.Sprintf("like 2%% of the base's, or an amount in %s", strings.ToUpper(word.Unit))
}
