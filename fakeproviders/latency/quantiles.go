package latency

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Point is one percentile of a distribution: the share of all draws, strictly
// between 0 and 1, that lies below the value.
type Point struct {
	Share float64
	Value float64
}

// maxTail bounds how far draws lie beyond the highest percentile given: a
// steep last stretch would otherwise reach any number.
const maxTail = 1000

// quantiles is ln x as a broken line over the normal score z of the share. The
// first and the last stretch go on beyond their ends.
type quantiles struct {
	z, ln     []float64 // of the points, at least two, z rising and ln not falling
	low, high float64   // draws beyond lie on the bound
}

// Quantiles returns the distribution that has the given percentiles: at least
// two, by rising share, with values above zero that do not fall. Between them,
// and beyond the outermost, the logarithm of the value runs straight over the
// normal score of the share, so each stretch is log-normal.
//
// Draws below low and above high lie on those bounds, which must not cut into
// the percentiles. Zero means no bound; then no draw is above 1000 times the
// highest percentile.
func Quantiles(points []Point, low, high float64) (Dist, error) {
	if len(points) < 2 {
		return nil, errors.New("latency: quantiles need at least two percentiles")
	}
	if err := errors.Join(finite("min", low), finite("max", high)); err != nil {
		return nil, err
	}
	q := &quantiles{low: low, high: high}
	for i, p := range points {
		switch {
		case !(p.Share > 0 && p.Share < 1):
			return nil, fmt.Errorf("latency: percentile of share %v: want one between 0 and 1", p.Share)
		case !(p.Value > 0) || math.IsInf(p.Value, 0):
			return nil, fmt.Errorf("latency: percentile %v: must be a number above zero", p.Value)
		case i > 0 && p.Share <= points[i-1].Share:
			return nil, fmt.Errorf("latency: the share %v follows %v: want them rising", p.Share, points[i-1].Share)
		case i > 0 && p.Value < points[i-1].Value:
			return nil, fmt.Errorf("latency: the percentile %v is below the one before it, %v", p.Value, points[i-1].Value)
		}
		q.z = append(q.z, distuv.UnitNormal.Quantile(p.Share))
		q.ln = append(q.ln, math.Log(p.Value))
	}
	first, last := points[0].Value, points[len(points)-1].Value
	switch {
	case low > first:
		return nil, fmt.Errorf("latency: min %v is above the lowest percentile, %v", low, first)
	case high > 0 && high < last:
		return nil, fmt.Errorf("latency: max %v is below the highest percentile, %v", high, last)
	case high == 0:
		q.high = maxTail * last
	}
	return q, nil
}

// stretch returns the index of the point that begins the stretch v lies in,
// given that of the points.
func stretch(of []float64, v float64) int {
	i := 0
	for i < len(of)-2 && v >= of[i+1] {
		i++
	}
	return i
}

func (q *quantiles) Quantile(u float64) float64 {
	z := distuv.UnitNormal.Quantile(u)
	i := stretch(q.z, z)
	ln := q.ln[i] + (z-q.z[i])*(q.ln[i+1]-q.ln[i])/(q.z[i+1]-q.z[i])
	return min(max(math.Exp(ln), q.low), q.high)
}

func (q *quantiles) CDF(x float64) float64 {
	switch {
	case x >= q.high:
		return 1
	case x < q.low || x <= 0:
		return 0
	}
	ln := math.Log(x)
	i := stretch(q.ln, ln)
	rise := q.ln[i+1] - q.ln[i]
	switch {
	case rise > 0:
		return distuv.UnitNormal.CDF(q.z[i] + (ln-q.ln[i])*(q.z[i+1]-q.z[i])/rise)
	case ln < q.ln[i]: // below a flat first stretch, which goes on downwards
		return 0
	}
	return 1 // at or above a flat last stretch
}
