package scenarios

import (
	"slices"
	"time"
)

// quantity reads one value of a distribution: a duration or a size.
type quantity func(*node) (float64, bool)

// seconds reads a duration up to an hour, in nanoseconds.
func (d *decoder) seconds(n *node) (float64, bool) {
	if n.probe != nil {
		n.probe.take(durationForm(0))
		return 0, false
	}
	v, ok := d.readDuration(n)
	if !ok {
		return 0, false
	}
	if v < 0 || v > time.Hour {
		d.fail(n, "", "expected a duration from 0s to 1h, found %s", clip(n.text))
		return 0, false
	}
	return float64(v), true
}

// tokens reads a number of tokens.
func (d *decoder) tokens(n *node) (float64, bool) {
	v := 0
	d.count(&v, 1, maxTokenCount)(n)
	return float64(v), v > 0
}

// maxParts bounds the parts of a mixture.
const maxParts = 16

// percentiles are the keys that name one, by rising share.
var percentiles = []struct {
	key   string
	share float64
}{
	{"p1", 0.01}, {"p5", 0.05}, {"p10", 0.1}, {"p25", 0.25}, {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9},
	{"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999},
}

// dist takes a constant, or a mapping that names the distribution by its
// parameters.
func (d *decoder) dist(dst *Dist, read quantity) func(*node) {
	return func(n *node) {
		*dst = Dist{}
		if n.kind != kindMapping {
			if v, ok := read(n); ok {
				*dst = Dist{Kind: Constant, Constant: v}
			}
			return
		}
		g := given{values: map[string]float64{}}
		before := len(d.found)
		d.mapping(n, "distribution", d.distFields(&g, read))
		if n.probe != nil {
			n.describeDist()
			return
		}
		if len(d.found) == before {
			*dst = d.distKind(n, &g)
		}
	}
}

// given is what stands in the mapping of a distribution.
type given struct {
	values map[string]float64 // value, percentiles, min, max, mean and cv
	list   []float64
	parts  []Part
}

func (d *decoder) distFields(g *given, read quantity) []field {
	value := func(key string) field {
		return field{key, func(n *node) {
			if v, ok := read(n); ok {
				g.values[key] = v
			}
		}}
	}
	fields := []field{value("value")}
	for _, p := range slices.Backward(percentiles) { // so that p999 means p99.9 and not p99
		fields = append(fields, value(p.key))
	}
	return append(fields, value("min"), value("max"), value("mean"),
		field{"cv", func(n *node) {
			cv := 0.0
			d.positive(&cv, 10)(n)
			g.values["cv"] = cv
		}},
		field{"empirical", func(n *node) {
			d.list(n, "values", maxEmpirical, func(item *node) {
				if v, ok := read(item); ok {
					g.list = append(g.list, v)
				}
			})
			slices.Sort(g.list)
		}},
		field{"mixture", func(n *node) {
			d.list(n, "parts", maxParts, func(item *node) { g.parts = append(g.parts, d.part(item, read)) })
			if n.kind == kindSequence && len(n.items) < 2 {
				d.fail(n, "", "a mixture has at least two parts")
			}
		}})
}

// part decodes a part of a mixture: a distribution with a weight.
func (d *decoder) part(n *node, read quantity) Part {
	p := Part{}
	if n.get("mixture") != nil {
		d.failKey(n, "mixture", "list its parts with the others", "a part of a mixture is not a mixture itself")
		return p
	}
	g := given{values: map[string]float64{}}
	before := len(d.found)
	fields := slices.DeleteFunc(append(d.partFields(&p), d.distFields(&g, read)...), func(f field) bool { return f.key == "mixture" })
	if !d.mapping(n, "part", fields) {
		return p
	}
	d.need(n, "a part of a mixture", "weight")
	if len(d.found) == before {
		p.Dist = d.distKind(n, &g)
	}
	return p
}

// partFields are the keys a part has beside those of a distribution.
func (d *decoder) partFields(p *Part) []field {
	return []field{{"weight", d.positive(&p.Weight, 1_000_000)}}
}

// distKind settles which distribution the keys describe, and holds them
// against each other.
func (d *decoder) distKind(n *node, g *given) Dist {
	const hint = "a value, percentiles such as {p50, p95}, {mean, cv}, {empirical: [...]} or {mixture: [...]}"
	has := slices.DeleteFunc(n.keys(), func(key string) bool { return key == "weight" })
	slices.Sort(has)
	switch {
	case slices.Equal(has, []string{"value"}):
		return Dist{Kind: Constant, Constant: g.values["value"]}
	case slices.Equal(has, []string{"cv", "mean"}):
		if g.values["mean"] <= 0 {
			d.failKey(n, "mean", "", "the mean lies above zero")
			return Dist{}
		}
		return Dist{Kind: Gamma, Mean: g.values["mean"], CV: g.values["cv"]}
	case slices.Equal(has, []string{"empirical"}):
		if len(g.list) == 0 {
			d.failKey(n, "empirical", "", "the list is empty")
			return Dist{}
		}
		return Dist{Kind: Empirical, Values: g.list}
	case slices.Equal(has, []string{"mixture"}):
		return Dist{Kind: Mixture, Parts: g.parts}
	case len(has) > 0 && !slices.ContainsFunc(has, isNoPercentile):
		return d.quantiles(n, g)
	}
	d.fail(n, hint, "these keys together are no distribution")
	return Dist{}
}

// isNoPercentile reports a key that does not go with percentiles.
func isNoPercentile(key string) bool {
	return slices.Contains([]string{"value", "mean", "cv", "empirical", "mixture"}, key)
}

// quantiles makes the distribution that percentiles and bounds describe.
func (d *decoder) quantiles(n *node, g *given) Dist {
	out := Dist{Kind: Quantiles, Min: g.values["min"], Max: g.values["max"]}
	var names []string
	before := len(d.found)
	for _, p := range percentiles {
		v, found := g.values[p.key]
		if !found {
			continue
		}
		last := len(out.Points) - 1
		switch {
		case v <= 0:
			d.failKey(n, p.key, "", "%s is zero; a percentile lies above that", p.key)
		case last >= 0 && v < out.Points[last].Value:
			d.failKey(n, p.key, "", "%s lies below %s", p.key, names[last])
		}
		out.Points, names = append(out.Points, Percentile{p.share, v}), append(names, p.key)
	}
	last := len(out.Points) - 1
	switch {
	case last < 1:
		d.fail(n, "as in {p50, p95}", "a distribution has at least two percentiles")
	case out.Points[0].Value == out.Points[last].Value:
		d.failKey(n, names[last], "write a constant as one value", "%s equals %s", names[last], names[0])
	case n.get("min") != nil && out.Min > out.Points[0].Value:
		d.failKey(n, "min", "", "min lies above %s", names[0])
	case n.get("max") != nil && out.Max < out.Points[last].Value:
		d.failKey(n, "max", "", "max lies below %s", names[last])
	}
	if len(d.found) > before {
		return Dist{}
	}
	if bounded := out.Min > 0 || out.Max > 0; last == 1 && !bounded && names[0] == "p50" {
		switch names[1] {
		case "p95":
			return Dist{Kind: LogNormal, P50: out.Points[0].Value, P95: out.Points[1].Value}
		case "p99":
			return Dist{Kind: LogNormal, P50: out.Points[0].Value, P99: out.Points[1].Value}
		}
	}
	return out
}
