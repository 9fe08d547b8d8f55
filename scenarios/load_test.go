package scenarios_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func load(t *testing.T, name string, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load(name, scenarios.Options{ReadFile: readFile, Set: set}, words())
	require.NoError(t, err)
	return s
}

// TestLoadV1 is the promise that version 1 keeps its meaning.
func TestLoadV1(t *testing.T) {
	s := load(t, "testdata/good-v1.yaml")
	require.Equal(t, time.Date(2024, 12, 11, 22, 46, 0, 0, time.UTC), s.Start)
	require.Equal(t, "v1", s.Name)
	require.Equal(t, "every key of the language", s.Summary)
	require.Equal(t, 6*time.Hour, s.Duration)
	require.Equal(t, 30*time.Minute, s.Recovery)
	require.EqualValues(t, 7, s.Seed)
	require.Equal(t, "inline-world", s.WorldName)
	require.Equal(t, "testdata/good-v1.yaml", s.World.File)

	openai, azure := s.World.Providers[0], s.World.Providers[1]
	require.Equal(t, scenarios.Capacity{Concurrency: 200, Queue: 50, Status: 429}, openai.Capacity)
	require.Equal(t, scenarios.Quotas{RPM: 10_000, TPM: 1_500_000}, openai.Quotas)
	require.Equal(t, 20*time.Millisecond, openai.RTT)
	gpt := openai.Models[0]
	require.Equal(t, []string{"chat", "completions"}, gpt.Endpoints)
	require.Equal(t, scenarios.Price{InputNano: 2000, CachedInputNano: 500, CacheWriteNano: 2000, OutputNano: 8000}, gpt.Price)
	require.Equal(t, 1_000_000, gpt.Context)
	require.Equal(t, scenarios.Dist{Kind: scenarios.LogNormal, P50: 726e6, P95: 1220e6}, gpt.TTFT)
	require.Equal(t, scenarios.Dist{Kind: scenarios.Gamma, Mean: 12.5e6, CV: 0.4}, gpt.ITL)
	embed := openai.Model("text-embedding-3-small")
	require.Equal(t, scenarios.Dist{Kind: scenarios.Empirical, Values: []float64{100e6, 150e6, 200e6}}, embed.TTFT)
	require.Empty(t, embed.ITL)
	require.Equal(t, "azure", azure.Vendor)
	require.Equal(t, "openai", azure.Wire)
	require.Equal(t, []string{"chat"}, azure.Models[0].Endpoints)
	require.Equal(t, scenarios.Price{InputNano: 2005, CachedInputNano: 2005, CacheWriteNano: 2005, OutputNano: 8000}, azure.Models[0].Price)

	require.Equal(t, scenarios.Traffic{
		Arrivals: "constant",
		Stages:   []scenarios.Stage{{For: time.Hour}, {For: 4 * time.Hour, From: 2, To: 10}, {For: time.Hour, From: 3, To: 3}},
		Spikes:   []scenarios.Spike{{At: 2 * time.Hour, For: 10 * time.Minute, Factor: 2.5}},
	}, s.World.Load)
}

func TestLoadV1Tasks(t *testing.T) {
	tasks := load(t, "testdata/good-v1.yaml").World.Tasks
	require.Len(t, tasks, 3, "the scenario's tasks replace the world's")
	require.Equal(t, scenarios.Task{
		Name: "chat", Weight: 70, Endpoint: "chat", Model: "smart", Stream: true, Tools: true,
		PromptTokens: scenarios.Dist{Kind: scenarios.LogNormal, P50: 600, P95: 3000},
		OutputTokens: scenarios.Dist{Kind: scenarios.Constant, Constant: 180},
		MaxTokens:    1000, Inputs: 1, Deadline: 90 * time.Second,
		Client: scenarios.Client{Preset: "openai-python", Timeout: time.Minute, MaxRetries: 1},
	}, tasks[0])
	require.Equal(t, scenarios.Task{
		Name: "write", Weight: 1, Endpoint: "completions", Model: "openai/gpt-4.1",
		PromptTokens: scenarios.Dist{Kind: scenarios.LogNormal, P50: 500, P95: 2000},
		OutputTokens: scenarios.Dist{Kind: scenarios.LogNormal, P50: 150, P95: 600},
		Inputs:       1, Deadline: 10 * time.Minute,
		Client: scenarios.Client{Preset: "openai-go", Timeout: 10 * time.Minute, MaxRetries: 2},
	}, tasks[1])
	require.Equal(t, scenarios.Client{Preset: "none", Timeout: time.Minute}, tasks[2].Client)
	require.Equal(t, 16, tasks[2].Inputs)
	require.Empty(t, tasks[2].OutputTokens)
}

