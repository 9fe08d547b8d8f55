package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

// inWorld loads a scenario of that duration in a world of its own file with that
// load. The scenario's own world, which it replaces, has the task `search`.
func inWorld(t *testing.T, duration, load, more string) (*scenarios.Scenario, error) {
	t.Helper()
	files := map[string]string{
		"ours.yaml":  bareWorld + "load: " + load + "\ntasks: [{name: chat, model: p/m, prompt_tokens: 1, output_tokens: 1}]",
		"own.yaml":   bareWorld + "load: {rate: 1/s}\ntasks: [{name: search, model: p/m, prompt_tokens: 1, output_tokens: 1}]",
		"drill.yaml": fmt.Sprintf("version: 1\nduration: %s\nworld: ./own.yaml\n%s", duration, more),
	}
	return scenarios.Load("drill.yaml", scenarios.Options{World: "ours.yaml", ReadFile: func(name string) ([]byte, error) {
		text, ok := files[strings.TrimPrefix(name, "./")]
		if !ok {
			return nil, fmt.Errorf("no file %s", name)
		}
		return []byte(text), nil
	}}, words())
}

// TestWorldFitsTheDuration: the load of a world that stands by itself lasts as
// long as the scenario, and what was made of it is said.
func TestWorldFitsTheDuration(t *testing.T) {
	flat := func(d time.Duration, rate float64) scenarios.Stage {
		return scenarios.Stage{For: d, From: rate, To: rate}
	}
	const day = "{stages: [{for: 1h, rate: 1/s}, {for: 1h, from: 2/s, to: 4/s}], spikes: [{at: 10m, for: 5m, factor: 2}, {at: 90m, for: 20m, factor: 3}]}"
	spike := func(at, d time.Duration, factor float64) scenarios.Spike {
		return scenarios.Spike{At: at, For: d, Factor: factor}
	}
	for name, row := range map[string]struct {
		duration, load string
		stages         []scenarios.Stage
		spikes         []scenarios.Spike
		note           string
	}{
		"as long": {
			"2h", day, []scenarios.Stage{flat(time.Hour, 1), {For: time.Hour, From: 2, To: 4}},
			[]scenarios.Spike{spike(10*time.Minute, 5*time.Minute, 2), spike(90*time.Minute, 20*time.Minute, 3)}, "",
		},
		"cut within a stage and a spike": {
			"90m30s", day, []scenarios.Stage{flat(time.Hour, 1), {For: 30*time.Minute + 30*time.Second, From: 2, To: 2 + 2*30.5/60}},
			[]scenarios.Spike{spike(10*time.Minute, 5*time.Minute, 2), spike(90*time.Minute, 30*time.Second, 3)}, "lasts 2h and is cut to the 1h30m30s",
		},
		"repeated": {
			"3h30m", day, []scenarios.Stage{flat(time.Hour, 1), {For: time.Hour, From: 2, To: 4}, flat(time.Hour, 1), {For: 30 * time.Minute, From: 2, To: 3}},
			[]scenarios.Spike{
				spike(10*time.Minute, 5*time.Minute, 2), spike(90*time.Minute, 20*time.Minute, 3), spike(130*time.Minute, 5*time.Minute, 2),
			}, "lasts 2h and is repeated over the 3h30m",
		},
		"equal rates are one stage": {"744h", "{stages: [{for: 1s, rate: 1/s}, {for: 1s, rate: 1/s}]}", []scenarios.Stage{flat(744*time.Hour, 1)}, nil, "repeated"},
		"a rate lasts for ever":     {"6h", "{rate: 1/s}", nil, nil, ""},
		"a spike too late":          {"5m", "{rate: 1/s, spikes: [{at: 10m, for: 5m, factor: 2}]}", nil, nil, "spikes of the world after the 5m"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := inWorld(t, row.duration, row.load, "")
			require.NoError(t, err)
			require.Equal(t, row.stages, s.World.Load.Stages)
			require.ElementsMatch(t, row.spikes, s.World.Load.Spikes)
			require.Equal(t, row.note != "", len(s.Notes) > 0, "%v", s.Notes)
			require.Contains(t, strings.Join(s.Notes, "\n"), row.note)
		})
	}
}

