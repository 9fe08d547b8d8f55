package record

import (
	"strings"
	"time"
)

// Target is one routable provider and model.
type Target struct {
	Name     string  // "provider/model"
	Provider int16   // index in Cell.Providers
	Model    int16   // index in Cell.Models
	Quality  float64 // ground-truth score of its answers, 0 to 1; 0 means not scored
	OwnPrice bool    // the router was configured with another price than the provider bills
}

// Fault is one event of the timeline, for phases and for the verdict on
// faults that hit nothing.
type Fault struct {
	ID         string
	Kind       string
	How        string  // the parameters it was given, in words; empty: none
	Scope      string  // which requests at its targets it hits, in words; empty: all
	Start, End Offset  // of the first window: from Start (included) to End (excluded)
	Every      Offset  // the window comes again this long after its start; 0 = once
	Targets    []int16 // targets its selectors can match, indexes in Cell.Targets
}

// Active reports whether t lies in a window of the fault.
func (f *Fault) Active(t Offset) bool {
	in := t - f.Start
	if f.Every > 0 && in > 0 {
		in %= f.Every
	}
	return in >= 0 && in < f.End-f.Start
}

// Since is the time from the latest start of a window of the fault to t; false
// when none has started.
func (f *Fault) Since(t Offset) (Offset, bool) {
	in := t - f.Start
	if f.Every > 0 && in > 0 {
		in %= f.Every
	}
	return in, in >= 0
}

// LastEnd is the end of the latest window that ended by t; false when none has.
func (f *Fault) LastEnd(t Offset) (Offset, bool) {
	if t < f.End {
		return 0, false
	}
	if f.Every == 0 {
		return f.End, true
	}
	return f.End + (t-f.End)/f.Every*f.Every, true
}

// Route is a route of the router's config.
type Route struct {
	Name  string
	First int16 // its first target, an index in Cell.Targets
}

// Bound is what requests of a tenant, task or route may do.
type Bound struct {
	Targets []int16 // where they may go, as indexes in Cell.Targets; nil is anywhere, empty nowhere
	Budgets []int16 // what they are paid from, as indexes in Limits.Budgets
	Space   []int16 // whose embeddings may answer them, as indexes in Cell.Targets; nil for other requests
}

// Limits are the bounds the router was configured with, for the checkers.
type Limits struct {
	MaxAttempts      int
	TotalTimeout     time.Duration
	BreakerProbes    int           // concurrent half-open probes per target and endpoint
	RetryBudgetRatio float64       // retries per relay
	RetryBudgetFloor int           // retries always allowed
	Hedging          bool          // some route hedges
	CooldownMax      time.Duration // no wait that a provider asks for counts for longer; 0: none counts at all
	// What is remembered of requests with an Idempotency-Key.
	KeyTTL      time.Duration // 0: nothing
	KeyEntries  int           // answers
	KeyMaxBytes int64         // of all answers together; one may have an eighth
	Shadows     []ShadowLimit // of each route with shadow traffic
	Budgets     []BudgetLimit // in the config's order
	// What is kept of equal requests, and for how long.
	CacheTTL   []time.Duration // of each task; 0: nothing; nil: there is no cache
	CacheStale time.Duration   // beyond its TTL, to stand in for an error
	// ProbesHourMicroUSD is what all active probes of a replica together may spend in
	// each hour from the start; 0: there are none.
	ProbesHourMicroUSD int64
	Slack              time.Duration // how late a timer or a hop may be: near zero in virtual time
}

// ShadowLimit bounds the shadow traffic of a route.
type ShadowLimit struct {
	Target       int16 // index in Cell.Targets
	HourMicroUSD int64 // what may be spent in each hour from the start
}

// BudgetLimit bounds what may be booked for the attempts at its targets of the
// requests whose [Bound] names it.
type BudgetLimit struct {
	Name     string
	Targets  []int16  // indexes in Cell.Targets
	Ends     []Offset // of its periods, from the one in which the run starts to the one in which it ends
	MicroUSD int64    // of each period
}

// Cell is one scenario × policy × seed × clock with its logs. All cells of a
// run share the order of Tasks, Targets and Faults.
type Cell struct {
	Policy string
	Seed   uint64
	Gated  bool // thresholds decide the verdict for this policy

	// Outside says that the gateway was not ours and nobody looked inside it: Relays,
	// Choices, Attempts and Transitions are empty because they are not known.
	Outside bool

	Tasks     []string
	Providers []string
	Models    []string
	Targets   []Target
	Endpoints []string
	Reasons   []string
	Skips     []string // reasons for passing a target over; at most 16
	Routes    []Route
	Limits    Limits
	Bounds    []Bound // of the requests that have limits

	Planned     int  // arrivals the load was to make
	Interrupted bool // the run was cut short
	Wall        time.Duration

	Requests     []Request    // by Seq
	Relays       []Relay      // by Seq, Try
	Choices      []Choice     // by Seq, Try; empty unless the run was asked to keep them
	Attempts     []Attempt    // by Seq, Try, N
	Shadows      []Extra      // by Seq, Start
	Comparisons  []Comparison // by Seq
	Probes       []Extra      // by Start, Target, Endpoint
	Journal      []Entry      // by Seq, Arrived; without those of probes
	ProbeEntries []Entry      // the journal's entries of Probes, by Arrived, Target
	Transitions  []Transition // by At
	Alerts       []Alert      // by At
	Incidents    []Incident   // by Started, Replica, Provider
}

