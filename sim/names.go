package sim

import (
	"slices"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/record"
)

// names turns the words of a scenario into indexes of the record's tables. It
// is the same for every cell of a run and read-only once made.
type names struct {
	tasks, providers, models, endpoints, reasons, skips []string
	targets                                             []record.Target

	providerAt, modelAt, targetAt, endpointAt, reasonAt map[string]int16
}

func newNames(w *scenarios.World, endpoints []string) *names {
	n := &names{
		endpoints: endpoints, reasons: audit.Reasons(), skips: audit.SkipReasons(),
		providerAt: map[string]int16{}, modelAt: map[string]int16{}, targetAt: map[string]int16{},
	}
	for _, t := range w.Tasks {
		n.tasks = append(n.tasks, t.Name)
	}
	for _, p := range w.Providers {
		n.providerAt[p.Name] = int16(len(n.providers))
		n.providers = append(n.providers, p.Name)
		for _, m := range p.Models {
			at, ok := n.modelAt[m.Name]
			if !ok {
				at = int16(len(n.models))
				n.modelAt[m.Name] = at
				n.models = append(n.models, m.Name)
			}
			name := p.Name + "/" + m.Name
			n.targetAt[name] = int16(len(n.targets))
			n.targets = append(n.targets, record.Target{Name: name, Provider: n.providerAt[p.Name], Model: at, Quality: m.Quality})
		}
	}
	n.endpointAt, n.reasonAt = index(n.endpoints), index(n.reasons)
	return n
}

func index(words []string) map[string]int16 {
	m := make(map[string]int16, len(words))
	for i, w := range words {
		m[w] = int16(i)
	}
	return m
}

func (n *names) provider(s string) int16 { return at(n.providerAt, s) }
func (n *names) model(s string) int16    { return at(n.modelAt, s) }
func (n *names) target(s string) int16   { return at(n.targetAt, s) }
func (n *names) endpoint(s string) int16 { return at(n.endpointAt, s) }
func (n *names) reason(s string) int16   { return at(n.reasonAt, s) }

func at(m map[string]int16, s string) int16 {
	if i, ok := m[s]; ok {
		return i
	}
	return record.None
}

// passed is why a relay that did not serve passed over targets it did not try, a
// bit for each reason. Of several reasons for one target the last counts.
func (n *names) passed(r *audit.Record) (bits uint16) {
	if r.Outcome == audit.Served {
		return 0
	}
	for i, s := range r.Skips {
		again := func(later audit.Skip) bool { return later.Target == s.Target }
		tried := func(a audit.Attempt) bool { return a.Target == s.Target }
		if slices.ContainsFunc(r.Skips[i+1:], again) || slices.ContainsFunc(r.Attempts, tried) {
			continue
		}
		if k := slices.Index(n.skips, s.Reason); k >= 0 {
			bits |= 1 << k
		}
	}
	return bits
}
