package scenarios_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

// loadProviders loads a scenario with these providers, in flow style.
func loadProviders(t *testing.T, providers, model string, set ...string) (*scenarios.Scenario, error) {
	t.Helper()
	text := fmt.Sprintf("version: 1\nduration: 1h\nworld:\n  providers: {%s}\n  load: {rate: 1/s}\n  tasks: [{name: t, model: %q}]\n", providers, model)
	read := func(string) ([]byte, error) { return []byte(text), nil }
	return scenarios.Load("test.yaml", scenarios.Options{ReadFile: read, Set: set}, words())
}

func TestPresets(t *testing.T) {
	first := map[string]string{
		"openai": "gpt-4.1", "azure": "gpt-4.1", "anthropic": "claude-sonnet-4-6", "google": "gemini-2.5-flash",
		"groq": "llama-3.3-70b-versatile", "together": "deepseek-ai/DeepSeek-V3.1", "deepinfra": "openai/gpt-oss-120b",
	}
	require.Len(t, scenarios.Presets(), len(first))
	for _, p := range scenarios.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			require.NotEmpty(t, p.Summary)
			s, err := loadProviders(t, "p: {preset: "+p.Name+"}", "p/"+first[p.Name])
			require.NoError(t, err)
			provider := s.World.Providers[0]
			require.Equal(t, p.Name, provider.Vendor)
			require.Equal(t, p.Name, provider.Preset)
			require.NotEmpty(t, provider.Region)
			require.NotZero(t, provider.RTT, "of its default region")
			require.NotZero(t, provider.Capacity)
			require.NotZero(t, provider.Quotas)
			require.NotZero(t, provider.Weather)
			for _, m := range provider.Models {
				require.NotZero(t, m.Price.InputNano, m.Name)
				require.LessOrEqual(t, m.Price.CachedInputNano, m.Price.InputNano, m.Name)
				require.NotZero(t, m.Context, m.Name)
				require.NotZero(t, m.Quality, m.Name)
				require.NotEmpty(t, m.TTFT.Kind, m.Name)
			}
		})
	}
}

var (
	figure = regexp.MustCompile(`^[^#]*: .*[0-9]`)
	marked = regexp.MustCompile(`#.*(FACT|ASSUMPTION)`)
)

// TestPresetFiguresSayWhereTheyAreFrom: each line with a figure is marked as a
// fact with its source, or as an assumption; a marked line may stand above it.
func TestPresetFiguresSayWhereTheyAreFrom(t *testing.T) {
	for _, p := range scenarios.Presets() {
		text, err := scenarios.Source(p.Name)
		require.NoError(t, err)
		block := "" // a heading whose mark holds for what is indented below it
		above := ""
		for i, line := range strings.Split(string(text), "\n") {
			indent := len(line) - len(strings.TrimLeft(line, " "))
			switch {
			case strings.HasPrefix(line, "version:"), strings.HasPrefix(line, "summary:"), strings.HasPrefix(line, "#"):
			case marked.MatchString(line):
				block = line
			case figure.MatchString(line):
				under := indent > len(block)-len(strings.TrimLeft(block, " "))
				require.True(t, under && block != "" || marked.MatchString(above), "%s:%d: %s", p.Name, i+1, line)
			}
			above = line
		}
	}
}

