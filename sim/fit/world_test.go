package fit_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fit"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// known is a world whose log the tests fit: streams and whole answers,
// embeddings, prices, errors all through and an outage.
const known = `
version: 1
name: known
start: 2025-03-03T08:00:00Z
duration: 2h
world:
  providers:
    alpha:
      models:
        large: {price: {input: 2.5, output: 10}, ttft: {p50: 700ms, p95: 1900ms}, itl: {p50: 12ms, p95: 30ms}}
        vectors: {endpoints: [embeddings], price: {input: 0.02, output: 0}, ttft: {p50: 90ms, p95: 240ms}}
    beta:
      models:
        large: {price: {input: 3, output: 15}, ttft: {p50: 1100ms, p95: 2500ms}, itl: {mean: 18ms, cv: 0.5}}
  routes: {smart: [alpha/large], whole: [beta/large], embed: [alpha/vectors]}
  load: {stages: [{for: 1h, rate: 2/s}, {for: 1h, rate: 4/s}], burstiness: [{window: 10s, dispersion: 4}, {window: 1m, dispersion: 12}]}
  tasks:
    - {name: chat, weight: 50, model: smart, stream: true, prompt_tokens: {p50: 600, p95: 3000}, output_tokens: {p50: 180, p95: 700}, deadline: 10m, client: {preset: none, timeout: 10m}}
    - {name: report, weight: 30, model: whole, prompt_tokens: {p50: 2000, p95: 5000}, output_tokens: {p50: 120, p95: 400}, max_tokens: 4000, deadline: 10m, client: {preset: none, timeout: 10m}}
    - {name: search, weight: 20, endpoint: embeddings, model: embed, prompt_tokens: {p50: 80, p95: 200}}
timeline:
  - {id: always, at: 0s, for: 2h, provider: alpha, fault: {kind: status, status: 503, rate: 0.01}}
  - {id: limits, at: 0s, for: 2h, provider: beta, fault: {kind: status, status: 429, rate: 0.02}}
  - {id: outage, at: 30m, for: 10m, provider: alpha, model: large, fault: {kind: status, status: 500, rate: 0.8}}
policies:
  - name: once
    from: single-provider
    resilience: {total_timeout: 10m, attempt_timeout: 10m, ttft_timeout: 10m, idle_timeout: 10m, max_attempts: 1,
                 cooldown: {default: 0s, max: 0s}, breaker: {min_samples: 1000000, failure_rate: 1}}
`

// short is a shorter one, for tests that play it back often.
var short = []string{
	"duration=20m", "world.load={rate: 3/s}",
	"timeline.0.for=20m", "timeline.1.for=20m", "timeline.2.at=10m", "timeline.2.for=5m",
}

func knownScenario(t *testing.T, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load("./known.yaml", scenarios.Options{
		Set: set, ReadFile: func(string) ([]byte, error) { return []byte(known), nil },
	}, sim.Vocabulary())
	require.NoError(t, err)
	return s
}

// twoHours is the log of the known world's first seed, made once.
func twoHours(t *testing.T) []byte {
	t.Helper()
	twoHoursOnce.Do(func() { twoHoursLog = logs(t, nil, 1)[0] })
	return twoHoursLog
}

var (
	twoHoursOnce sync.Once
	twoHoursLog  []byte
)

// logs runs the known world and writes what its clients saw, and what they were
// billed, as logs in the own format.
func logs(t *testing.T, set []string, seeds ...uint64) [][]byte {
	t.Helper()
	s := knownScenario(t, set...)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: seeds})
	require.NoError(t, err)
	var out [][]byte
	for i := range run.Cells {
		out = append(out, logOf(t, run, &run.Cells[i], s))
	}
	return out
}

