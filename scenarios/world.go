package scenarios

import "strings"

// World is the truth a scenario plays in: who answers, how fast, at what
// price, and who asks for what. All of it is in file order.
type World struct {
	Name      string // its `name` key, else its library name or path, else "inline"
	File      string // where it was read; the scenario's file for an inline world
	Providers []Provider
	Routes    []Route
	Load      Traffic
	Tasks     []Task

	// RequestSigma is the standard deviation of the logarithm of a factor that
	// belongs to the request and multiplies its times at every provider; 0 to 3.
	RequestSigma float64
}

// Answers reports whether model is a route or a target ("provider/model") of
// the world.
func (w *World) Answers(model string) bool {
	for i := range w.Routes {
		if w.Routes[i].Name == model {
			return true
		}
	}
	provider, name, ok := strings.Cut(model, "/")
	for i := range w.Providers {
		if ok && w.Providers[i].Name == provider && w.Providers[i].Model(name) != nil {
			return true
		}
	}
	return false
}

// Route is a name clients ask for in place of a model, and the targets that
// may answer, the preferred one first.
type Route struct {
	Name    string
	Targets []string // "provider/model"
}

// Kinds of [Dist]. The zero Dist has no kind: it is absent.
const (
	Constant  = "constant"
	LogNormal = "lognormal"
	Quantiles = "quantiles"
	Gamma     = "gamma"
	Empirical = "empirical"
	Mixture   = "mixture"
)

// Dist is a distribution of a size or a duration. Durations are nanoseconds,
// sizes are tokens. The zero value means that none was given.
type Dist struct {
	Kind     string       // one of the kinds, or ""
	Constant float64      // of a constant
	P50      float64      // of a log-normal distribution: its median
	P95, P99 float64      // of a log-normal distribution: the one that is given lies above P50, the other is 0
	Points   []Percentile // of quantiles: at least two, by rising share, with values that do not fall
	Min, Max float64      // of quantiles: no draw lies beyond; 0 means no bound
	Mean, CV float64      // of a gamma distribution; CV is standard deviation ÷ mean
	Values   []float64    // of an empirical one: equally likely, in ascending order
	Parts    []Part       // of a mixture: at least two, none of them a mixture
}

// Percentile is the value below which a share of all draws lies.
type Percentile struct {
	Share float64 // 0.5 is the median
	Value float64 // above zero
}

// Part is one of the distributions of a mixture.
type Part struct {
	Weight float64 // above zero; only its ratio to the other weights counts
	Dist   Dist
}
