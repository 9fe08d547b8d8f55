package config

import (
	"maps"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/policy"
)

// maxWeight bounds weights; only their ratios count.
const maxWeight = 1_000_000

func (d *decoder) policy(n ast.Node, path string, p *router.Policy) {
	d.mapping(n, path,
		field{"strategy", d.word(&p.Strategy, policy.Names()...)},
		field{"weights", func(n ast.Node, path string) { d.weights(n, path, &p.Weights) }},
		field{"split", func(n ast.Node, path string) { d.split(n, path, &p.Split) }},
		field{"sticky", d.word(&p.Sticky, policy.StickyUser, policy.StickyTenant)},
		field{"prior", d.upTo(&p.Prior, 0, time.Hour)},
		field{"explore", func(n ast.Node, path string) {
			before := len(d.errs)
			if d.ratio(&p.Explore, 0.5, true)(n, path); p.Explore == 0 && len(d.errs) == before {
				p.Explore = -1 // none: a zero would be the default
			}
		}},
		field{"rtt", func(n ast.Node, path string) { d.rtt(n, path, &p.RTT) }},
		field{"ceiling_per_1k_tokens", d.ratio(&p.CeilingPer1k, maxWeight, true)},
		field{"latency_ceiling", d.upTo(&p.LatencyCeiling, 0, time.Hour)},
		field{"off_peak", d.offPeak(&p.OffPeak)},
		field{"comparisons", func(n ast.Node, path string) {
			if p.Comparisons == (policy.Comparisons{}) {
				p.Comparisons = policy.DefaultComparisons()
			}
			d.mapping(n, path,
				field{"half_life", d.duration(&p.Comparisons.HalfLife, time.Second)},
				field{"min_samples", d.whole(&p.Comparisons.MinSamples, 1, 1_000_000)},
			)
		}},
	)
}

// weights reads all of them: one left out does not count.
func (d *decoder) weights(n ast.Node, path string, w *policy.Weights) {
	*w = policy.Weights{}
	before := len(d.errs)
	d.mapping(n, path,
		field{"latency", d.ratio(&w.Latency, maxWeight, true)},
		field{"cost", d.ratio(&w.Cost, maxWeight, true)},
		field{"quality", d.ratio(&w.Quality, maxWeight, true)},
		field{"health", d.ratio(&w.Health, maxWeight, true)},
	)
	if *w == (policy.Weights{}) && len(d.errs) == before {
		d.fail(n, path, "", "one of latency, cost, quality and health must be above 0")
	}
}

// split reads the weights of targets. Whether there are such targets is seen
// when the router is made: a policy may stand apart from its providers.
func (d *decoder) split(n ast.Node, path string, dst *map[string]float64) {
	out := map[string]float64{}
	positive := false
	before := len(d.errs)
	d.each(n, path, func(target string, at, value ast.Node) {
		if provider, model, _ := strings.Cut(target, "/"); provider == "" || model == "" {
			d.fail(at, path, "", `%s is not a "provider/model"`, shown(target, maxTarget))
			return
		}
		var w float64
		d.ratio(&w, maxWeight, true)(value, join(path, target))
		out[target], positive = w, positive || w > 0
	})
	if !positive && len(d.errs) == before {
		d.fail(n, path, "", "one weight must be above 0")
	}
	*dst = out
}

// rtt reads the ways between regions.
func (d *decoder) rtt(n ast.Node, path string, dst *map[string]map[string]time.Duration) {
	out := map[string]map[string]time.Duration{}
	d.each(n, path, func(from string, at, value ast.Node) {
		row := map[string]time.Duration{}
		d.each(value, join(path, from), func(to string, _, value ast.Node) {
			var way time.Duration
			d.upTo(&way, 0, time.Minute)(value, join(path, from)+"."+to)
			row[to] = way
		})
		out[from] = row
	})
	*dst = out
}

func (d *decoder) offPeak(dst *[]policy.DayTime) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema {
			return listForm(patternForm(`^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$`, "22:00-06:00"), 0)
		}) {
			return
		}
		list, ok := d.resolve(n).(*ast.SequenceNode)
		if !ok {
			d.fail(n, path, "", `must be a list of spans of the day in UTC such as "22:00-06:00"`)
			return
		}
		*dst = nil
		for _, v := range list.Values {
			s, _ := d.scalar(v)
			span, err := policy.ParseDayTime(s)
			if err != nil {
				d.fail(v, path, "", "%s %v", shown(s, maxPlain), err)
				continue
			}
			*dst = append(*dst, span)
		}
	}
}

// upTo reads a duration within two bounds.
func (d *decoder) upTo(dst *time.Duration, low, high time.Duration) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return durationForm(low) }) {
			return
		}
		v, before := time.Duration(0), len(d.errs)
		d.duration(&v, low)(n, path)
		switch {
		case len(d.errs) > before:
		case v > high:
			d.fail(n, path, "", "%v is above %v", v, high)
		default:
			*dst = v
		}
	}
}

// taskQuality reads the scores of a model by task.
func (d *decoder) taskQuality(n ast.Node, path string, dst *map[string]float64) {
	out := maps.Clone(*dst)
	if out == nil {
		out = map[string]float64{}
	}
	d.each(n, path, func(task string, _, value ast.Node) {
		var q float64
		d.ratio(&q, 1, true)(value, join(path, task))
		out[task] = q
	})
	*dst = out
}
