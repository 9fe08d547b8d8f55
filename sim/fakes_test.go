package sim

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire"
	"github.com/routedrill/routedrill/scenarios"
)

// TestFakeModelSaysWhatTheScenarioSays: nothing of a model is lost on the way.
func TestFakeModelSaysWhatTheScenarioSays(t *testing.T) {
	constant := func(v float64) scenarios.Dist { return scenarios.Dist{Kind: scenarios.Constant, Constant: v} }
	in := scenarios.Model{
		Name: "m", Endpoints: []string{"chat"}, Context: 1, MaxOutput: 2, Quality: 0.5,
		Price: scenarios.Price{
			InputNano: 3, CachedInputNano: 4, CacheWriteNano: 5, OutputNano: 6,
			Long: &scenarios.LongPrice{Above: 7, InputNano: 8, CachedInputNano: 9, CacheWriteNano: 10, OutputNano: 11},
		},
		TTFT: constant(12), ITL: constant(13), Reasoning: constant(14), Prefill: 15, Slowdown: 16, Tokenizer: 1.7, Verbosity: 1.8,
		Cache: scenarios.Cache{Mode: "automatic", MinTokens: 19, TTL: 20, Entries: 21},
	}
	out, err := fakeModel(in)
	require.NoError(t, err)
	for _, e := range []struct {
		name string
		dist interface{ Quantile(float64) float64 }
		want float64
	}{{"ttft", out.TTFT, 12}, {"itl", out.ITL, 13}, {"reasoning", out.Reasoning, 14}} {
		require.InDelta(t, e.want, e.dist.Quantile(0.5), 1e-9, e.name)
	}
	out.TTFT, out.ITL, out.Reasoning = nil, nil, nil
	require.Equal(t, fakeproviders.Model{
		Name: "m", Endpoints: []string{"chat"}, Context: 1, MaxOutput: 2,
		Price: fakeproviders.Price{
			InputNano: 3, CachedInputNano: 4, CacheWriteNano: 5, OutputNano: 6,
			Long: &fakeproviders.LongPrice{Above: 7, InputNano: 8, CachedInputNano: 9, CacheWriteNano: 10, OutputNano: 11},
		},
		Prefill: 15, Slowdown: 16, Tokenizer: 1.7, Verbosity: 1.8,
		Cache: fakeproviders.Cache{Mode: "automatic", MinTokens: 19, TTL: 20, Entries: 21},
	}, out)
}

// TestFakesSayWhatTheScenarioSays: nothing of a provider is lost on the way.
func TestFakesSayWhatTheScenarioSays(t *testing.T) {
	p := scenarios.Provider{
		Name: "p", Vendor: "v", Region: "r", Wire: "openai", RTT: time.Second, CutBilling: "whole",
		Capacity: scenarios.Capacity{Concurrency: 1, Queue: 2, Status: 529},
		Quotas:   scenarios.Quotas{RPM: 3, TPM: 4, ITPM: 5, OTPM: 6, RPD: 7, TPD: 8, Concurrency: 9, Acceleration: 10, Window: time.Minute, Charge: "actual", CountCached: true, Background: 0.5, Group: "g"},
		Weather:  scenarios.Weather{Sigma: 1, Correlation: time.Hour},
	}
	c := &cell{scenario: &scenarios.Scenario{Start: time.Date(2026, 1, 1, 22, 0, 0, 0, time.UTC), World: scenarios.World{RequestSigma: 0.3}}, seed: 5}
	origin := time.Unix(100, 0)
	got, err := c.fakes(nil, origin).config(p)
	require.NoError(t, err)
	require.NotNil(t, got.API)
	require.NotNil(t, got.Demand)
	got.API, got.Demand = nil, nil
	require.Equal(t, fakeproviders.Config{
		Name: "p", Vendor: "v", Region: "r", RTT: time.Second, CutBilling: "whole", RequestSigma: 0.3, Seed: 5, Start: origin,
		Capacity: fakeproviders.Capacity{Concurrency: 1, Queue: 2, Status: 529},
		Quotas: fakeproviders.Quotas{
			RPM: 3, TPM: 4, ITPM: 5, OTPM: 6, RPD: 7, TPD: 8, Concurrency: 9, Window: time.Minute, Charge: "actual", CountCached: true,
			Background: 0.5, Acceleration: fakeproviders.Acceleration{Factor: 10, Floor: 100_000}, Midnight: 2 * time.Hour,
		},
		Weather:     fakeproviders.Weather{Sigma: 1, Correlation: time.Hour},
		MaxEventGap: time.Millisecond,
	}, got)
}

// TestRouterUnderstandsEveryDialect: what a scenario may name, both sides speak.
func TestRouterUnderstandsEveryDialect(t *testing.T) {
	require.Subset(t, wire.Names(), wireWords())
	for _, d := range dialects {
		require.Equal(t, d.api, api(d.word), d.word)
		spoken, ok := wire.Named(d.word)
		require.True(t, ok, d.word)
		routes := d.routes([]scenarios.Model{{Name: "m"}})
		for _, endpoint := range []string{llm.Chat, llm.Completions, llm.Embeddings} {
			path, _, ok := spoken.Path(wire.Target{Model: "m"}, endpoint, false)
			if ok {
				require.Contains(t, routes, route{http.MethodPost, path}, "%s %s", d.word, endpoint)
			}
		}
	}
}
