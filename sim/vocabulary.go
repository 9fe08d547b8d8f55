package sim

import (
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/record"
)

// Vocabulary is what scenario files may name: the words of the packages that
// give them meaning.
func Vocabulary() scenarios.Vocabulary {
	v := scenarios.Vocabulary{
		Policies:   config.Builtins(),
		FaultKinds: fault.Kinds(),
		Endpoints:  []string{"chat", "completions", "embeddings"},
		Wires:      []string{"openai"},
		Clients:    client.Presets(),
	}
	for _, m := range record.Metrics() {
		v.Metrics = append(v.Metrics, scenarios.MetricWord{
			Name: m.Name, Distribution: m.Distribution, Unit: m.Unit, Selectors: m.Selectors,
		})
	}
	return v
}
