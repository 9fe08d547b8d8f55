package sim_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

// tie is a scenario built so that as much as possible falls on one instant.
type tie struct {
	name  string
	text  string
	trace string
	// reached says whether the run came to the situation it is about.
	reached func(c *record.Cell) bool
}

const tieWorld = `
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: 400ms, itl: 10ms}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: 400ms, itl: 10ms}}}
  routes: {r: [a/m, b/m]}
`

var ties = []tie{
	{
		name: "equal constant latencies on the arrival grid",
		text: `
version: 1
name: grid
duration: 2m
policies: [priority, {name: nervous, from: priority, resilience: {breaker: {min_samples: 5, open_for: 1s, window: 5s}}}]
world:` + tieWorld + `
  load: {arrivals: constant, rate: 20/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 11, max_tokens: 100}, {name: s, model: r, stream: true, prompt_tokens: 10, output_tokens: 11}]
timeline: [{id: f, at: 20s, for: 1m, provider: a, fault: {kind: status, status: 503, rate: 0.5}, flap: {period: 10s, duty: 0.5}}]
`,
		reached: func(c *record.Cell) bool { return len(c.Transitions) > 0 || c.Policy == "priority" },
	},
	{
		name: "client deadline = total timeout = 3 × attempt timeout",
		text: `
version: 1
name: thirds
duration: 3m
policies: [{name: thirds, from: priority, resilience: {total_timeout: 30s, attempt_timeout: 10s, ttft_timeout: 10s, max_attempts: 10, breaker: {min_samples: 1000}}}]
world:` + tieWorld + `
  load: {arrivals: constant, rate: 1/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 10, deadline: 30s, client: {preset: none, timeout: 30s}}, {name: s, model: r, stream: true, prompt_tokens: 10, output_tokens: 10, deadline: 30s}]
timeline: [{id: f, at: 10s, for: 2m, fault: {kind: hang}}]
`,
		reached: func(c *record.Cell) bool { return count(c, "attempt_timeout") > 50 },
	},
	{
		name: "latency equal to a timeout",
		text: `
version: 1
name: edge
duration: 2m
policies: [{name: edge, from: priority, resilience: {total_timeout: 20s, attempt_timeout: 4s, ttft_timeout: 4s, breaker: {min_samples: 1000}}}]
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: 4s, itl: 0s}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: 1s, itl: 10ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: constant, rate: 5/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 1, deadline: 8s}, {name: s, model: r, stream: true, prompt_tokens: 10, output_tokens: 50}]
`,
		reached: func(c *record.Cell) bool {
			return count(c, "attempt_timeout")+count(c, "ttft_timeout") > 50
		},
	},
	{
		name: "probes on the arrival grid",
		text: `
version: 1
name: probes
duration: 2m
policies: [{name: probes, from: priority, resilience: {cooldown: {default: 1s, max: 2s}, breaker: {window: 10s, min_samples: 4, open_for: 1s, max_open_for: 1s, probes: 2}}}]
world:` + tieWorld + `
  load: {arrivals: constant, rate: 10/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 11}]
timeline: [{id: f, at: 10s, for: 1m, provider: a, fault: {kind: status, status: 500}}]
`,
		reached: func(c *record.Cell) bool { return len(c.Transitions) > 50 },
	},
	{
		name: "replicas that fail on the arrival grid",
		text: `
version: 1
name: replicas
duration: 2m
replicas: 5
policies: [{name: replicas, from: priority, resilience: {cooldown: {default: 1s, max: 2s}, breaker: {window: 10s, min_samples: 4, open_for: 1s, max_open_for: 1s}}}]
world:` + tieWorld + `
  load: {arrivals: constant, rate: 20/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 11}, {name: s, model: r, stream: true, prompt_tokens: 10, output_tokens: 11}]
timeline: [{id: f, at: 10s, for: 1m, provider: a, fault: {kind: status, status: 503, rate: 0.9}}]
`,
		reached: func(c *record.Cell) bool { return len(c.Transitions) > 50 },
	},
	{
		name: "equal arrival stamps",
		text: `
version: 1
name: stamps
duration: 2m
policies: [single-provider, priority, round-robin, least-busy, latency-first, cost-first, balanced]
world:` + tieWorld + `
  load: {trace: {file: t.jsonl, format: mooncake}}
  tasks: [{name: t, model: r, stream: true}]
timeline: [{id: f, at: 30s, for: 30s, provider: a, fault: {kind: reset, rate: 0.7}}]
`,
		trace:   equalStamps(),
		reached: func(c *record.Cell) bool { return len(c.Requests) == 600 },
	},
	{
		name: "a capacity queue that frees a slot as a retry comes due",
		text: `
version: 1
name: queue
duration: 2m
policies: [{name: single, from: single-provider, resilience: {max_attempts: 5, retry_budget: {ratio: 5, floor: 1000}, backoff: {base: 400ms, max: 400ms}, cooldown: {default: 400ms, max: 1s}, breaker: {min_samples: 10000}}}]
world:
  providers:
    a: {capacity: {concurrency: 2, queue: 1, status: 503}, models: {m: {price: {input: 1, output: 2}, ttft: 400ms, itl: 0s}}}
  routes: {r: [a/m]}
  load: {arrivals: constant, rate: 5/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 1, client: {preset: openai-python, timeout: 20s}}]
timeline: [{id: slow, at: 10s, for: 1m, fault: {kind: delay, factor: 2}}]
`,
		reached: func(c *record.Cell) bool { return count(c, "server_error") > 50 },
	},
}

