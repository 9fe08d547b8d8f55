package sim_test

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

var agreement = flag.Bool("agreement", false, "run the long comparison of both clocks, minutes of real time")

// A pair is a drill that runs on both clocks.
type pair struct {
	name     string
	library  string // a library scenario, compressed
	compress int
	set      []string
	text     string // or one as text
}

// withoutChance is for squeezed drills, whose faults last about as long as a
// breaker is open and a request may wait. With a single provider it is then
// chance whether a probe, or the end of a wait, falls into a good or a bad moment,
// and availability differs by 30 points between seeds: nothing to compare. So
// that policy runs without a breaker, waits and last resorts there.
var withoutChance = []string{
	"gate.except=[single]",
	"policies=[{name: single, from: single-provider, resilience: {max_wait: 0s, last_resort: false, breaker: {min_samples: 1000000}}}, priority]",
}

var pairs = []pair{
	{name: "openai-2024-12-11 ÷ 120", library: "openai-2024-12-11", compress: 120, set: withoutChance},
	{name: "flapping-primary ÷ 30", library: "flapping-primary", compress: 30, set: withoutChance},
	{name: "overloaded-secondary ÷ 20", library: "overloaded-secondary", compress: 20, set: withoutChance},
	{name: "streams of 4,000 tokens", text: `
version: 1
name: long-streams
duration: 1m
policies: [priority]
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, max_output: 8000, ttft: {p50: 300ms, p95: 600ms}, itl: 8ms}}}
    b: {models: {m: {price: {input: 1, output: 2}, max_output: 8000, ttft: {p50: 400ms, p95: 700ms}, itl: 6ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: 2/s}
  tasks: [{name: long, model: r, stream: true, prompt_tokens: 50, output_tokens: 4000, deadline: 2m, client: {preset: none, timeout: 2m}}]
`},
	{name: "fault edges inside streams", text: `
version: 1
name: edges
duration: 1m
policies: [priority]
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: {p50: 300ms, p95: 600ms}, itl: 20ms}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: {p50: 400ms, p95: 700ms}, itl: 20ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: 5/s}
  tasks: [{name: s, model: r, stream: true, prompt_tokens: 50, output_tokens: 300, deadline: 60s}]
timeline:
  - {id: cut, at: 15s, for: 5s, provider: a, fault: {kind: reset, rate: 0.5}}
  - {id: slow, at: 30s, for: 5s, provider: a, fault: {kind: delay, factor: 3}}
  - {id: stall, at: 45s, for: 5s, provider: a, fault: {kind: hang, rate: 0.5}}
`},
}

// TestAgreementLong runs the pairs on both clocks and prints them side by side.
func TestAgreementLong(t *testing.T) {
	if !*agreement {
		t.Skip("needs -agreement: minutes of real time")
	}
	var mu sync.Mutex
	for _, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			virtual, wall, bad := p.both(t)
			text, differences := compare(t, virtual, wall, true)
			differences = append(differences, bad...)
			mu.Lock()
			defer mu.Unlock()
			fmt.Printf("\n%s\n%s", p.name, text)
			require.Empty(t, differences)
		})
	}
}

// TestAgreement is the short form: a few seconds of real time, in which what is
// counted, not how long it took, is held against the virtual clock. Real time is
// disturbed by whatever else the machine does, so it may take some tries; a
// difference between the clocks shows every time. No breaker opens, since it
// would make much of a single request.
func TestAgreement(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	p := pair{text: `
version: 1
name: short
duration: 5s
policies:
  - {name: single, from: single-provider, resilience: {breaker: {min_samples: 1000}}}
  - {name: priority, from: priority, resilience: {breaker: {min_samples: 1000}}}
  - {name: hedged, from: priority, resilience: {breaker: {min_samples: 1000}, hedge: {after: 20ms}, retry_budget: {ratio: 2, floor: 100}}}
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: 50ms, itl: 1ms}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: 50ms, itl: 1ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: constant, rate: 40/s}
  tasks: [{name: t, model: r, prompt_tokens: 50, output_tokens: 20}, {name: s, model: r, stream: true, prompt_tokens: 50, output_tokens: 100}]
timeline:
  - {id: errors, at: 1s, for: 1s, provider: a, fault: {kind: status, status: 503, rate: 0.4}}
  - {id: cuts, at: 2500ms, for: 1s, provider: a, fault: {kind: reset, rate: 0.4}}
`}
	for try := range 4 {
		virtual, wall, bad := p.both(t)
		text, differences := compare(t, virtual, wall, false)
		t.Logf("try %d\n%s%v", try, text, bad)
		if len(differences)+len(bad) == 0 {
			return
		}
	}
	t.Fatal("the clocks differ every time")
}

