package gate_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/stats"
)

var runs = flag.Int("stats", 60, "simulated runs of each statistical check")

// The figures of a seed are drawn as the engine makes them: both configs share the
// seed's luck (arrivals, sizes, weather), and each has some of its own. The spreads
// are of the size seen over the incidents of the library. Failures are counts, so
// availability lies on a lattice; one time to first token in twenty is a bad day's.
const requests = 20_000

// sim draws runs; the effects are what HEAD truly adds.
type simulated struct {
	*rand.Rand
	failures  float64 // lost by HEAD beyond BASE's, as a share of the requests
	ttft      float64 // factor on HEAD's, 1 is none
	cost      float64
	badDays   float64    // share of seeds on which a config has bad luck with its time to first token
	tolerance [3]float64 // of availability, ttft_p95 and cost_per_1k
}

func (s *simulated) poisson(mean float64) float64 {
	if mean > 30 {
		return max(0, math.Round(mean+math.Sqrt(mean)*s.NormFloat64()))
	}
	n, p := 0.0, s.Float64()
	for p > math.Exp(-mean) {
		p *= s.Float64()
		n++
	}
	return n
}

// own is one config's own luck with the time to first token, as a logarithm.
func (s *simulated) own() float64 {
	v := 0.015 * s.NormFloat64()
	if s.Float64() < s.badDays {
		v += 0.1 * s.ExpFloat64()
	}
	return v
}

// add draws one more seed for the three rows of a scenario. Scenarios lose 3 to
// 200 requests a seed.
func (s *simulated) add(tests []gate.Test, scenario int) {
	lost := []float64{3, 20, 200}[scenario%3]
	shared, weather, size := s.poisson(0.7*lost), 0.03*s.NormFloat64(), 0.01*s.NormFloat64()
	base, head := s.own(), s.own()
	up := func(failed float64) float64 { return 1 - failed/requests }
	row := [3][2]float64{
		{up(shared + s.poisson(0.3*lost)), up(shared + s.poisson(0.3*lost+s.failures*requests))},
		{1.4 * math.Exp(weather+base), 1.4 * s.ttft * math.Exp(weather+head)},
		{3.5 * math.Exp(size+0.003*s.NormFloat64()+base/10), 3.5 * s.cost * math.Exp(size+0.003*s.NormFloat64()+head/10)},
	}
	for k := range tests {
		tests[k].Samples = append(tests[k].Samples, gate.Sample{
			Seed: uint64(len(tests[k].Samples) + 1), Base: figure(row[k][0]), Head: figure(row[k][1]),
		})
	}
}

// rows makes the empty rows of a run.
func (s *simulated) rows(scenarios int) []gate.Test {
	var out []gate.Test
	for i := range scenarios {
		for k, m := range gate.Default(true) {
			m.Tolerance = s.tolerance[k]
			out = append(out, gate.Test{Scenario: fmt.Sprint(i), Metric: m})
		}
	}
	return out
}

// run draws a run that adds blocks of seeds until it is decided, and returns
// its verdict.
func (s *simulated) run(scenarios, block, blocks, looks int) gate.Verdict {
	tests := s.rows(scenarios)
	verdict := gate.Inconclusive
	for look := 0; look < blocks && verdict == gate.Inconclusive; look++ {
		for range block {
			for i := range scenarios {
				s.add(tests[3*i:3*i+3], i)
			}
		}
		verdict = verdictOf(gate.Judge(tests, looks))
	}
	return verdict
}

func verdictOf(rows []gate.Row) gate.Verdict {
	r := gate.Result{Scenarios: []gate.Scenario{{Rows: rows}}}
	r.Conclude()
	return r.Verdict
}

// rates runs the simulation and returns the shares of alarms and of passes.
func (s *simulated) rates(scenarios, block, blocks, looks int) (alarms, passes float64) {
	for range *runs {
		switch s.run(scenarios, block, blocks, looks) {
		case gate.Worse:
			alarms++
		case gate.NonInferior:
			passes++
		case gate.Inconclusive, gate.Broken:
		}
	}
	return alarms / float64(*runs), passes / float64(*runs)
}