// A hedge may come, and either answer, at the instant of the other's, of an
// arrival, a timeout or the freeing of a place that another hedge waits for.
var hedgeTies = []tie{
	{
		name: "a hedge that answers as the first does",
		text: `
version: 1
name: photo-finish
duration: 2m
policies:
  - {name: both, from: priority, resilience: {hedge: {after: 2s}, retry_budget: 10, breaker: {slow_call: 3s, slow_rate: 0.9, window: 10s, open_for: 1s, min_samples: 5}}}
  - {name: quantile, from: priority, resilience: {hedge: {after: p50}, retry_budget: 10, stream: {commit: complete}}}
  - {name: full, from: priority, resilience: {hedge: {after: 2s}, retry_budget: 0.5, bulkhead: {max_concurrent: 12}}}
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: 4s, itl: 0s}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: 1999500us, itl: 0s}}}
    c: {models: {m: {price: {input: 1, output: 2}, ttft: 2s, itl: 0s}}}
  routes: {r: [a/m, b/m, c/m]}
  load: {arrivals: constant, rate: 5/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 5, deadline: 20s}, {name: s, model: r, stream: true, prompt_tokens: 10, output_tokens: 5, deadline: 20s}]
timeline: [{id: f, at: 30s, for: 30s, provider: a, fault: {kind: status, status: 503, rate: 0.3}}]
`,
		reached: func(c *record.Cell) bool {
			won, lost := races(c)
			return won >= 15 && lost >= 15 || c.Policy == "quantile" && hedges(c) > 20
		},
	},
	{
		name: "two attempts, a client and a router that give up at once",
		text: `
version: 1
name: give-up
duration: 2m
policies: [{name: give-up, from: priority, resilience: {hedge: {after: 5s}, retry_budget: 10, total_timeout: 10s, attempt_timeout: 10s, ttft_timeout: 5s, reserve: 0s, breaker: {min_samples: 10, open_for: 1s}}}]
world:` + tieWorld + `
  load: {arrivals: constant, rate: 2/s}
  tasks: [{name: t, model: r, prompt_tokens: 10, output_tokens: 10, deadline: 10s, client: {preset: none, timeout: 10s}}, {name: s, model: r, stream: true, prompt_tokens: 10, output_tokens: 10, deadline: 10s}]
timeline: [{id: f, at: 10s, for: 90s, fault: {kind: hang, rate: 0.7}}]
`,
		reached: func(c *record.Cell) bool {
			return hedges(c) > 20 && count(c, "total_timeout")+count(c, "client_cancelled") > 20
		},
	},
}

// hedges counts the attempts that are hedges, races those of them that answered
// and that lost.
func hedges(c *record.Cell) (n int) {
	for i := range c.Attempts {
		if c.Attempts[i].Hedge {
			n++
		}
	}
	return n
}

func races(c *record.Cell) (won, lost int) {
	for i := range c.Attempts {
		switch a := &c.Attempts[i]; {
		case a.Hedge && a.Served:
			won++
		case a.Hedge && c.Reasons[a.Reason] == "hedge_lost":
			lost++
		}
	}
	return won, lost
}

// equalStamps is a trace of 60 clusters of 10 requests at one instant each.
func equalStamps() string {
	var b strings.Builder
	for i := range 600 {
		fmt.Fprintf(&b, `{"timestamp": %d, "input_length": %d, "output_length": %d, "hash_ids": [0]}`+"\n", i/10*1000, 20+i%3, 30)
	}
	return b.String()
}

// count counts the attempts that ended for a reason.
func count(c *record.Cell, reason string) (n int) {
	for _, a := range c.Attempts {
		if c.Reasons[a.Reason] == reason {
			n++
		}
	}
	return n
}

// TestTies runs each tie several times at several GOMAXPROCS. Every log must
// be the same to the byte, and every invariant must hold.
func TestTies(t *testing.T) {
	for _, tt := range slices.Concat(ties, hedgeTies) {
		t.Run(tt.name, func(t *testing.T) {
			want := ""
			for _, procs := range []int{1, 2, 4, 1, 2, 4} {
				run := runText(t, tt.text, tt.trace, procs)
				for i := range run.Cells {
					c := &run.Cells[i]
					require.True(t, tt.reached(c), "policy %s never came to what the test is about", c.Policy)
					requireInvariants(t, c)
				}
				got := digest(t, run)
				if want == "" {
					want = got
				}
				require.Equal(t, want, got, "GOMAXPROCS=%d", procs)
			}
		})
	}
}

func requireInvariants(t *testing.T, c *record.Cell) {
	t.Helper()
	require.Empty(t, broken(c))
}

// broken says which invariants a cell breaks.
func broken(c *record.Cell) (list []string) {
	for _, r := range check.All(c) {
		if r.Violations > 0 {
			list = append(list, fmt.Sprintf("policy %s seed %d: invariant %d (%s): %v", c.Policy, c.Seed, r.Number, r.Name, r.Examples))
		}
	}
	return list
}

// runText runs a scenario given as text.
func runText(t testing.TB, text, trace string, procs int) *record.Run {
	t.Helper()
	if procs > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	}
	s, err := scenarios.Load("test.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}, sim.Vocabulary())
	require.NoError(t, err)
	return runScenario(t, s, trace)
}

func runScenario(t testing.TB, s *scenarios.Scenario, trace string) *record.Run {
	t.Helper()
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(context.Background(), sim.Options{
		Scenario: s, Policies: policies, Seeds: []uint64{1},
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(trace)), nil },
	})
	require.NoError(t, err)
	return run
}

// digest is a hash over every record of a run.
func digest(t testing.TB, run *record.Run) string {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, record.WriteLog(&buf, run))
	return fmt.Sprintf("%x", sha256.Sum256(buf.Bytes()))
}
