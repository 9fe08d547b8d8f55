package scenarios

import (
	"slices"
	"strings"
	"time"
)

// World is the truth a scenario plays in: who answers, how fast, at what
// price, and who asks for what. All of it is in file order.
type World struct {
	Name      string // its `name` key, else its library name or path, else "inline"
	File      string // where it was read; the scenario's file for an inline world
	Providers []Provider
	Routes    []Route
	Load      Traffic
	Tasks     []Task
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

// Provider is one API that can be routed to.
type Provider struct {
	Name     string
	Vendor   string        // who runs it; defaults to Name. Faults select by it
	Region   string        // where it runs; may be empty
	Wire     string        // the API it speaks, a word of Vocabulary.Wires; defaults to "openai"
	RTT      time.Duration // network round trip to it; 0 means none is added
	Models   []Model
	Capacity Capacity
	Quotas   Quotas
}

// Model returns the model of that name, or nil.
func (p *Provider) Model(name string) *Model {
	for i := range p.Models {
		if p.Models[i].Name == name {
			return &p.Models[i]
		}
	}
	return nil
}

// Model is one model at one provider.
type Model struct {
	Name      string
	Endpoints []string // what it serves; defaults to [chat]
	Price     Price
	Context   int     // tokens of prompt and answer together; 0 means no limit
	MaxOutput int     // tokens of one answer; 0 means no limit
	Quality   float64 // score of its answers, 0 to 1; 0 means not scored
	TTFT      Dist    // time to first token once the provider starts on it, in nanoseconds
	ITL       Dist    // gap between tokens, in nanoseconds; absent where no text is generated
}

// Serves reports whether the model answers at that endpoint.
func (m *Model) Serves(endpoint string) bool {
	return slices.Contains(m.Endpoints, endpoint)
}

// Price is what a token costs in nano-USD; 2.00 USD per million tokens are
// 2000. The file gives USD per million tokens with at most three decimals.
type Price struct {
	InputNano       int64
	CachedInputNano int64 // prompt tokens read from the provider's cache; defaults to InputNano
	OutputNano      int64
}

// Capacity is how much a provider can do at once.
type Capacity struct {
	Concurrency int // requests served at once; 0 means no limit
	Queue       int // further requests that wait for a place; 0 means none waits
	Status      int // answered when the queue is full: 429 or 503; 503 by default, 0 without a limit
}

// Quotas are the limits a provider holds its caller to, over a minute.
type Quotas struct {
	RPM int // requests per minute; 0 means no limit
	TPM int // tokens per minute; 0 means no limit
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