// band is how far a share of n draws may lie from p: 99 in 100 do.
func band(p float64, n int) float64 { return 2.576 * math.Sqrt(p*(1-p)/float64(n)) }

func harmless(seed uint64) *simulated {
	return &simulated{Rand: rand.New(rand.NewPCG(seed, 1)), ttft: 1, cost: 1, badDays: 0.05}
}

// atTheEdge is a HEAD that is worse by exactly the tolerance everywhere.
func atTheEdge(seed uint64) *simulated {
	s := harmless(seed)
	s.tolerance = [3]float64{0.0005, 0.05, 0.02}
	s.failures, s.ttft, s.cost = 0.0005, 1.05, 1.02
	return s
}

// TestFalseAlarmsPerRun: equivalent configs at a tolerance of zero, and configs
// that use their tolerance up, are the cases in which alarms are most frequent.
func TestFalseAlarmsPerRun(t *testing.T) {
	limit := gate.Alarms + band(gate.Alarms, *runs)
	default5 := harmless(1)
	default5.tolerance = [3]float64{0.0005, 0.05, 0.02}
	tests := []struct {
		name            string
		s               *simulated
		scenarios       int
		block, n, looks int
	}{
		{"equivalent, nothing tolerated, 24 rows", harmless(2), 8, 5, 1, 1},
		{"equivalent, nothing tolerated, 3 rows", harmless(3), 1, 5, 1, 1},
		{"equivalent, nothing tolerated, 10 seeds", harmless(4), 8, 10, 1, 1},
		{"equivalent, the usual tolerances", default5, 8, 5, 1, 1},
		{"at the edge of every tolerance", atTheEdge(5), 8, 5, 1, 1},
		{"at the edge, seeds added up to 20", atTheEdge(6), 2, 5, 4, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			alarms, passes := tt.s.rates(tt.scenarios, tt.block, tt.n, tt.looks)
			t.Logf("of %d runs %.2f%% raise an alarm, %.2f%% pass; %.2f%% may raise one", *runs, 100*alarms, 100*passes, 100*limit)
			require.LessOrEqual(t, alarms, limit)
			if tt.s.failures > 0 {
				require.LessOrEqual(t, passes, limit, "a pass at the edge is as wrong as an alarm")
			}
		})
	}
}

// TestCorrectionsAreNeeded: without them the same simulation is out of its band,
// so the test above can fail.
func TestCorrectionsAreNeeded(t *testing.T) {
	limit := gate.Alarms + band(gate.Alarms, *runs)
	s, alone := harmless(2), 0.0
	for range *runs {
		tests := s.rows(8)
		for range 5 {
			for i := range 8 {
				s.add(tests[3*i:3*i+3], i)
			}
		}
		for i := range tests {
			if verdictOf(gate.Judge(tests[i:i+1], 1)) == gate.Worse {
				alone++
				break
			}
		}
	}
	alone /= float64(*runs)
	t.Logf("every row by itself: %.2f%%", 100*alone)
	require.Greater(t, alone, limit, "Holm")
	if *runs < 1000 {
		return // too few to tell the two shares apart
	}
	peeking, _ := atTheEdge(6).rates(1, 4, 10, 1)
	t.Logf("ten looks at the price of one: %.2f%%", 100*peeking)
	require.Greater(t, peeking, limit, "the correction for looks")
}