// TestWorldTooShortToRepeat is bounded.
func TestWorldTooShortToRepeat(t *testing.T) {
	_, err := inWorld(t, "744h", "{stages: [{for: 1s, rate: 1/s}, {for: 1s, rate: 0.5/s}]}", "")
	require.ErrorContains(t, err, "ours.yaml:")
	require.ErrorContains(t, err, "too short to be repeated over the 744h")
}

// TestInlineStagesStillFillTheDuration: what stands in one document is meant for each other.
func TestInlineStagesStillFillTheDuration(t *testing.T) {
	_, err := inWorld(t, "2h", "{rate: 1/s}", "load: {stages: [{for: 1h, rate: 1/s}]}")
	require.ErrorContains(t, err, "the stages last 1h, the duration is 2h")
}

// TestBurstsKeepTheirSwing when the world is cut to a quieter part: the rate
// swings as far as before, and the dispersion follows.
func TestBurstsKeepTheirSwing(t *testing.T) {
	const bursty = "{stages: [{for: 1h, rate: 1/s}, {for: 1h, rate: 9/s}], burstiness: [{window: 10s, dispersion: 20}, {window: 1m, dispersion: 60}]}"
	levels := func(duration string) []scenarios.BurstLevel {
		s, err := inWorld(t, duration, bursty, "")
		require.NoError(t, err)
		levels, err := s.World.Load.BurstLevels(s.Duration)
		require.NoError(t, err)
		return levels
	}
	whole := levels("2h")
	for _, duration := range []string{"1h", "5h", "2m"} {
		part := levels(duration)
		require.Len(t, part, len(whole))
		for i := range whole {
			require.InDelta(t, whole[i].CV, part[i].CV, 1e-9, duration)
		}
	}
	require.Len(t, levels("30s"), 1, "no burst over a minute in half of one")
}

// TestThresholdsOfAnotherWorld: what the scenario's own world has, and the one
// put in its place has not, is marked; what neither has stays a mistake.
func TestThresholdsOfAnotherWorld(t *testing.T) {
	s, err := inWorld(t, "1h", "{rate: 1/s}", `thresholds: {"ttft{task:search}": "p95 < 2s", availability: ">= 0.9"}`)
	require.NoError(t, err)
	require.Equal(t, "task search", s.Thresholds[0].Absent)
	require.Empty(t, s.Thresholds[1].Absent)
	_, err = inWorld(t, "1h", "{rate: 1/s}", `thresholds: {"ttft{task:serch}": "p95 < 2s"}`)
	require.ErrorContains(t, err, `the scenario has no task "serch"`)
}

// TestRankIsOneProvider: of several routes the first that has such a place says
// who it is, so that an outage of one vendor does not become one of all.
func TestRankIsOneProvider(t *testing.T) {
	const world = `
version: 1
duration: 1h
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: 1ms, itl: 1ms}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: 1ms, itl: 1ms}}}
    c: {models: {m: {price: {input: 1, output: 2}, ttft: 1ms, itl: 1ms}}}
  routes: {one: [a/m], other: [b/m, c/m]}
  load: {rate: 1/s}
  tasks: [{name: x, model: one}, {name: y, model: other}]
timeline:
  - {at: 1m, for: 1m, rank: 1, fault: {kind: status, status: 503}}
  - {at: 1m, for: 1m, rank: 2, fault: {kind: status, status: 503}}
`
	s, err := scenarios.Load("w.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(world), nil }}, words())
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, s.Timeline[0].Select.Providers)
	require.Equal(t, []string{"c"}, s.Timeline[1].Select.Providers)
}
