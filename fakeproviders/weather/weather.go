package weather

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// Limits of what can be asked for.
const (
	MaxSigma       = 2.0 // a factor beyond 10,000 is no weather
	MinCorrelation = time.Second
	MaxCorrelation = 31 * 24 * time.Hour
)

// Config says how strong the weather is and how long it lasts.
type Config struct {
	// Sigma is the deviation of the factor's logarithm, 0 to MaxSigma. 0 means
	// no weather: the factor is 1.
	Sigma float64
	// Correlation is the lag at which the autocorrelation has fallen to 1/e,
	// from MinCorrelation to MaxCorrelation. It counts only with a Sigma.
	Correlation time.Duration
}

// Validate reports what is wrong with c.
func (c Config) Validate() error {
	if !(c.Sigma >= 0 && c.Sigma <= MaxSigma) {
		return fmt.Errorf("weather: sigma %v: want 0 to %v", c.Sigma, MaxSigma)
	}
	if c.Sigma > 0 && (c.Correlation < MinCorrelation || c.Correlation > MaxCorrelation) {
		return fmt.Errorf("weather: correlation %s: want %s to %s", c.Correlation, MinCorrelation, MaxCorrelation)
	}
	return nil
}

// octaves are the lattices that X is the sum of: their distance in hundredths
// of the correlation time, and their share of the variance.
var octaves = [...]struct {
	step     int64
	variance float64
}{{20, 0.2}, {100, 0.5}, {300, 0.3}}

// Weather is the factor at one place over time. The zero Weather is 1 at any
// time. It is immutable.
type Weather struct {
	sigma    float64
	lattices [len(octaves)]lattice
}

// New returns the weather at a place. Equal arguments make equal weathers,
// those of different seeds or places are independent.
func New(seed uint64, provider, region, model string, c Config) (Weather, error) {
	if err := c.Validate(); err != nil {
		return Weather{}, err
	}
	w := Weather{sigma: c.Sigma}
	if c.Sigma == 0 {
		return w, nil
	}
	// The hash of a string includes its length: no two places share a key.
	place := keyed.NewKey(keyed.String(seed, region), provider, model)
	for i, o := range octaves {
		step := int64(c.Correlation) / 100 * o.step
		w.lattices[i] = lattice{
			key:   place.Nth(i),
			step:  step,
			phase: int64(keyed.Uniform(place.Nth(i).Draw("phase")) * float64(step)),
			scale: math.Sqrt(o.variance),
		}
	}
	return w, nil
}

// Factor returns the factor on latencies at the instant t, counted from any
// fixed one, such as the start of a scenario; t may be negative.
func (w *Weather) Factor(t time.Duration) float64 {
	if w.sigma == 0 {
		return 1
	}
	x := 0.0
	for i := range w.lattices {
		x += w.lattices[i].at(int64(t))
	}
	return factor(w.sigma * x)
}

// lattice is noise with a keyed normal draw at every multiple of step.
type lattice struct {
	key         keyed.Key
	step, phase int64 // nanoseconds; phase is 0 to step
	scale       float64
}

// at returns the noise at t nanoseconds. The phase is added within a cell, so
// that no t overflows.
func (l *lattice) at(t int64) float64 {
	cell, rest := t/l.step, t%l.step+l.phase
	if rest < 0 {
		cell, rest = cell-1, rest+l.step
	} else if rest >= l.step {
		cell, rest = cell+1, rest-l.step
	}
	s := float64(rest) / float64(l.step)
	r := s * s * (3 - 2*s)
	return l.scale * ((1-r)*l.draw(cell) + r*l.draw(cell+1)) / math.Sqrt((1-r)*(1-r)+r*r)
}

func (l *lattice) draw(cell int64) float64 {
	return distuv.UnitNormal.Quantile(keyed.Uniform(uint64(l.key.Nth(int(cell)))))
}

// RequestFactor returns the factor that belongs to a request and follows it to
// every provider: log-normal with median 1, sigma being the deviation of its
// logarithm. A sigma that is not above zero means 1 for every request, one
// above [MaxSigma] counts as that.
func RequestFactor(seed uint64, requestID string, sigma float64) float64 {
	if !(sigma > 0) {
		return 1
	}
	u := keyed.Uniform(keyed.Hash(seed, "request factor", requestID, "", 0))
	return factor(min(sigma, MaxSigma) * distuv.UnitNormal.Quantile(u))
}

// factor returns exp(x), rounded and above zero.
func factor(x float64) float64 {
	const grain = 1 << 24
	return max(math.Round(math.Exp(x)*grain), 1) / grain
}