func TestLoadV1Timeline(t *testing.T) {
	s := load(t, "testdata/good-v1.yaml")
	require.Equal(t, scenarios.Event{
		ID: "outage", At: 30 * time.Minute, For: 140 * time.Minute, Select: scenarios.Selector{Vendor: "openai"},
		Fault: scenarios.Fault{Kind: "status", Rate: 0.95, Sticky: "attempt", Values: []scenarios.FaultValue{
			{Name: "status", Num: 503}, {Name: "retry_after", Num: 5e9},
		}},
		Ramp: scenarios.Ramp{In: 3 * time.Minute, Out: time.Minute}, Line: 70,
	}, s.Timeline[0])
	require.Equal(t, scenarios.Event{
		ID: "delay-1", At: 3 * time.Hour, For: 10 * time.Minute,
		Select: scenarios.Selector{
			Providers: []string{"openai"}, Region: "us-east", Model: "gpt-4.1", Endpoint: "chat", Task: "chat",
			Stream: new(true), Tools: new(true),
		},
		Fault: scenarios.Fault{Kind: "delay", Rate: 1, Sticky: "attempt", Values: []scenarios.FaultValue{
			{Name: "add", Num: 2e9}, {Name: "factor", Num: 1.5},
		}}, Line: 71,
	}, s.Timeline[1])
	require.Equal(t, scenarios.Flap{Period: 10 * time.Minute, Duty: 0.5}, s.Timeline[2].Flap)
	require.Equal(t, "reset-1", s.Timeline[2].ID)
	require.Equal(t, scenarios.Selector{Providers: []string{"openai"}}, s.Timeline[3].Select)

	require.Equal(t, []scenarios.Policy{
		{Name: "single-provider", From: "single-provider", File: s.File, Line: 75},
		{Name: "priority", From: "priority", File: s.File, Line: 76},
		{
			Name: "priority-5s", From: "priority", File: s.File, Line: 77,
			Overlay: []byte("{\n\n    resilience: \n      {attempt_timeout: \"5s\"}}\n"),
		},
	}, s.Policies)
	require.Equal(t, []scenarios.Threshold{
		{Source: "availability: >= 99.9%", Metric: "availability", Op: ">=", Value: 0.999, Line: 83},
		{
			Source: "availability{phase:outage}: >= 0.995", Metric: "availability",
			Select: []scenarios.Pair{{Key: "phase", Value: "outage"}}, Op: ">=", Value: 0.995, Line: 84,
		},
		{
			Source: "ttft{task:chat,phase:recovery}: p95 < 2s", Metric: "ttft", Agg: "p95", Op: "<", Value: 2, Line: 85,
			Select: []scenarios.Pair{{Key: "task", Value: "chat"}, {Key: "phase", Value: "recovery"}},
		},
		{
			Source: "ttft{task:chat,phase:recovery}: mean <= 900ms", Metric: "ttft", Agg: "mean", Op: "<=", Value: 0.9, Line: 85,
			Select: []scenarios.Pair{{Key: "task", Value: "chat"}, {Key: "phase", Value: "recovery"}},
		},
		{Source: "cost_per_1k: <= 6.00", Metric: "cost_per_1k", Op: "<=", Value: 6, Line: 86},
		{
			Source: "time_to_failover{fault:outage}: <= 60s", Metric: "time_to_failover",
			Select: []scenarios.Pair{{Key: "fault", Value: "outage"}}, Op: "<=", Value: 60, Line: 87,
		},
	}, s.Thresholds)
}

func TestLoadDefaults(t *testing.T) {
	s := load(t, "testdata/good-minimal.yaml")
	require.Equal(t, "good-minimal", s.Name)
	require.Equal(t, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), s.Start)
	require.Equal(t, 6*time.Minute, s.Recovery)
	require.EqualValues(t, 1, s.Seed)
	require.Equal(t, "inline", s.WorldName)
	require.Equal(t, "poisson", s.World.Load.Arrivals)
	require.Empty(t, s.Policies)
	require.Equal(t, scenarios.Capacity{}, s.World.Providers[0].Capacity)
}

func TestLoadKeepsTheOrderOfTheFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nduration: 1h\nworld:\n  load: {rate: 1}\n  tasks: [{name: t, model: p9/m}]\n  providers:\n")
	for i := 9; i >= 0; i-- {
		fmt.Fprintf(&b, "    p%d: {models: {m: {price: {input: 1, output: 1}, ttft: 1s, itl: 1ms}}}\n", i)
	}
	s, err := scenarios.Load("x.yaml", scenarios.Options{
		ReadFile: func(string) ([]byte, error) { return []byte(b.String()), nil },
	}, words())
	require.NoError(t, err)
	for i, p := range s.World.Providers {
		require.Equal(t, fmt.Sprintf("p%d", 9-i), p.Name)
	}
}

func TestLoadWorlds(t *testing.T) {
	t.Run("a file beside the scenario", func(t *testing.T) {
		s := load(t, "testdata/good-world-file.yaml")
		require.Equal(t, "testdata/worlds/small.yaml", s.World.File)
		require.Equal(t, "testdata/worlds/small.yaml", s.WorldName)
		require.InDelta(t, 3, s.World.Load.Rate, 0, "the scenario's load overrides the world's")
	})
	t.Run("replaced by a library world", func(t *testing.T) {
		s, err := scenarios.Load("testdata/good-minimal.yaml",
			scenarios.Options{ReadFile: readFile, World: "three-providers"}, words())
		require.NoError(t, err)
		require.Equal(t, "three-providers", s.WorldName)
		require.Len(t, s.World.Providers, 3)
		require.Equal(t, "library/worlds/three-providers.yaml", s.World.File)
	})
	t.Run("replaced by a file", func(t *testing.T) {
		s, err := scenarios.Load("steady", scenarios.Options{
			ReadFile: readFile, World: "testdata/worlds/small.yaml", Set: []string{"thresholds=null", "thresholds={}"},
		}, words())
		require.NoError(t, err)
		require.Len(t, s.World.Providers, 1)
	})
	t.Run("a replacement the timeline does not fit", func(t *testing.T) {
		_, err := scenarios.Load("overloaded-secondary", scenarios.Options{ReadFile: readFile, World: "testdata/worlds/small.yaml"}, words())
		require.ErrorContains(t, err, `library/patterns/overloaded-secondary.yaml:84:15: timeline[0].provider: no such provider as "openai"`)
	})
	t.Run("without a way to read files", func(t *testing.T) {
		_, err := scenarios.Load("x.yaml", scenarios.Options{}, words())
		require.ErrorContains(t, err, "x.yaml: files cannot be read here")
	})
}

func TestLoadResolvesTracePaths(t *testing.T) {
	for _, c := range []struct {
		name, scenario, set, want string
	}{
		{"of a file", "testdata/good-v1-trace.yaml", "seed=1", "testdata/traces/day.csv"},
		{"of --set", "testdata/good-v1-trace.yaml", "load.trace.file=mine.csv", "mine.csv"},
		{"absolute", "testdata/good-v1-trace.yaml", "load.trace.file=/data/mine.csv", "/data/mine.csv"},
		{"for the library", "azure-conversation-trace", "load.trace.file=a/conv.csv", "a/conv.csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, load(t, c.scenario, c.set).World.Load.Trace.File)
		})
	}
}

func TestLoadTakesWhatEditorsDo(t *testing.T) {
	data, err := readFile("testdata/good-v1.yaml")
	require.NoError(t, err)
	plain := load(t, "testdata/good-v1.yaml")
	for name, text := range map[string]string{
		"CRLF": strings.ReplaceAll(string(data), "\n", "\r\n"), "byte order mark": "\ufeff" + string(data),
		"document marker": "---\n" + string(data), "no last newline": strings.TrimSpace(string(data)),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Load("testdata/good-v1.yaml", scenarios.Options{
				ReadFile: func(string) ([]byte, error) { return []byte(text), nil },
			}, words())
			require.NoError(t, err)
			require.Equal(t, plain.World, s.World)
			require.Equal(t, plain.Policies[2].Name, s.Policies[2].Name)
			require.Len(t, s.Thresholds, len(plain.Thresholds))
		})
	}
}