func logOf(t *testing.T, run *record.Run, c *record.Cell, s *scenarios.Scenario) []byte {
	t.Helper()
	bills := map[uint32]int64{}
	for _, e := range c.Journal {
		bills[e.Seq] += e.BillMicroUSD
	}
	attempts := map[uint32]record.Attempt{}
	for _, a := range c.Attempts {
		attempts[a.Seq] = a
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	require.NoError(t, w.Write(strings.Split("time,provider,model,status,latency_ms,prompt_tokens,output_tokens,ttft_ms,stream,task,endpoint,route,max_tokens,cost_usd", ",")))
	ms := func(d time.Duration) string { return strconv.FormatFloat(float64(d)/1e6, 'f', 3, 64) }
	for _, r := range c.Requests {
		task := &s.World.Tasks[r.Task]
		provider, model, _ := strings.Cut(c.TargetName(attempts[r.Seq].Target), "/")
		status, ttft := int(attempts[r.Seq].Status), "" // the provider's, not the router's
		if r.Outcome == record.OK && r.FirstToken != record.Never && r.Stream {
			ttft = ms(r.FirstToken - r.Scheduled)
		}
		require.NoError(t, w.Write([]string{
			run.Start.Add(r.Scheduled).Format(time.RFC3339Nano), provider, model, strconv.Itoa(status), ms(r.Done - r.Scheduled),
			fmt.Sprint(r.PromptTokens), fmt.Sprint(r.OutputTokens), ttft, strconv.FormatBool(r.Stream), task.Name, task.Endpoint, task.Model,
			fmt.Sprint(task.MaxTokens), strconv.FormatFloat(float64(bills[r.Seq])/1e6, 'f', 6, 64),
		}))
	}
	w.Flush()
	require.NoError(t, w.Error())
	return b.Bytes()
}

// TestFitGivesAKnownWorldBack: percentiles of sizes and times within 5 %.
func TestFitGivesAKnownWorldBack(t *testing.T) {
	truth := knownScenario(t)
	world := fitted(t, twoHours(t))
	var report bytes.Buffer
	require.NoError(t, table.WritePage(&report, world.Report(), table.Options{}))
	t.Log(report.String())
	got := loaded(t, world)
	require.Equal(t, "fitted", got.Name)
	require.WithinDuration(t, truth.Start, got.Start, 5*time.Second)
	require.InDelta(t, truth.Duration.Seconds(), got.Duration.Seconds(), 5)

	compare := func(what string, want, got scenarios.Dist, tolerance float64) {
		t.Helper()
		for _, p := range []float64{0.5, 0.9, 0.95} {
			require.InEpsilon(t, quantile(t, want, p), quantile(t, got, p), tolerance, "%s, p%g", what, 100*p)
		}
	}
	require.Len(t, got.World.Tasks, len(truth.World.Tasks))
	for _, want := range truth.World.Tasks {
		task := taskNamed(t, got, want.Name)
		require.Equal(t, want.Endpoint, task.Endpoint)
		require.Equal(t, want.Model, task.Model, "the route")
		require.Equal(t, want.Stream, task.Stream)
		require.Equal(t, want.MaxTokens, task.MaxTokens)
		require.InDelta(t, want.Weight, task.Weight, 1)
		compare(want.Name+" prompt", want.PromptTokens, task.PromptTokens, 0.05)
		if want.Endpoint != "embeddings" {
			compare(want.Name+" output", want.OutputTokens, task.OutputTokens, 0.05)
		}
	}
	for _, p := range truth.World.Providers {
		for _, m := range p.Models {
			name := p.Name + "/" + m.Name
			fit := model(t, got, p.Name, m.Name)
			if p.Name == "beta" {
				continue // whole answers only: TestWholeAnswers
			}
			compare(name+" ttft", m.TTFT, fit.TTFT, 0.05)
			if m.ITL.Kind != "" {
				compare(name+" itl", m.ITL, fit.ITL, 0.05)
			}
			require.InEpsilon(t, m.Price.InputNano, fit.Price.InputNano, 0.02, "%s input price", name)
			if m.Price.OutputNano > 0 {
				require.InEpsilon(t, m.Price.OutputNano, fit.Price.OutputNano, 0.02, "%s output price", name)
			}
		}
	}
	for _, w := range world.Load.Windows {
		require.InEpsilon(t, w.Observed, w.Fitted, 0.05)
	}
}

// TestFitFindsTheErrors: a background all through, and the outage as one event.
func TestFitFindsTheErrors(t *testing.T) {
	world := fitted(t, twoHours(t))
	rates := map[string]float64{}
	for _, e := range world.Events {
		key := fmt.Sprintf("%s/%s %d", e.Provider, e.Model, e.Status)
		if e.Status == 500 {
			require.InDelta(t, 30, e.At.Minutes(), 0.1)
			require.InDelta(t, 10, e.For.Minutes(), 0.2)
		} else {
			require.Equal(t, world.Duration, e.For, key)
		}
		require.NotContains(t, rates, key, "one event each")
		rates[key] = e.Rate
	}
	require.InDelta(t, 0.01, rates["alpha/large 503"], 0.005)
	require.InDelta(t, 0.01, rates["alpha/vectors 503"], 0.006)
	require.InDelta(t, 0.02, rates["beta/large 429"], 0.006)
	require.InDelta(t, 0.8, rates["alpha/large 500"], 0.08)
	require.Len(t, rates, 4)
}

// TestBacktestOnHeldOutSeeds fits a log and plays others of the same world back.
// Each observed figure lies within the interval stated for its prediction; of
// many, one in twenty may be outside by chance.
func TestBacktestOnHeldOutSeeds(t *testing.T) {
	all := logs(t, short, 1, 2, 3)
	world := fitted(t, all[0])
	inside, figures := 0, 0
	for i, data := range all {
		log, err := requestlog.Read(bytes.NewReader(data), requestlog.Auto)
		require.NoError(t, err)
		b, err := world.Backtest(t.Context(), log, i > 0, fit.Options{Seeds: 6})
		require.NoError(t, err)
		require.Equal(t, len(log.Rows), b.Requests)
		require.Len(t, b.Figures, 6)
		for _, f := range b.Figures {
			require.Less(t, f.Low, f.High, f.Name)
			require.True(t, f.Low < f.Predicted && f.Predicted <= f.High, f.Name)
			figures++
			if f.Inside {
				inside++
			} else {
				t.Logf("log %d: %s: %g observed, %g to %g predicted", i+1, f.Name, f.Observed, f.Low, f.High)
			}
		}
	}
	require.GreaterOrEqual(t, inside, figures-3, "%d of %d figures lie outside", figures-inside, figures)
}

// TestBacktestSeesAWrongWorld: a log that differs in what is compared lies outside.
func TestBacktestSeesAWrongWorld(t *testing.T) {
	all := logs(t, short, 1)
	world := fitted(t, all[0])
	log, err := requestlog.Read(bytes.NewReader(all[0]), requestlog.Auto)
	require.NoError(t, err)
	for i := range log.Rows {
		log.Rows[i].Latency += log.Rows[i].Latency
		log.Rows[i].CostUSD *= 1.1
		if log.Rows[i].Stream && i%10 == 0 {
			log.Rows[i].Status = 500
		}
	}
	b, err := world.Backtest(t.Context(), log, true, fit.Options{Seeds: 4})
	require.NoError(t, err)
	for _, f := range b.Figures {
		if strings.HasPrefix(f.Name, "ttft") {
			require.True(t, f.Inside, f.Name)
			continue
		}
		require.False(t, f.Inside, "%s: %g in %g to %g", f.Name, f.Observed, f.Low, f.High)
	}
}

func quantile(t *testing.T, d scenarios.Dist, u float64) float64 {
	t.Helper()
	var drawn latency.Dist
	drawn, err := load.Distribution(d)
	require.NoError(t, err)
	return math.Round(drawn.Quantile(u))
}

func taskNamed(t *testing.T, s *scenarios.Scenario, name string) *scenarios.Task {
	t.Helper()
	for i := range s.World.Tasks {
		if s.World.Tasks[i].Name == name {
			return &s.World.Tasks[i]
		}
	}
	t.Fatalf("no task %s", name)
	return nil
}

func model(t *testing.T, s *scenarios.Scenario, provider, name string) *scenarios.Model {
	t.Helper()
	for i := range s.World.Providers {
		if p := &s.World.Providers[i]; p.Name == provider {
			if m := p.Model(name); m != nil {
				return m
			}
		}
	}
	t.Fatalf("no model %s/%s", provider, name)
	return nil
}
