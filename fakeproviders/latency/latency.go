package latency

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Dist is a distribution over non-negative numbers.
type Dist interface {
	// Quantile returns the value below which the share u, strictly between 0
	// and 1, of all draws lies.
	Quantile(u float64) float64
}

// z95 is the 95th percentile of the standard normal distribution.
var z95 = distuv.UnitNormal.Quantile(0.95)

type constant float64

func (c constant) Quantile(float64) float64 { return float64(c) }

// Constant returns the distribution whose every draw is v, which must not be
// negative.
func Constant(v float64) (Dist, error) {
	if err := finite("constant", v); err != nil {
		return nil, err
	}
	return constant(v), nil
}

// LogNormal returns the log-normal distribution with the given median and 95th
// percentile, both above zero and p95 not below p50. Equal ones give a constant.
func LogNormal(p50, p95 float64) (Dist, error) {
	if err := errors.Join(finite("p50", p50), finite("p95", p95)); err != nil {
		return nil, err
	}
	switch {
	case p50 <= 0:
		return nil, fmt.Errorf("latency: p50 %v: must be above zero", p50)
	case p95 < p50:
		return nil, fmt.Errorf("latency: p95 %v is below p50 %v", p95, p50)
	case p95 == p50:
		return constant(p50), nil
	}
	// median = exp(mu), p95 = exp(mu + z95·sigma).
	mu := math.Log(p50)
	return distuv.LogNormal{Mu: mu, Sigma: (math.Log(p95) - mu) / z95}, nil
}

// Gamma returns the gamma distribution with the given mean, above zero, and
// coefficient of variation (standard deviation ÷ mean), from 0 (a constant) to
// 10.
func Gamma(mean, cv float64) (Dist, error) {
	if err := errors.Join(finite("mean", mean), finite("cv", cv)); err != nil {
		return nil, err
	}
	switch {
	case mean <= 0:
		return nil, fmt.Errorf("latency: mean %v: must be above zero", mean)
	case cv > 10:
		return nil, fmt.Errorf("latency: cv %v: want 0 to 10", cv)
	case cv == 0:
		return constant(mean), nil
	}
	// shape = 1/cv², scale = mean·cv² (gonum's Beta is the rate 1/scale).
	shape := 1 / (cv * cv)
	return tabulate(distuv.Gamma{Alpha: shape, Beta: shape / mean}), nil
}

// empirical holds sorted, equally likely values.
type empirical []float64

func (e empirical) Quantile(u float64) float64 {
	i := int(u * float64(len(e)))
	return e[min(max(i, 0), len(e)-1)]
}

// Empirical returns the distribution of equally likely values, which it copies.
// There must be at least one and none may be negative.
func Empirical(values []float64) (Dist, error) {
	if len(values) == 0 {
		return nil, errors.New("latency: empirical needs at least one value")
	}
	for _, v := range values {
		if err := finite("empirical value", v); err != nil {
			return nil, err
		}
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return empirical(sorted), nil
}

func finite(what string, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return fmt.Errorf("latency: %s %v: must be a number from 0", what, v)
	}
	return nil
}