func TestLoadIsBounded(t *testing.T) {
	const n = scenarios.MaxFileBytes
	for _, c := range []struct {
		name, data, want string
	}{
		{"one byte too long", strings.Repeat(" ", n+1), "larger than 1048576 bytes"},
		{"flow depth", strings.Repeat("[", n/8), "YAML tokens"},
		{"flow depth within the tokens", strings.Repeat("[", 10_000), "nested deeper"},
		{"block depth on a line", strings.Repeat("- ", 10_000), "nested deeper"},
		{"anchors", strings.Repeat("&a ", 10_000), "nested deeper"},
		{"commas", strings.Repeat("a,", n/8), "a scenario is a mapping"},
		{"literal of blank lines", "a: |\n" + strings.Repeat("\n", n-10), "blank lines"},
		{"literal of blanks", "a: |\n" + strings.Repeat("   \n", n/5), "blank lines"},
		{"one long word", strings.Repeat("x", n), "a scenario is a mapping"},
		{"an open quote", `a: "` + strings.Repeat("x", n-5), "not readable as YAML"},
		{"keys", manyKeys(), "and 8982 more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := scenarios.Load("x.yaml", scenarios.Options{
				ReadFile: func(string) ([]byte, error) { return []byte(c.data), nil },
			}, words())
			require.ErrorContains(t, err, c.want)
			require.Less(t, len(err.Error()), 16<<10)
		})
	}
}

func manyKeys() string {
	var b strings.Builder
	b.WriteString("world: three-providers\n")
	for i := range 9_000 {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	return b.String()
}

func TestReadAllStopsBehindTheBound(t *testing.T) {
	r := bytes.NewReader(make([]byte, 3*scenarios.MaxFileBytes))
	data, err := scenarios.ReadAll(r)
	require.NoError(t, err)
	require.Len(t, data, scenarios.MaxFileBytes+1)
}

func TestLoadErrorsAreTyped(t *testing.T) {
	_, err := scenarios.Load("testdata/bad-many-errors.yaml", scenarios.Options{ReadFile: readFile}, words())
	var e *scenarios.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "testdata/bad-many-errors.yaml", e.File)
	require.Equal(t, 4, e.Line)
	require.Equal(t, 1, e.Column)
	require.Equal(t, "k0", e.Field)

	_, err = scenarios.Load("testdata/nowhere.yaml", scenarios.Options{ReadFile: readFile}, words())
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorAs(t, err, &e)

	own := errors.New("refused")
	_, err = scenarios.Load("x.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return nil, own }}, words())
	require.ErrorIs(t, err, own)
}

func TestTrafficExpected(t *testing.T) {
	for _, c := range []struct {
		name string
		load scenarios.Traffic
		want float64
	}{
		{"rate", scenarios.Traffic{Rate: 2}, 7200},
		{"ramp", scenarios.Traffic{Stages: []scenarios.Stage{{For: time.Hour, From: 0, To: 4}}}, 7200},
		{"stages", scenarios.Traffic{Stages: []scenarios.Stage{{For: 30 * time.Minute, From: 1, To: 1}, {For: 30 * time.Minute}}}, 1800},
		{"spike", scenarios.Traffic{Rate: 2, Spikes: []scenarios.Spike{{At: time.Minute, For: time.Minute, Factor: 3}}}, 7440},
		{"overlapping spikes", scenarios.Traffic{Rate: 1, Spikes: []scenarios.Spike{
			{At: 0, For: 2 * time.Minute, Factor: 2}, {At: time.Minute, For: 2 * time.Minute, Factor: 3},
		}}, 3600 + 60 + 300 + 120},
		{"trace", scenarios.Traffic{Trace: &scenarios.Trace{}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.InDelta(t, c.want, c.load.Expected(time.Hour), 1e-6)
		})
	}
}

// An amplification is no share: it may well have to be above 1.
func TestAmplificationsMayPassOne(t *testing.T) {
	s, err := scenarios.Load("steady", scenarios.Options{Set: []string{"thresholds.retry_amplification=> 1.2"}}, words())
	require.NoError(t, err)
	require.Equal(t, 1.2, s.Thresholds[len(s.Thresholds)-1].Value)
}
