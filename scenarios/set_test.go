package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func TestSet(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   []string
		check func(*testing.T, *scenarios.Scenario)
	}{
		{"a key", []string{"seed=42"}, func(t *testing.T, s *scenarios.Scenario) { require.EqualValues(t, 42, s.Seed) }},
		{"a key that is missing", []string{"gate.except=[priority]"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, []string{"priority"}, s.Gate.Except)
		}},
		{"the last one wins", []string{"seed=2", "seed=3"}, func(t *testing.T, s *scenarios.Scenario) {
			require.EqualValues(t, 3, s.Seed)
		}},
		{"a list by number", []string{"timeline.1.fault.rate=0.5"}, func(t *testing.T, s *scenarios.Scenario) {
			require.InDelta(t, 0.5, s.Timeline[1].Fault.Rate, 0)
			require.Equal(t, 26, s.Timeline[1].Line, "the event itself stays where it was")
		}},
		{"a list in brackets", []string{"timeline[1].for=1h"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, time.Hour, s.Timeline[1].For)
		}},
		{"a list by id", []string{"timeline.outage.fault.status=500"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, 500, int(s.Timeline[0].Fault.Values[0].Num))
		}},
		{"a whole element", []string{"timeline.0={id: outage, at: 1m, for: 1m, fault: hang}"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, "hang", s.Timeline[0].Fault.Kind)
			require.Zero(t, s.Timeline[0].Line)
		}},
		{"one element more", []string{
			"policies.2={name: fast, from: priority, resilience: {attempt_timeout: 5s}}",
		}, func(t *testing.T, s *scenarios.Scenario) {
			require.Len(t, s.Policies, 3)
			require.Equal(t, "{resilience: {attempt_timeout: \"5s\"}}\n", string(s.Policies[2].Overlay))
			require.Zero(t, s.Policies[2].Line)
		}},
		{"the world's load", []string{"load.rate=5/s"}, func(t *testing.T, s *scenarios.Scenario) {
			require.InDelta(t, 5, s.World.Load.Rate, 0)
		}},
		{"another kind of load", []string{"load.stages=[{for: 6h, rate: 120/m}]"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Len(t, s.World.Load.Stages, 1)
			require.Zero(t, s.World.Load.Rate)
		}},
		{"a trace in place of the rate", []string{"load.trace.file=x.csv", "load.trace.format=csv"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, scenarios.Traffic{Trace: &scenarios.Trace{File: "x.csv", Format: "csv", Task: "support-chat"}}, s.World.Load)
		}},
		{"a trace in place of stages", []string{
			"load.stages=[{for: 6h, rate: 2}]", "load.trace.format=csv", "load.trace.file=x.csv",
		}, func(t *testing.T, s *scenarios.Scenario) {
			require.Empty(t, s.World.Load.Stages)
			require.Equal(t, "x.csv", s.World.Load.Trace.File)
		}},
		{"a trace below the world", []string{
			"world.load.trace.file=x.csv", "world.load.trace.format=csv",
		}, func(t *testing.T, s *scenarios.Scenario) {
			require.Zero(t, s.World.Load.Rate)
			require.Equal(t, "x.csv", s.World.Load.Trace.File)
		}},
		{"a stage in place of the rate", []string{"load.stages.0.for=6h", "load.stages.0.rate=3"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Zero(t, s.World.Load.Rate)
			require.Equal(t, []scenarios.Stage{{For: 6 * time.Hour, From: 3, To: 3}}, s.World.Load.Stages)
		}},
		{"a stage in place of a trace", []string{
			"load.trace={file: x.csv, format: csv}", "load.stages.0={for: 6h, rate: 3}",
		}, func(t *testing.T, s *scenarios.Scenario) {
			require.Nil(t, s.World.Load.Trace)
			require.Len(t, s.World.Load.Stages, 1)
		}},
		{"the world's tasks by name", []string{"tasks.summaries.weight=0"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Zero(t, s.World.Tasks[1].Weight)
			require.Equal(t, "smart", s.World.Tasks[1].Model)
		}},
		{"into the world", []string{"world.providers.azure.rtt=80ms"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, 80*time.Millisecond, s.World.Providers[1].RTT)
		}},
		{"a key with a dot", []string{`world.providers.openai.models."gpt-4.1".quality=0.5`}, func(t *testing.T, s *scenarios.Scenario) {
			require.InDelta(t, 0.5, s.World.Providers[0].Models[0].Quality, 0)
		}},
		{"a threshold", []string{`thresholds."ttft{task:support-chat}"=p95 < 9s`}, func(t *testing.T, s *scenarios.Scenario) {
			require.Contains(t, s.Thresholds, scenarios.Threshold{
				Source: "ttft{task:support-chat}: p95 < 9s", Metric: "ttft", Agg: "p95", Op: "<", Value: 9,
				Select: []scenarios.Pair{{Key: "task", Value: "support-chat"}},
			})
		}},
		{"the world", []string{"world=three-providers"}, func(t *testing.T, s *scenarios.Scenario) {
			require.Equal(t, "three-providers", s.WorldName)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := scenarios.Load("openai-2024-12-11", scenarios.Options{Set: c.set}, words())
			require.NoError(t, err)
			c.check(t, s)
		})
	}
}

