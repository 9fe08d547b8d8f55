package policy

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The names of the strategies.
const (
	SingleProvider = "single-provider"
	Priority       = "priority"
	Weighted       = "weighted"
	RoundRobin     = "round-robin"
	LeastBusy      = "least-busy"
	LatencyFirst   = "latency-first"
	CostFirst      = "cost-first"
	QualityFirst   = "quality-first"
	Balanced       = "balanced"
)

// Names returns the names of all strategies. The slice is the caller's.
func Names() []string {
	return []string{SingleProvider, Priority, Weighted, RoundRobin, LeastBusy, LatencyFirst, CostFirst, QualityFirst, Balanced}
}

// The ways a split may be sticky; see [Settings].Sticky.
const (
	StickyUser   = "user"   // the field `user` of the request
	StickyTenant = "tenant" // its X-Routedrill-Tenant
)

// Settings choose a strategy and say what it goes by. A setting that the
// strategy has no use for is of no account. The zero value is [Priority].
type Settings struct {
	Strategy string // one of Names; "" means Priority

	Weights Weights // of Balanced; the zero value as a whole means DefaultWeights
	// Split gives targets ("provider/model") their weight for Weighted and
	// LeastBusy, 0 to a million. Nil gives all the weight 1; otherwise a target not
	// named has 0 and comes behind the others.
	Split map[string]float64
	// Sticky says whose draw a split is: "" each request's, or StickyUser or
	// StickyTenant. A request that names nobody draws for itself.
	Sticky string

	// Prior is the time assumed of a target of which nothing is known yet; 0 means
	// the median of its neighbours.
	Prior time.Duration
	// Explore is the share of requests that get to know cold targets, up to 0.5; 0
	// means DefaultExplore, a negative one none.
	Explore float64
	// RTT is the way from a client's region to a target's, both ways. A pair may
	// stand in either order; one region to itself is 0, and so is what is not known.
	RTT map[string]map[string]time.Duration

	CeilingPer1k   float64       // of CostFirst, in USD per 1000 tokens; 0 is none. See Cheapest
	LatencyCeiling time.Duration // of CostFirst; 0 is none
	OffPeak        []DayTime     // of CostFirst

	Comparisons Comparisons // the zero value as a whole means DefaultComparisons
}

// DefaultExplore is the share of requests that get to know cold targets.
const DefaultExplore = 0.05

// New returns the strategy the settings choose. They must be valid.
func (s *Settings) New() Strategy {
	fast := Fastest{Prior: s.Prior, Explore: s.Explore}
	switch {
	case s.Explore == 0:
		fast.Explore = DefaultExplore
	case s.Explore < 0:
		fast.Explore = 0
	}
	switch s.Strategy {
	case SingleProvider:
		return OnlyFirst{}
	case Weighted:
		return Split{}
	case RoundRobin:
		return Rotation{}
	case LeastBusy:
		return Idlest{}
	case LatencyFirst:
		return fast
	case CostFirst:
		return Cheapest{Ceiling: s.CeilingPer1k, LatencyCeiling: s.LatencyCeiling, OffPeak: s.OffPeak}
	case QualityFirst:
		return Best{}
	case Balanced:
		return Balance{Weights: s.Weights, Fastest: fast}
	}
	return InOrder{}
}

// Validate returns everything wrong with the settings, joined, or nil. Targets
// are not checked: only the router knows them.
func (s *Settings) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf("policy."+format, args...)) }
	if s.Strategy != "" && !slices.Contains(Names(), s.Strategy) {
		add("strategy: %q is not one of %s", s.Strategy, strings.Join(Names(), ", "))
	}
	w := s.Weights
	sum := 0.0
	for _, x := range []float64{w.Latency, w.Cost, w.Quality, w.Health} {
		if !(x >= 0 && x <= 1e6) {
			add("weights: %v is not within 0 and 1000000", x)
		}
		sum += x
	}
	if w != (Weights{}) && !(sum > 0) {
		add("weights: one must be positive")
	}
	positive := len(s.Split) == 0
	for name, x := range s.Split {
		if !(x >= 0 && x <= 1e6) {
			add("split.%s: %v is not within 0 and 1000000", name, x)
		}
		positive = positive || x > 0
	}
	if !positive {
		add("split: one weight must be positive")
	}
	if s.Sticky != "" && s.Sticky != StickyUser && s.Sticky != StickyTenant {
		add("sticky: %q is neither %s nor %s", s.Sticky, StickyUser, StickyTenant)
	}
	if s.Prior < 0 || s.Prior > time.Hour {
		add("prior: %v is not within 0s and 1h", s.Prior)
	}
	if math.IsNaN(s.Explore) || s.Explore > 0.5 {
		add("explore: %v is above 0.5", s.Explore)
	}
	for from, row := range s.RTT {
		for to, d := range row {
			if d < 0 || d > time.Minute {
				add("rtt.%s.%s: %v is not within 0s and 1m", from, to, d)
			}
		}
	}
	if !(s.CeilingPer1k >= 0 && s.CeilingPer1k <= 1e6) {
		add("ceiling_per_1k_tokens: %v is not within 0 and 1000000 USD", s.CeilingPer1k)
	}
	if s.LatencyCeiling < 0 || s.LatencyCeiling > time.Hour {
		add("latency_ceiling: %v is not within 0s and 1h", s.LatencyCeiling)
	}
	for _, d := range s.OffPeak {
		if d.From < 0 || d.To < 0 || d.From >= 24*time.Hour || d.To >= 24*time.Hour || d.From == d.To {
			add("off_peak: %v to %v is no span of a day", d.From, d.To)
		}
	}
	if c := s.Comparisons; c != (Comparisons{}) && (c.HalfLife < time.Second || c.MinSamples < 1 || c.MinSamples > 1_000_000) {
		add("comparisons: half_life is at least 1s, min_samples 1 to 1000000")
	}
	return errors.Join(errs...)
}

// Distance is the way between two regions by the table.
func (s *Settings) Distance(a, b string) time.Duration {
	if a == "" || b == "" || a == b {
		return 0
	}
	if d, ok := s.RTT[a][b]; ok {
		return d
	}
	return s.RTT[b][a]
}