func TestPresetIsOverridden(t *testing.T) {
	tests := []struct {
		name, provider string
		set            []string
		check          func(t *testing.T, plain, p scenarios.Provider)
	}{
		{name: "a region sets the round trip", provider: "{preset: openai, region: eu-west}", check: func(t *testing.T, plain, p scenarios.Provider) {
			require.Equal(t, "eu-west", p.Region)
			require.Greater(t, p.RTT, plain.RTT)
		}},
		{name: "a round trip of its own wins", provider: "{preset: openai, region: eu-west, rtt: 7ms}", check: func(t *testing.T, _, p scenarios.Provider) {
			require.Equal(t, 7*time.Millisecond, p.RTT)
		}},
		{name: "a region of its own", provider: "{preset: openai, region: moon, rtt: 2s}", check: func(t *testing.T, _, p scenarios.Provider) {
			require.Equal(t, "moon", p.Region)
			require.Equal(t, 2*time.Second, p.RTT)
		}},
		{name: "one key of one model", provider: "{preset: openai, models: {gpt-4.1: {quality: 0.5}}}", check: func(t *testing.T, plain, p scenarios.Provider) {
			require.Len(t, p.Models, len(plain.Models))
			want := *plain.Model("gpt-4.1")
			want.Quality = 0.5
			require.Equal(t, want, *p.Model("gpt-4.1"))
			require.Equal(t, plain.Model("gpt-4o"), p.Model("gpt-4o"))
		}},
		{name: "a distribution as a whole", provider: "{preset: openai, models: {gpt-4.1: {ttft: {mean: 1s, cv: 2}}}}", check: func(t *testing.T, _, p scenarios.Provider) {
			require.Equal(t, scenarios.Dist{Kind: scenarios.Gamma, Mean: 1e9, CV: 2}, p.Model("gpt-4.1").TTFT)
		}},
		{name: "one part of a price", provider: "{preset: openai, models: {gpt-4.1: {price: {input: 1}}}}", check: func(t *testing.T, plain, p scenarios.Provider) {
			require.EqualValues(t, 1000, p.Model("gpt-4.1").Price.InputNano)
			require.Equal(t, plain.Model("gpt-4.1").Price.CachedInputNano, p.Model("gpt-4.1").Price.CachedInputNano)
		}},
		{name: "only the models named", provider: "{preset: openai, models: [gpt-4.1, gpt-4o]}", check: func(t *testing.T, plain, p scenarios.Provider) {
			require.Equal(t, []scenarios.Model{*plain.Model("gpt-4.1"), *plain.Model("gpt-4o")}, p.Models)
		}},
		{name: "nothing takes away", provider: "{preset: openai, quotas: null, capacity: ~, models: {gpt-4o: null}}", check: func(t *testing.T, plain, p scenarios.Provider) {
			require.Zero(t, p.Quotas)
			require.Zero(t, p.Capacity)
			require.Nil(t, p.Model("gpt-4o"))
			require.Len(t, p.Models, len(plain.Models)-1)
		}},
		{name: "a model of its own", provider: "{preset: openai, models: {ours: {price: {input: 1, output: 2}, ttft: 1s, itl: 5ms}}}", check: func(t *testing.T, plain, p scenarios.Provider) {
			require.Len(t, p.Models, len(plain.Models)+1)
			require.EqualValues(t, 1000, p.Model("ours").Price.InputNano)
		}},
		{name: "quotas key by key", provider: "{preset: openai, quotas: {rpm: 7, group: org}}", check: func(t *testing.T, plain, p scenarios.Provider) {
			want := plain.Quotas
			want.RPM, want.Group = 7, "org"
			require.Equal(t, want, p.Quotas)
		}},
		{name: "a change from outside", provider: "{preset: openai}", set: []string{`world.providers.p.models."gpt-4.1".quality=0.1`, "world.providers.p.region=us-west"},
			check: func(t *testing.T, plain, p scenarios.Provider) {
				require.InDelta(t, 0.1, p.Model("gpt-4.1").Quality, 1e-9)
				require.Greater(t, p.RTT, plain.RTT)
			}},
		{name: "another vendor", provider: "{preset: openai, vendor: reseller, wire: azure}", check: func(t *testing.T, _, p scenarios.Provider) {
			require.Equal(t, "reseller", p.Vendor)
			require.Equal(t, "azure", p.Wire)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := loadProviders(t, "plain: {preset: openai}, p: "+tt.provider, "plain/gpt-4.1", tt.set...)
			require.NoError(t, err)
			tt.check(t, s.World.Providers[0], s.World.Providers[1])
		})
	}
}

// TestProviderKeys reads what a provider and a model can be told.
func TestProviderKeys(t *testing.T) {
	s, err := scenarios.Load("testdata/good-v1-providers.yaml", scenarios.Options{ReadFile: readFile}, words())
	require.NoError(t, err)
	require.InDelta(t, 0.2, s.World.RequestSigma, 1e-9)
	p := s.World.Providers[0]
	m := p.Models[0]
	require.Equal(t, "vendor/m:1", m.Name)
	models := p.Models
	p.Models = nil
	require.Equal(t, scenarios.Provider{
		Name: "one", Vendor: "one", Wire: "openai", CutBilling: "whole",
		Weather:  scenarios.Weather{Sigma: 0.3, Correlation: 10 * time.Minute},
		Capacity: scenarios.Capacity{Concurrency: 100, Queue: 10, Status: 529},
		Quotas: scenarios.Quotas{
			RPM: 100, TPM: 1_000_000, ITPM: 800_000, OTPM: 200_000, RPD: 100_000, TPD: 50_000_000, Concurrency: 20,
			Acceleration: 5, Window: 10 * time.Second, Charge: "actual", CountCached: true, Background: 0.5, Group: "org",
		},
	}, p)
	require.Equal(t, []scenarios.Model{{
		Name: "vendor/m:1", Endpoints: []string{"chat"},
		Price: scenarios.Price{
			InputNano: 1250, CachedInputNano: 125, CacheWriteNano: 1500, OutputNano: 10_000,
			Long: &scenarios.LongPrice{Above: 200_000, InputNano: 2500, CachedInputNano: 250, CacheWriteNano: 3000, OutputNano: 15_000},
		},
		TTFT:      scenarios.Dist{Kind: scenarios.Constant, Constant: 400e6},
		ITL:       scenarios.Dist{Kind: scenarios.Constant, Constant: 10e6},
		Reasoning: scenarios.Dist{Kind: scenarios.LogNormal, P50: 300, P95: 2000},
		Prefill:   25 * time.Millisecond, Slowdown: 0.5, Tokenizer: 1.2, Verbosity: 1.1,
		Cache: scenarios.Cache{Mode: "automatic", MinTokens: 1024, TTL: 10 * time.Minute, Entries: 10_000},
	}}, models)
}

// TestLongContextDefaults: what a long price leaves out costs as usual.
func TestLongContextDefaults(t *testing.T) {
	s, err := loadProviders(t, "p: {models: {m: {price: {input: 2, cached_input: 0.5, output: 8, long_context: {above: 128k, input: 4}}, ttft: 1s, itl: 1ms}}}", "p/m")
	require.NoError(t, err)
	require.Equal(t, scenarios.Price{
		InputNano: 2000, CachedInputNano: 500, CacheWriteNano: 2000, OutputNano: 8000,
		Long: &scenarios.LongPrice{Above: 128_000, InputNano: 4000, CachedInputNano: 500, CacheWriteNano: 2000, OutputNano: 8000},
	}, s.World.Providers[0].Models[0].Price)
}
