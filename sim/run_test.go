package sim_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
)

const small = `
version: 1
name: small
duration: %s
world:` + tieWorld + `
  load: {arrivals: poisson, rate: %s}
  tasks: [{name: t, model: r, prompt_tokens: {p50: 50, p95: 200}, output_tokens: {p50: 20, p95: 80}}, {name: s, model: r, stream: true}]
timeline: [{id: f, at: 1s, for: %s, provider: a, fault: {kind: status, status: 503, rate: 0.5}}]
policies: [single-provider, priority]
`

func load(t testing.TB, text string, args ...any) *scenarios.Scenario {
	t.Helper()
	data := []byte(fmt.Sprintf(text, args...))
	s, err := scenarios.Load("test.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return data, nil }}, sim.Vocabulary())
	require.NoError(t, err)
	return s
}

// An interrupted run comes back soon, with what there is, and says so.
func TestInterrupt(t *testing.T) {
	for _, clock := range []sim.Clock{sim.Virtual, sim.Wall} {
		t.Run(string(clock), func(t *testing.T) {
			defer goleak.VerifyNone(t)
			s := load(t, small, "24h", "40/s", "10s")
			policies, err := sim.Policies(s, []string{"priority"}, nil)
			require.NoError(t, err)
			var stop atomic.Bool
			progress := new(sim.Progress)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for progress.Done() < 20 {
					time.Sleep(time.Millisecond) // polls what only real time can bring about
				}
				stop.Store(true)
				cancel()
			}()
			run, err := sim.Run(ctx, sim.Options{
				Scenario: s, Policies: policies, Seeds: []uint64{1}, Clock: clock, Progress: progress, Stop: &stop,
			})
			require.NoError(t, err)
			c := &run.Cells[0]
			require.True(t, c.Interrupted)
			require.GreaterOrEqual(t, len(c.Requests), 20)
			require.Less(t, len(c.Requests), c.Planned)
			requireInvariants(t, c)
		})
	}
}

// Every policy meets the same load and the same luck: a request that is asked
// of one provider by two policies is the same request and gets the same answer.
func TestCommonRandomNumbers(t *testing.T) {
	run := runScenario(t, load(t, small, "4m", "20/s", "1m"), "")
	single, priority := &run.Cells[0], &run.Cells[1]
	require.Equal(t, len(single.Requests), len(priority.Requests))
	for i := range single.Requests {
		a, b := single.Requests[i], priority.Requests[i]
		require.Equal(t, a.Scheduled, b.Scheduled)
		require.Equal(t, a.Task, b.Task)
	}
	first := func(c *record.Cell) map[uint32]record.Entry {
		m := map[uint32]record.Entry{}
		for _, e := range c.Journal {
			if e.Target == 0 && e.Nth == 0 {
				m[e.Seq] = e
			}
		}
		return m
	}
	x, y := first(single), first(priority)
	compared := 0
	for seq, e := range x {
		f, ok := y[seq]
		if !ok || e.Arrived < 61*time.Second && e.Arrived > time.Second {
			continue // the fault's hits are compared below
		}
		require.Equal(t, e.PlannedOut, f.PlannedOut)
		require.Equal(t, e.FirstToken-e.Started, f.FirstToken-f.Started, "request %d", seq)
		compared++
	}
	require.Greater(t, compared, 300) // the rest is at the fallback while the primary is on its ramp
	for seq, e := range x {
		if f, ok := y[seq]; ok {
			require.Equal(t, e.Faults, f.Faults, "the fault hits request %d under every policy or none", seq)
		}
	}
}

// Another seed is another load and other luck.
func TestSeeds(t *testing.T) {
	s := load(t, small, "1m", "20/s", "30s")
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{3, 4}})
	require.NoError(t, err)
	require.Len(t, run.Cells, 4)
	for i, want := range []struct {
		policy string
		seed   uint64
	}{{"single-provider", 3}, {"single-provider", 4}, {"priority", 3}, {"priority", 4}} {
		require.Equal(t, want.policy, run.Cells[i].Policy)
		require.Equal(t, want.seed, run.Cells[i].Seed)
	}
	require.NotEqual(t, run.Cells[2].Requests[0].Scheduled, run.Cells[3].Requests[0].Scheduled)
}

func TestRefused(t *testing.T) {
	s := load(t, small, "1m", "20/s", "30s")
	files := map[string]string{
		"ghost.yaml":  "version: 1\nproviders:\n  ghost: {wire: openai, base_url: https://x/v1}\n",
		"model.yaml":  "version: 1\nproviders:\n  a: {wire: openai, base_url: https://x/v1, models: {n: {}}}\n",
		"target.yaml": "version: 1\nroutes:\n  r: [a/n]\n",
		"key.yaml":    "version: 1\nresiliense: {}\n",
	}
	read := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}
	tests := []struct{ name, policy, want string }{
		{"provider without a fake", "ghost.yaml", "ghost.yaml:3: providers.ghost: the world inline (test.yaml) has no fake of that name; it has a, b"},
		{"model without a fake", "model.yaml", "model.yaml:3: providers.a.models.n: the fake of that name"},
		{"target that is unknown", "target.yaml", "target.yaml:3: routes.r: the world inline (test.yaml) has no target a/n"},
		{"unknown key", "key.yaml", `key.yaml:2:1: resiliense: unknown key (did you mean "resilience"?)`},
		{"missing file", "gone.yaml", "gone.yaml: no such file"},
		{"unknown policy", "prority", `no built-in policy is named "prority" (did you mean "priority"?)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sim.Validate(s, []string{tt.policy}, read, nil)
			require.ErrorContains(t, err, tt.want)
			require.ErrorIs(t, err, sim.ErrInput)
		})
	}
	_, err := sim.Policies(s, []string{"priority", "priority"}, read)
	require.ErrorContains(t, err, "policy priority is named twice")
}

func TestCompress(t *testing.T) {
	s := load(t, small, "60s", "20/s", "30s")
	c := sim.Compress(s, 10)
	require.Equal(t, 6*time.Second, c.Duration)
	require.Equal(t, 100*time.Millisecond, c.Timeline[0].At)
	require.Equal(t, 3*time.Second, c.Timeline[0].For)
	require.InDelta(t, 20, c.World.Load.Rate, 0, "rates stay")
	require.Equal(t, 60*time.Second, s.Duration, "the original stays")
	policies, err := sim.Policies(s, []string{"priority"}, nil)
	require.NoError(t, err)
	require.Contains(t, sim.CompressFindings(c, policies)[0], "is longer than the compressed fault f (3s)")
}
