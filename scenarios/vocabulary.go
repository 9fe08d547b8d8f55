package scenarios

import (
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Vocabulary is what the words of a scenario may be. The packages that give
// the words their meaning know them; the caller of [Load] passes them in, so
// that this package depends on none of those.
type Vocabulary struct {
	Policies []string     // built-in policies
	Metrics  []MetricWord // what thresholds may be about
	Faults   []FaultWord  // kinds of faults
	// CheckFault says what is wrong with values that each fit but do not fit
	// together; nil means nothing ever is.
	CheckFault func(kind string, values []FaultValue) error
	Endpoints  []string // chat, completions, embeddings, models
	Wires      []string // APIs a provider may speak
	Clients    []string // client presets
	// Router makes the schema of the router's file, whose keys a policy may lay over
	// the one it starts from. Only [ScenarioSchema] asks for it; nil takes any key.
	Router func() *jsonschema.Schema
}

// MetricWord is one metric thresholds may name.
type MetricWord struct {
	Name         string
	Distribution bool     // takes an aggregation (p95 < 2s); otherwise a scalar (>= 0.999)
	Unit         string   // "ratio", "seconds", "usd" or "count"
	Selectors    []string // keys it can be narrowed by: phase, task, provider, fault
	Gate         bool     // a change of config can be judged by it
}

// share reports whether the metric is a part of something, and at most 1.
func (w *MetricWord) share() bool {
	return w.Unit == "ratio" && !strings.HasSuffix(w.Name, "_amplification")
}

// FaultWord is one kind of fault.
type FaultWord struct {
	Name   string
	Doc    string // one sentence
	Params []ParamWord
}

// Types of [ParamWord].
const (
	TypeDuration = "duration" // a duration; Min and Max in nanoseconds
	TypeCount    = "count"    // a whole number, also as 800k
	TypeNumber   = "number"
	TypeWord     = "word" // one of Words
	TypeText     = "text" // at most 128 bytes
)

// ParamWord is one parameter of a kind of fault.
type ParamWord struct {
	Name     string
	Type     string // one of the types
	Min, Max float64
	Words    []string
	Required bool
	Range    string // what it may be, in words
	Default  string // as a file would say it; "" = none
	Doc      string // one phrase
}

func (v *Vocabulary) fault(kind string) *FaultWord {
	for i := range v.Faults {
		if v.Faults[i].Name == kind {
			return &v.Faults[i]
		}
	}
	return nil
}

func (v *Vocabulary) metric(name string) *MetricWord {
	for i := range v.Metrics {
		if v.Metrics[i].Name == name {
			return &v.Metrics[i]
		}
	}
	return nil
}

func (v *Vocabulary) metricNames() []string {
	names := make([]string, len(v.Metrics))
	for i, m := range v.Metrics {
		names[i] = m.Name
	}
	return names
}

// Options are how a scenario is read.
type Options struct {
	// World replaces the scenario's world: a path (with a slash or ending in
	// .yaml or .yml) or the name of a library world. "" leaves the file's.
	// The scenario's own load and tasks still override those of the world.
	World string

	// Set holds changes of the form key.path=value, applied in order before
	// decoding. The value is YAML; a list element is named by its number.
	Set []string

	// ReadFile reads a file. It should stop after MaxFileBytes+1 bytes, as
	// [ReadAll] does. nil means that only the library can be read.
	ReadFile func(name string) ([]byte, error)
}

func (v *Vocabulary) knowsPolicy(name string) bool { return slices.Contains(v.Policies, name) }