// both runs the drill on the two clocks. Bad are the invariants broken in real time.
func (p *pair) both(t *testing.T) (virtual, wall *report.Result, bad []string) {
	t.Helper()
	o := scenarios.Options{Set: p.set}
	name := p.library
	if p.text != "" {
		name = "pair.yaml"
		o.ReadFile = func(string) ([]byte, error) { return []byte(p.text), nil }
	}
	s, err := scenarios.Load(name, o, sim.Vocabulary())
	require.NoError(t, err)
	s = sim.Compress(s, p.compress)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run := func(clock sim.Clock) *report.Result {
		r, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}, Clock: clock})
		require.NoError(t, err)
		for i := range r.Cells {
			bad = append(bad, broken(&r.Cells[i])...)
		}
		return report.Compute(r, nil)
	}
	virtual = run(sim.Virtual)
	require.Empty(t, bad)
	return virtual, run(sim.Wall), bad
}

// compare prints both and says where they do not agree: availability within a
// point, cost and attempts within 3 %, and with times also p50 and p95 of latency
// and TTFT within 10 % or 20 ms.
func compare(t *testing.T, virtual, wall *report.Result, times bool) (text string, differences []string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "  %-18s %-14s %12s %12s %10s\n", "policy", "figure", "virtual", "wall", "difference")
	for i := range virtual.Cells {
		v, w := &virtual.Cells[i], &wall.Cells[i]
		line := func(figure string, x, y float64, unit string, within func() bool) {
			fmt.Fprintf(&b, "  %-18s %-14s %10.4g%-2s %10.4g%-2s %+9.2f%%\n", v.Policy, figure, x, unit, y, unit, 100*(y-x)/math.Max(x, 1e-9))
			if !within() {
				differences = append(differences, fmt.Sprintf("%s: %s is %v in virtual time and %v on the wall clock", v.Policy, figure, x, y))
			}
		}
		share := func(figure string, x, y, most float64, unit string) {
			line(figure, x, y, unit, func() bool { return math.Abs(y-x) <= most*x })
		}
		require.Equal(t, v.Requests, w.Requests)
		x, y := float64(*v.Availability), float64(*w.Availability)
		line("availability", x, y, "", func() bool { return math.Abs(x-y) <= 0.01 })
		share("cost", float64(*v.Cost), float64(*w.Cost), 0.03, "$")
		share("attempts", float64(v.Attempts), float64(w.Attempts), 0.03, "")
		if !times {
			continue
		}
		duration := func(figure string, x, y *report.Millis) {
			if x == nil || y == nil {
				require.Equal(t, x == nil, y == nil, figure)
				return
			}
			a, c := time.Duration(*x), time.Duration(*y)
			line(figure, a.Seconds(), c.Seconds(), "s", func() bool {
				return (c - a).Abs() <= max(20*time.Millisecond, a/10)
			})
		}
		duration("latency p50", v.Latency.P50, w.Latency.P50)
		duration("latency p95", v.Latency.P95, w.Latency.P95)
		duration("ttft p50", v.TTFT.P50, w.TTFT.P50)
		duration("ttft p95", v.TTFT.P95, w.TTFT.P95)
	}
	return b.String(), differences
}