// Run is all cells of one scenario, and what the report needs to know of the
// scenario itself.
type Run struct {
	Scenario string
	Summary  string
	Source   string
	World    string
	Clock    string // "virtual" or "wall"
	Target   string // URL of the gateway that all cells are of; "" = the router of each cell
	Start    time.Time
	Duration time.Duration
	Replicas int           // routers that shared the requests of each cell; 0 means 1
	Recovery time.Duration // length of the phase `recovery` after a fault's end

	Faults     []Fault
	Thresholds []Threshold
	Findings   []string // differences between the world's truth and the config's beliefs, and other remarks

	Version string // of the program
	Arch    string // GOARCH
	Replay  string // the command that repeats the run

	Cells []Cell
	// Steady is the gated cells once more, without faults, in the same order: what
	// thresholds compare with. Nil unless one does. It takes no part in anything else.
	Steady []Cell
}

// Steady is the Than of a threshold that compares with the run without faults.
const Steady = "steady"

// Threshold is one pass or fail expression over one metric.
type Threshold struct {
	Source string        // as written: `ttft{task:support-chat}: p95 < 2s`
	Metric string        // a name of Metrics
	Select []Selector    // which part of the run; empty for all of it
	Settle time.Duration // leaves out requests scheduled so soon after a fault began; 0 leaves out none
	Window time.Duration // the metric is taken in each window of this length; 0 takes it once
	Over   string        // which of the windows counts: min, max or mean; empty without Window
	Agg    string        // p50, p90, p95, p99, mean, max, min for distributions; empty for scalars
	Op     string        // <, <=, >, >=, ==
	Than   string        // a policy, or Steady, in relation to whose figure Value stands; empty for none
	Factor float64       // of that figure; 0 without Than
	Value  float64       // in the metric's unit: seconds, USD, a ratio or a count; with Than what is added to Factor times its figure
	Absent string        // what it speaks of and the world has not, like "task search"; "" for nothing. It is not judged
}

// Selector narrows a metric to a phase, task, provider or fault.
type Selector struct {
	Key   string // phase, task, provider or fault
	Value string
}

// Metric describes one metric of the report.
type Metric struct {
	Name         string
	Distribution bool     // takes an aggregation (p95 < 2s); otherwise a scalar (>= 0.999)
	Unit         string   // "ratio", "seconds", "usd" or "count"
	Selectors    []string // keys it can be narrowed by
	Help         string
}

// Gateable says whether a change of config can be judged by the metric: by its
// mean over seeds, and by one direction being better. A time that may be never
// has no mean; the number of requests is the load's.
func (m Metric) Gateable() bool {
	return m.Unit != "count" && !strings.HasPrefix(m.Name, "time_to_")
}

// HigherIsBetter says which direction is better; of most metrics it is down.
func (m Metric) HigherIsBetter() bool {
	return m.Name == "availability" || m.Name == "quality" || m.Name == "cache_hit_ratio"
}

// Metrics lists every metric thresholds may name, in the order of the report.
func Metrics() []Metric {
	parts := []string{"phase", "task", "provider"}
	return []Metric{
		{"availability", false, "ratio", []string{"phase", "task"}, "requests answered completely, validly and in time ÷ requests"},
		{"latency", true, "seconds", parts, "scheduled send to last byte, of answered requests"},
		{"error_latency", true, "seconds", []string{"phase", "task"}, "scheduled send to the failure, of failed requests"},
		{"ttft", true, "seconds", parts, "scheduled send to first content token, of answered streams"},
		{"tpot", true, "seconds", parts, "mean token time after the first, of answered requests"},
		{"quality", false, "ratio", parts, "mean score of the answers delivered"},
		{"cost", false, "usd", parts, "what the providers billed"},
		{"cost_per_1k", false, "usd", []string{"phase", "task"}, "billed per thousand answered requests"},
		{"wasted_cost", false, "usd", parts, "billed for output no client received"},
		{"retry_amplification", false, "ratio", []string{"phase", "task"}, "attempts ÷ requests reaching the router"},
		{"client_amplification", false, "ratio", []string{"phase", "task"}, "client tries ÷ requests"},
		{"cache_hit_ratio", false, "ratio", []string{"phase", "task"}, "answers out of the cache ÷ requests that may be answered out of it"},
		{"requests", false, "count", []string{"phase", "task"}, "arrivals of the load"},
		{"time_to_detect", false, "seconds", []string{"fault"}, "fault start to the first reaction to it"},
		{"time_to_failover", false, "seconds", []string{"fault"}, "fault start to target availability regained"},
		{"time_to_failback", false, "seconds", []string{"fault"}, "fault end to the primary's share back at its level before"},
	}
}