func TestSetErrorsNameTheSet(t *testing.T) {
	for _, c := range []struct{ name, set, want string }{
		{"no value", "seed", "--set seed: not of the form key.path=value"},
		{"empty value", "seed=", "--set seed=: there is no value; write null for nothing"},
		{"empty", "", "--set : not of the form"},
		{"empty step", "a..b=1", "--set a..b=1: not of the form"},
		{"open quote", `a."b=1`, "not of the form"},
		{"bad yaml", "seed=[", "--set seed=[:1:1: not readable as YAML"},
		{"unknown key", "sed=1", `--set sed=1: sed: unknown key "sed" (did you mean "seed"?)`},
		{"wrong value", "duration=long", `--set duration=long: duration: "long" is not a duration`},
		{"through a scalar", "duration.x=1", `--set duration.x=1: duration is "6h" and holds no "x"`},
		{"outside a list", "timeline.7.at=1m", `--set timeline.7.at=1m: timeline is a list of 2 and "7" is none of its elements; they are 0 to 1, 2 adds one, or by name: outage, tail`},
		{"not an index", "timeline.nope.at=1m", `timeline is a list of 2 and "nope" is none of its elements`},
		{"through a policy's name", "policies.1.resilience=1", `policies.1 is "priority" and holds no "resilience"`},
		{"arrivals and a trace", "load={arrivals: constant, trace: {file: x, format: csv}}", `so it takes no "arrivals"`},
		{"escapes", "du\x1b[31mration=1h", `--set du\x1b[31mration=1h: "du\x1b": unknown key`},
		{"escapes in the path", "duration.\x1b.x=1h", `--set duration.\x1b.x=1h: duration is "6h" and holds no "\x1b"`},
		{"line ends", "sed=1\r\n", `--set sed=1\r\n: sed: unknown key`},
		{"directions", "sed=\u202a\u202e\u2066\u2069", `--set sed=\u202a\u202e\u2066\u2069: sed: unknown key`},
		{"not UTF-8", "sed=\xff", `--set sed=\xff:1:1: the file is not valid UTF-8`},
		{"cut between characters", "sed=" + strings.Repeat("x", 35) + "é", "--set sed=" + strings.Repeat("x", 35) + ": sed: unknown key"},
		{"an unknown alias", "seed={a: *x\x1b}", `the alias *x\x1b has`},
		{"a world that is none", "world=[1]", "--set world=[1]: a world is a mapping of keys, found a list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := scenarios.Load("openai-2024-12-11", scenarios.Options{Set: []string{c.set}}, words())
			require.ErrorContains(t, err, c.want)
			require.NotRegexp(t, `[\x00-\x1f\x7f\x{202a}-\x{202e}\x{2066}-\x{2069}]`, err.Error())
		})
	}
}