// TestIndependentRowsUseTheLevelUp: where the theory says exactly how often an
// alarm comes, it comes that often, not less.
func TestIndependentRowsUseTheLevelUp(t *testing.T) {
	const rows = 24
	r := rand.New(rand.NewPCG(7, 1))
	m := gate.Metric{Name: "retry_amplification", Metric: "retry_amplification", Gated: true}
	alarms := 0.0
	for range *runs {
		tests := make([]gate.Test, rows)
		for i := range tests {
			tests[i] = gate.Test{Scenario: fmt.Sprint(i), Metric: m}
			for k := range 5 {
				tests[i].Samples = append(tests[i].Samples, gate.Sample{Seed: uint64(k), Base: figure(1), Head: figure(1 + r.NormFloat64())})
			}
		}
		if verdictOf(gate.Judge(tests, 1)) == gate.Worse {
			alarms++
		}
	}
	alarms /= float64(*runs)
	want := 1 - math.Pow(1-gate.Alarms/rows, rows)
	t.Logf("of %d runs %.2f%% raise an alarm, %.2f%% should", *runs, 100*alarms, 100*want)
	require.InDelta(t, want, alarms, band(want, *runs))
}

// TestCoverage: a true difference that is known lies in 95 of 100 intervals.
func TestCoverage(t *testing.T) {
	effect := harmless(8)
	effect.failures, effect.ttft, effect.cost = 0.001, 1.1, 1.05
	truth := [3]float64{-0.001, 0.1, 0.05}
	for _, seeds := range []int{5, 10, 20} {
		effect.badDays = 0
		for scenario, lost := range []int{3, 20, 200} {
			held := [3]float64{}
			for range *runs {
				tests := effect.rows(1)
				for range seeds {
					effect.add(tests, scenario)
				}
				for k, row := range gate.Judge(tests, 1) {
					if float64(*row.Low) <= truth[k] && truth[k] <= float64(*row.High) {
						held[k]++
					}
				}
			}
			for k, m := range gate.Default(true) {
				share := held[k] / float64(*runs)
				t.Logf("%2d seeds, %3d lost of %d: %-12s %.2f%%", seeds, lost, requests, m.Name, 100*share)
				require.InDelta(t, gate.Level, share, band(gate.Level, *runs), "%s, %d seeds", m.Name, seeds)
			}
		}
	}
}

// TestCoverageWithBadDays: outliers on both sides make the interval too wide
// rather than too narrow.
func TestCoverageWithBadDays(t *testing.T) {
	s := harmless(10)
	for _, seeds := range []int{5, 20} {
		held := 0.0
		for range *runs {
			tests := s.rows(1)
			for range seeds {
				s.add(tests, 2)
			}
			if row := gate.Judge(tests, 1)[1]; *row.Low <= 0 && *row.High >= 0 {
				held++
			}
		}
		share := held / float64(*runs)
		t.Logf("%2d seeds: ttft_p95 %.2f%%", seeds, 100*share)
		require.GreaterOrEqual(t, share, gate.Level-band(gate.Level, *runs), "%d seeds", seeds)
	}
}

// TestCoverageOfSkewedDifferences says what the interval is worth where it is
// worth less; the floor is what the documentation states.
func TestCoverageOfSkewedDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	tests := []struct {
		name  string
		draw  func() float64
		mean  float64
		floor map[int]float64
	}{
		{"exponential", r.ExpFloat64, 1, map[int]float64{5: .885, 10: .93, 20: .945}},
		{"lognormal", func() float64 { return math.Exp(r.NormFloat64()) }, math.Exp(.5), map[int]float64{5: .82, 10: .875, 20: .92}},
	}
	for _, tt := range tests {
		for _, n := range []int{5, 10, 20} {
			held := 0.0
			for i := range *runs {
				x := make([]float64, n)
				for k := range x {
					x[k] = tt.draw()
				}
				p := stats.NewPaired(x, uint64(i))
				if low, high := p.Interval(gate.Level); low <= tt.mean && tt.mean <= high {
					held++
				}
			}
			share := held / float64(*runs)
			t.Logf("%s, %d seeds: %.2f%%", tt.name, n, 100*share)
			require.GreaterOrEqual(t, share, tt.floor[n]-band(tt.floor[n], *runs), "%s, %d seeds", tt.name, n)
		}
	}
}
