package latency

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Dist is a distribution over non-negative numbers.
type Dist interface {
	// Quantile returns the value below which the share u, strictly between 0
	// and 1, of all draws lies.
	Quantile(u float64) float64
	// CDF returns the share of draws at or below x, the inverse of Quantile.
	CDF(x float64) float64
}

// The 95th and 99th percentile of the standard normal distribution.
var (
	z95 = distuv.UnitNormal.Quantile(0.95)
	z99 = distuv.UnitNormal.Quantile(0.99)
)

type constant float64

func (c constant) Quantile(float64) float64 { return float64(c) }

func (c constant) CDF(x float64) float64 {
	if x < float64(c) {
		return 0
	}
	return 1
}

// Constant returns the distribution whose every draw is v, which must not be
// negative.
func Constant(v float64) (Dist, error) {
	if err := finite("constant", v); err != nil {
		return nil, err
	}
	return constant(v), nil
}

// logNorm is distuv's without a NaN below zero.
type logNorm struct{ distuv.LogNormal }

func (l logNorm) CDF(x float64) float64 { return l.LogNormal.CDF(max(x, 0)) }

// LogNormal returns the log-normal distribution with the given median and 95th
// percentile, both above zero and p95 not below p50. Equal ones give a constant.
func LogNormal(p50, p95 float64) (Dist, error) { return logNormal(p50, "p95", p95, z95) }

// LogNormalP99 is [LogNormal] by the median and the 99th percentile.
func LogNormalP99(p50, p99 float64) (Dist, error) { return logNormal(p50, "p99", p99, z99) }

// logNormal takes the median and the percentile of that name and normal score.
func logNormal(p50 float64, name string, high, score float64) (Dist, error) {
	if err := errors.Join(finite("p50", p50), finite(name, high)); err != nil {
		return nil, err
	}
	switch {
	case p50 <= 0:
		return nil, fmt.Errorf("latency: p50 %v: must be above zero", p50)
	case high < p50:
		return nil, fmt.Errorf("latency: %s %v is below p50 %v", name, high, p50)
	case high == p50:
		return constant(p50), nil
	}
	// median = exp(mu), the percentile = exp(mu + score·sigma).
	mu := math.Log(p50)
	return logNorm{distuv.LogNormal{Mu: mu, Sigma: (math.Log(high) - mu) / score}}, nil
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

func (e empirical) CDF(x float64) float64 {
	i := sort.Search(len(e), func(i int) bool { return e[i] > x })
	return float64(i) / float64(len(e))
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
