package load

import (
	"fmt"

	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/scenarios"
)

// Distribution makes the distribution a scenario describes. An absent one is nil.
func Distribution(d scenarios.Dist) (latency.Dist, error) {
	switch d.Kind {
	case "":
		return nil, nil
	case scenarios.Constant:
		return latency.Constant(d.Constant)
	case scenarios.LogNormal:
		if d.P99 > 0 {
			return latency.LogNormalP99(d.P50, d.P99)
		}
		return latency.LogNormal(d.P50, d.P95)
	case scenarios.Quantiles:
		points := make([]latency.Point, len(d.Points))
		for i, p := range d.Points {
			points[i] = latency.Point{Share: p.Share, Value: p.Value}
		}
		return latency.Quantiles(points, d.Min, d.Max)
	case scenarios.Gamma:
		return latency.Gamma(d.Mean, d.CV)
	case scenarios.Empirical:
		return latency.Empirical(d.Values)
	case scenarios.Mixture:
		return mixture(d.Parts)
	}
	return nil, fmt.Errorf("unknown distribution %q", d.Kind)
}

func mixture(parts []scenarios.Part) (latency.Dist, error) {
	components := make([]latency.Component, len(parts))
	for i, p := range parts {
		dist, err := Distribution(p.Dist)
		if err != nil {
			return nil, fmt.Errorf("part %d of the mixture: %w", i+1, err)
		}
		components[i] = latency.Component{Weight: p.Weight, Dist: dist}
	}
	return latency.Mixture(components...)
}
