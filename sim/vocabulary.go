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
		CheckFault: checkFault,
		Endpoints:  []string{"chat", "completions", "embeddings"},
		Wires:      wireWords(),
		Clients:    client.Presets(),
		Router:     config.Schema,
	}
	for _, k := range fault.Kinds() {
		word := scenarios.FaultWord{Name: k.Name, Doc: k.Doc}
		for i := range k.Params {
			p := &k.Params[i]
			word.Params = append(word.Params, scenarios.ParamWord{
				Name: p.Name, Type: paramTypes[p.Type], Min: p.Min, Max: p.Max, Words: p.Words,
				Required: p.Required, Range: p.Range(), Default: p.Shown(), Doc: p.Doc,
			})
		}
		v.Faults = append(v.Faults, word)
	}
	for _, m := range record.Metrics() {
		v.Metrics = append(v.Metrics, scenarios.MetricWord{
			Name: m.Name, Distribution: m.Distribution, Unit: m.Unit, Selectors: m.Selectors, Gate: m.Gateable(),
		})
	}
	return v
}

var paramTypes = map[fault.Type]string{
	fault.Duration: scenarios.TypeDuration, fault.Count: scenarios.TypeCount, fault.Number: scenarios.TypeNumber,
	fault.Word: scenarios.TypeWord, fault.Text: scenarios.TypeText,
}

// checkFault says what is wrong with values that each fit.
func checkFault(kind string, values []scenarios.FaultValue) error {
	return fault.Check(kind, faultValues(values))
}

func faultValues(list []scenarios.FaultValue) fault.Values {
	out := make(fault.Values, len(list))
	for _, v := range list {
		out[v.Name] = fault.Value{Num: v.Num, Word: v.Word}
	}
	return out
}
