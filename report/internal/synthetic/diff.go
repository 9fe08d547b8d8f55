package synthetic

import (
	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
)

// Diff is a comparison with every kind of row: one that is better, worse,
// inconclusive, within its tolerance, absent, and informational ones that moved
// and that did not.
func Diff() *gate.Result {
	r := &gate.Result{
		Version: gate.Version, Base: "main:router.yaml", Head: "router.yaml", Looks: 1,
		ProgramVersion: "0.0.0-test", Arch: "test",
		Reproduce: "routedrill diff main:router.yaml router.yaml outage slow-drip --seeds 5",
		Findings:  []string{"policy head: a finding"},
		LeftOut:   []string{"long-outage (12000 requests at each seed)"}, NotCompared: []string{"long-outage"},
	}
	r.SetLevels()
	names := []string{"outage", "slow-drip"}
	rows := gate.Judge(append(diffTests(names[0], 0), diffTests(names[1], 0.002)...), 1)
	n := len(rows) / 2
	for i, name := range names {
		r.Scenarios = append(r.Scenarios, gate.Scenario{
			Name: name, File: name + ".yaml", World: "two", Start: "2025-01-01T00:00:00Z", Seeds: []uint64{1, 2, 3, 4, 5}, Requests: 10_000, Rows: rows[i*n : (i+1)*n],
		})
	}
	r.Scenarios[1].Verdict = gate.Inconclusive
	r.Scenarios[1].Reasons = []string{"fault tail hit no request of either config"}
	r.Conclude()
	return r
}

// diffTests makes the rows of one scenario. The shift moves its availability.
func diffTests(scenario string, shift float64) []gate.Test {
	metrics := gate.With(gate.Default(true))
	change := map[string][5]float64{ // of head against base at each seed, as a share
		"availability": {.08 - 45*shift, .083 - 45*shift, .081 - 45*shift, .079 - 45*shift, .08 - 45*shift},
		"ttft_p95":     {-.02, .11, .03, .08, -.01},
		"cost_per_1k":  {.004, .003, -.002, .005, .001},
		"latency_p95":  {-.2, -.21, -.19, -.2, -.22},
		"wasted_cost":  {.5, -.4, .1, .2, -.3},
	}
	base := map[string]float64{"availability": 0.9, "ttft": 1.5, "latency": 6, "cost_per_1k": 3.5, "wasted_cost": 0.02}
	out := make([]gate.Test, 0, len(metrics))
	for _, m := range metrics {
		t := gate.Test{Scenario: scenario, Metric: m}
		for i := range 5 {
			s := gate.Sample{Seed: uint64(i + 1)}
			if value, known := base[m.Metric]; known {
				value *= 1 + 0.001*float64(i)
				s.Base = report.Measured{Value: value, N: 100, OK: true}
				s.Head = report.Measured{Value: value * (1 + change[m.Name][i]), N: 100, OK: true}
			}
			t.Samples = append(t.Samples, s)
		}
		out = append(out, t)
	}
	return out
}
