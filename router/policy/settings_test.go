package policy_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/policy"
)

func TestValidate(t *testing.T) {
	for _, row := range []struct {
		name string
		s    policy.Settings
		want string // "" for valid
	}{
		{"nothing", policy.Settings{}, ""},
		{"strategy", policy.Settings{Strategy: "fastest"}, `policy.strategy: "fastest" is not one of single-provider, priority, `},
		{"weights", policy.Settings{Weights: policy.Weights{Cost: -1}}, "policy.weights: -1 is not within 0 and 1000000"},
		{"no number", policy.Settings{Weights: policy.Weights{Cost: math.NaN()}}, "policy.weights: NaN is not within"},
		{"split", policy.Settings{Split: map[string]float64{"a/m": math.Inf(1)}}, "policy.split.a/m: +Inf is not within"},
		{"split of nothing", policy.Settings{Split: map[string]float64{"a/m": 0}}, "policy.split: one weight must be positive"},
		{"sticky", policy.Settings{Sticky: "session"}, `policy.sticky: "session" is neither user nor tenant`},
		{"prior", policy.Settings{Prior: -1}, "policy.prior: -1ns is not within 0s and 1h"},
		{"no exploration", policy.Settings{Explore: -1}, ""},
		{"explore", policy.Settings{Explore: 0.51}, "policy.explore: 0.51 is above 0.5"},
		{"rtt", policy.Settings{RTT: map[string]map[string]time.Duration{"a": {"b": time.Hour}}}, "policy.rtt.a.b: 1h0m0s is not within 0s and 1m"},
		{"ceiling", policy.Settings{CeilingPer1k: -0.1}, "policy.ceiling_per_1k_tokens: -0.1 is not within"},
		{"latency ceiling", policy.Settings{LatencyCeiling: 2 * time.Hour}, "policy.latency_ceiling: 2h0m0s is not within"},
		{"off peak", policy.Settings{OffPeak: []policy.DayTime{{From: 25 * time.Hour}}}, "policy.off_peak: 25h0m0s to 0s is no span of a day"},
		{"comparisons", policy.Settings{Comparisons: policy.Comparisons{MinSamples: 1}}, "policy.comparisons: half_life is at least 1s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := row.s.Validate()
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}

// Each name is a strategy of its own, with what the settings say.
func TestNames(t *testing.T) {
	want := []policy.Strategy{
		policy.OnlyFirst{}, policy.InOrder{}, policy.Split{}, policy.Rotation{}, policy.Idlest{},
		policy.Fastest{Prior: time.Second, Explore: policy.DefaultExplore},
		policy.Cheapest{Ceiling: 3, LatencyCeiling: time.Minute}, policy.Best{},
		policy.Balance{Weights: policy.Weights{Cost: 1}, Fastest: policy.Fastest{Prior: time.Second, Explore: policy.DefaultExplore}},
	}
	for i, name := range policy.Names() {
		s := policy.Settings{Strategy: name, Prior: time.Second, CeilingPer1k: 3, LatencyCeiling: time.Minute, Weights: policy.Weights{Cost: 1}}
		require.NoError(t, s.Validate())
		require.Equal(t, want[i], s.New(), name)
	}
	none := policy.Settings{Strategy: policy.LatencyFirst, Explore: -1}
	require.Equal(t, policy.Fastest{}, none.New())
	require.Equal(t, policy.InOrder{}, new(policy.Settings).New())
}

func TestDistance(t *testing.T) {
	s := policy.Settings{RTT: map[string]map[string]time.Duration{"eu": {"us": 85 * time.Millisecond}}}
	for _, row := range []struct {
		a, b string
		want time.Duration
	}{{"eu", "us", 85 * time.Millisecond}, {"us", "eu", 85 * time.Millisecond}, {"eu", "eu", 0}, {"eu", "ap", 0}, {"", "us", 0}, {"eu", "", 0}} {
		require.Equal(t, row.want, s.Distance(row.a, row.b), "%s to %s", row.a, row.b)
	}
}
