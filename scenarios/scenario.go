package scenarios

import "time"

// Scenario is one drill: a world, the load on it and what goes wrong when.
// It is complete: every default is filled in and every name it mentions
// exists. It is not changed after [Load] and may be read concurrently.
type Scenario struct {
	File    string // where it was read; "library/x.yaml" for a library scenario
	Version int    // always 1
	Name    string // defaults to the file's name without its ending
	Summary string // one line; may be empty
	Source  string // where the facts come from, usually a URL; may be empty

	Start    time.Time     // instant zero of the timeline, in UTC; defaults to 2025-01-01T00:00:00Z
	Duration time.Duration // how long arrivals last: 1s to 31 days
	Recovery time.Duration // length of the phase `recovery` after a fault; defaults to min(10m, duration/10)
	Seed     uint64        // defaults to 1
	Replicas int           // how many routers share the requests, each on its own: 1 to 100; defaults to 1

	WorldName string // the world's name: its `name` key, else its library name or path, else "inline"
	World     World

	Timeline   []Event     // in file order; at most 64
	Warm       Warm        // the warm-up of the routers' caches; zero is none
	Policies   []Policy    // in file order; empty when the file names none
	Gate       Gate        // what a comparison of two configs is judged by, and which policies thresholds do not judge
	Thresholds []Threshold // one per expression, in file order

	Notes []string // what was made of the world's load so that it fits; nil when it did
}

// Warm is an operator's warm-up of the routers' caches, as before a planned
// maintenance: what has been asked most often until then is asked anew.
type Warm struct {
	At  time.Duration // when, since the start of the scenario
	Top int           // how many different requests, from 1; 0 is no warm-up
}

// Event is one fault of the timeline: what happens to whom from when to when.
type Event struct {
	ID     string        // unique; defaults to "<kind>-<n>", the n-th event of that kind
	At     time.Duration // start, since the start of the scenario
	For    time.Duration // length, above zero; the event ends within the scenario
	Select Selector      // whose requests it can hit
	Rank   int           // from 1: Select.Providers is the one that holds this place in the first route that has so many; 0 means it is not given
	Fault  Fault         // what it does to them
	Ramp   Ramp          // how its rate grows and fades; zero means at once
	Every  time.Duration // the event comes again this long after its start, until the scenario ends; 0 means once
	Flap   Flap          // whether it comes and goes; zero means always
	Line   int           // its line in the file; 0 when it came from --set
}

// Selector narrows a fault. Every field that is set must match; the zero value
// matches every request at every provider.
type Selector struct {
	Providers []string // any of these; nil means all
	Vendor    string   // "" means any
	Region    string   // "" means any
	Model     string   // "" means any
	Endpoint  string   // "" means any
	Task      string   // "" means any
	Stream    *bool    // nil means both
	Tools     *bool    // nil means both
}

// Fault is what an event does to a request it hits. Which parameters belong to
// which kind is said by [Vocabulary].
type Fault struct {
	Kind   string       // a name of Vocabulary.Faults
	Rate   float64      // share of the matching requests it hits, above 0 and up to 1; defaults to 1
	Sticky string       // what shares its luck: attempt (the default), request, tenant or shard
	First  int          // it hits only the first so many matching attempts at a provider; 0 means all
	Nth    int          // it hits only each nth of them; 0 means all
	Values []FaultValue // the parameters the file gives, in its order
}

// FaultValue is the value of one parameter of a fault.
type FaultValue struct {
	Name string
	Num  float64 // of a duration (in nanoseconds), a count or a number
	Word string  // of a word or a text
}

// Ramp is how long the rate of a fault grows from zero at its start and fades
// to zero at its end. Both together fit into the event.
type Ramp struct {
	In, Out time.Duration
}

// Flap makes a fault come and go: it is active at t while
// ((t - at) mod Period) < Duty × Period. The zero value is always active.
type Flap struct {
	Period time.Duration // above zero, at most the event's length
	Duty   float64       // above 0, below 1
}

// Policy is one routing policy to compare.
type Policy struct {
	Name    string // unique within the scenario
	From    string // the built-in policy it starts from; equals Name for a plain built-in
	Overlay []byte // the keys laid over it, as YAML; nil for a plain built-in
	File    string // where it was written, as errors name it: the scenario's file, or a --set
	Line    int    // the line of File that line 1 of Overlay stands for; 0 when it came from --set
}

// Gate says which policies the thresholds judge, and by which metrics a change
// from one config to another is judged.
type Gate struct {
	Except  []string     // shown for contrast, never judged; nil means every policy is judged
	Metrics []GateMetric // in file order; nil leaves the choice to whoever compares
}

// GateMetric is one metric that a change may worsen by no more than a tolerance.
type GateMetric struct {
	Source    string        // as written: `ttft_p95{task:support-chat}`
	Metric    string        // a name of Vocabulary.Metrics that has Gate
	Select    []Pair        // the part of the run it is about; empty for all of it
	Settle    time.Duration // leaves out requests scheduled so soon after a fault began; 0 leaves out none
	Agg       string        // p50, p90, p95, p99, mean, min or max for distributions; "" for scalars
	Tolerance float64       // at least 0: a share of the base's value if Relative, else in the metric's unit
	Relative  bool
	Text      string // the tolerance as written: 0.05pp
	File      string // where it stands, the scenario's file or the project's
	Line      int    // its line in the file; 0 when it came from --set
}

// Threshold is one pass or fail expression over one metric.
type Threshold struct {
	Source string        // as written: `ttft{task:support-chat}: p95 < 2s`
	Metric string        // a name of Vocabulary.Metrics
	Select []Pair        // the part of the run it is about; empty for all of it
	Settle time.Duration // leaves out requests scheduled so soon after a fault began; 0 leaves out none
	Window time.Duration // the metric is taken in each window of this length; 0 takes it once
	Over   string        // which of the windows counts: min, max or mean; "" without Window
	Agg    string        // p50, p90, p95, p99, mean, min or max for distributions; "" for scalars
	Op     string        // <, <=, >, >= or ==
	Than   string        // a policy, or Steady, in relation to whose figure Value stands; "" for none
	Factor float64       // of that figure; 0 without Than
	Value  float64       // in the metric's unit: seconds, USD, a ratio (99.9% is 0.999) or a count; with Than what is added to Factor times its figure
	Line   int           // its line in the file; 0 when it came from --set
	Absent string        // what it speaks of and another world put in place of the scenario's has not, like "task search"; "" for nothing
}

// Pair is one key and value of a threshold's selector, as in {task:search}.
type Pair struct {
	Key, Value string
}
