package scenarios

import (
	"slices"
	"time"
)

// quantity reads one value of a distribution: a duration or a size.
type quantity func(*node) (float64, bool)

// seconds reads a duration up to an hour, in nanoseconds.
func (d *decoder) seconds(n *node) (float64, bool) {
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
		out := Dist{}
		before := len(d.found)
		d.mapping(n, d.distFields(&out, read))
		if len(d.found) > before {
			return
		}
		d.distKind(n, &out)
		if out.Kind != "" {
			*dst = out
		}
	}
}

func (d *decoder) distFields(out *Dist, read quantity) []field {
	value := func(dst *float64) func(*node) {
		return func(n *node) {
			if v, ok := read(n); ok {
				*dst = v
			}
		}
	}
	return []field{
		{"p50", value(&out.P50)},
		{"p95", value(&out.P95)},
		{"mean", value(&out.Mean)},
		{"cv", d.positive(&out.CV, 100)},
		{"empirical", func(n *node) {
			d.list(n, "values", maxEmpirical, func(item *node) {
				if v, ok := read(item); ok {
					out.Values = append(out.Values, v)
				}
			})
			slices.Sort(out.Values)
		}},
	}
}

// distKind settles which distribution the keys describe.
func (d *decoder) distKind(n *node, out *Dist) {
	const hint = "a value, {p50, p95}, {mean, cv} or {empirical: [...]}"
	has := n.keys()
	slices.Sort(has)
	switch {
	case slices.Equal(has, []string{"p50", "p95"}):
		if out.P50 <= 0 || out.P95 <= out.P50 {
			d.fail(n, "", "p95 lies above p50, and p50 above zero")
			return
		}
		out.Kind = LogNormal
	case slices.Equal(has, []string{"cv", "mean"}):
		if out.Mean <= 0 {
			d.failKey(n, "mean", "", "the mean lies above zero")
			return
		}
		out.Kind = Gamma
	case slices.Equal(has, []string{"empirical"}):
		if len(out.Values) == 0 {
			d.failKey(n, "empirical", "", "the list is empty")
			return
		}
		out.Kind = Empirical
	default:
		d.fail(n, hint, "these keys together are no distribution")
	}
}
