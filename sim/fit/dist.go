package fit

import (
	"math"
	"slices"

	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// Dist is a distribution fitted to a sample, and how well. Durations are
// nanoseconds, sizes tokens.
type Dist struct {
	scenarios.Dist // absent when there was nothing to fit

	N        int       // size of the sample
	KS       float64   // largest distance between the shares below a value, in the sample and in the fit (Kolmogorov-Smirnov)
	Observed Quantiles // of the sample
	Fitted   Quantiles // of the distribution
	Assumed  bool      // nothing was observed: the figures are a guess
}

// Quantiles are the 50th, 95th and 99th percentile; NaN with fewer than 1, 20
// and 100 samples.
type Quantiles struct{ P50, P95, P99 float64 }

// sample is what a distribution is fitted to.
type sample struct {
	values []float64 // ascending
	whole  bool      // counts of tokens
	limit  float64   // values of this size are cut, and may have been larger; 0 is none
	most   int       // values of an empirical distribution at most
}

// What counts as a good fit: as near as chance would be in one sample of twenty,
// or nearer than anybody would mind, and not far off in the tail.
const (
	ksChance   = 1.36 // ÷ √n
	ksNear     = 0.02
	ksShape    = 0.04 // between percentiles that are met exactly
	tailFactor = 1.15
)

// fitDist chooses the log-normal or gamma distribution that is nearest. Where
// neither is near it takes the sample's percentiles, and where the shape between
// those is another one, evenly spaced values of the sample.
func fitDist(s sample) Dist {
	slices.Sort(s.values)
	n := len(s.values)
	if n == 0 {
		return Dist{}
	}
	best := s.judge(scenarios.Dist{Kind: scenarios.Constant, Constant: s.values[0]})
	if s.values[0] == s.values[n-1] {
		return best
	}
	best.KS = math.Inf(1)
	for _, d := range s.candidates() {
		if got := s.judge(d); got.KS < best.KS {
			best = got
		}
	}
	if s.near(&best) {
		return best
	}
	values := s.judge(s.empirical())
	if d, ok := s.percentiles(); ok {
		if got := s.judge(d); got.KS <= max(ksShape, values.KS) {
			return got
		}
	}
	return values
}

func (s *sample) near(d *Dist) bool {
	r := d.Fitted.P99 / d.Observed.P99 // NaN, of too few for a tail, is no objection
	return d.KS <= max(ksChance/math.Sqrt(float64(d.N)), ksNear) && !(r > tailFactor || r < 1/tailFactor)
}

// percentile is a key of a distribution, and what share of values lies below it.
type percentile struct {
	key   string
	share float64
}

// shares are the percentiles the scenario language has.
var shares = []percentile{
	{"p1", 0.01}, {"p5", 0.05}, {"p10", 0.1}, {"p25", 0.25}, {"p50", 0.5}, {"p75", 0.75},
	{"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999},
}

// minBeyond is how many values of a sample lie beyond a percentile that is taken.
const minBeyond = 5

// percentiles describes the sample by its percentiles, between its least and its
// greatest value. There are none of a sample that is small or the same for most.
func (s *sample) percentiles() (scenarios.Dist, bool) {
	n := float64(len(s.values))
	d := scenarios.Dist{Kind: scenarios.Quantiles, Min: s.values[0], Max: s.values[len(s.values)-1]}
	for _, p := range shares {
		if n*min(p.share, 1-p.share) < minBeyond {
			continue
		}
		d.Points = append(d.Points, scenarios.Percentile{Share: p.share, Value: between(s.values, p.share)})
	}
	if len(d.Points) < 3 {
		return scenarios.Dist{}, false
	}
	d = s.rounded(d)
	if d.Points[0].Value == d.Points[len(d.Points)-1].Value {
		return scenarios.Dist{}, false
	}
	return d, true
}

// candidates are the distributions with few parameters that could fit.
func (s *sample) candidates() []scenarios.Dist {
	var out []scenarios.Dist
	p50, p95 := stats.Quantile(0.5, s.values), stats.Quantile(0.95, s.values)
	if s.limit > 0 && p95 >= s.limit {
		return nil // what was cut off is not known
	}
	if p50 > 0 && p95 > p50 { // false for NaN
		out = append(out, scenarios.Dist{Kind: scenarios.LogNormal, P50: p50, P95: p95})
	}
	mean, variance := moments(s.values)
	if cv := math.Sqrt(variance) / mean; len(s.values) >= stats.MinSamples(0.95) && mean > 0 && cv >= 0.01 && cv <= 10 && s.limit == 0 {
		out = append(out, scenarios.Dist{Kind: scenarios.Gamma, Mean: mean, CV: cv})
	}
	for i := range out {
		out[i] = s.rounded(out[i])
	}
	return out
}

// empirical keeps evenly spaced quantiles of the sample, or all of a small one.
func (s *sample) empirical() scenarios.Dist {
	d := scenarios.Dist{Kind: scenarios.Empirical}
	m := min(max(s.most, 1), len(s.values))
	for i := range m {
		d.Values = append(d.Values, between(s.values, (float64(i)+0.5)/float64(m)))
	}
	return s.rounded(d)
}

// between is the quantile u of ascending values, interpolated.
func between(sorted []float64, u float64) float64 {
	x := u*float64(len(sorted)) - 0.5
	i := min(max(int(math.Floor(x)), 0), len(sorted)-1)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (sorted[j]-sorted[i])*min(max(x-float64(i), 0), 1)
}

// rounded brings the figures to what the file will say, so that the fit is
// judged as it is written: whole tokens, whole microseconds.
func (s *sample) rounded(d scenarios.Dist) scenarios.Dist {
	unit, least := 1e3, 0.0
	if s.whole {
		unit, least = 1, 1
	}
	round := func(v float64) float64 { return max(least, math.Round(v/unit)*unit) }
	d.Constant = round(d.Constant)
	switch d.Kind {
	case scenarios.LogNormal:
		d.P50 = max(unit, round(d.P50))
		d.P95 = max(d.P50+unit, round(d.P95))
	case scenarios.Gamma:
		d.Mean, d.CV = max(unit, round(d.Mean)), math.Round(d.CV*1e4)/1e4
	}
	for i := range d.Values {
		d.Values[i] = round(d.Values[i])
	}
	for i := range d.Points {
		d.Points[i].Value = max(unit, round(d.Points[i].Value))
	}
	if d.Kind == scenarios.Quantiles {
		d.Min = min(round(d.Min), d.Points[0].Value)
		d.Max = max(round(d.Max), d.Points[len(d.Points)-1].Value)
	}
	return d
}

// judge holds a distribution against the sample.
func (s *sample) judge(d scenarios.Dist) Dist {
	out := Dist{Dist: d, N: len(s.values), KS: 1}
	out.Observed = Quantiles{stats.Quantile(0.5, s.values), stats.Quantile(0.95, s.values), stats.Quantile(0.99, s.values)}
	drawn, err := load.Distribution(d)
	if err != nil || drawn == nil {
		return out
	}
	at := func(u float64) float64 {
		v := drawn.Quantile(u)
		if s.whole {
			v = max(1, math.Round(v))
		}
		if s.limit > 0 {
			v = min(v, s.limit)
		}
		return v
	}
	out.Fitted = Quantiles{at(0.5), at(0.95), at(0.99)}
	out.KS = s.distance(drawn)
	return out
}

// distance is the Kolmogorov-Smirnov distance. Sizes are compared half way
// between whole numbers, since draws are rounded; what a limit cut is left out.
func (s *sample) distance(d latency.Dist) float64 {
	n := float64(len(s.values))
	most := 0.0
	for i := 0; i < len(s.values); {
		x, j := s.values[i], i
		for j < len(s.values) && s.values[j] == x {
			j++
		}
		if s.limit > 0 && x >= s.limit {
			break
		}
		below, upTo := math.Nextafter(x, math.Inf(-1)), x
		if s.whole {
			below, upTo = x-0.5, x+0.5
			if x <= 1 {
				below = math.Inf(-1)
			}
		}
		most = max(most, math.Abs(float64(j)/n-d.CDF(upTo)))
		if !math.IsInf(below, -1) {
			most = max(most, math.Abs(float64(i)/n-d.CDF(below)))
		}
		i = j
	}
	return most
}

// moments returns mean and variance.
func moments(values []float64) (mean, variance float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean)
	}
	if n > 1 {
		variance /= n - 1
	}
	return mean, variance
}
