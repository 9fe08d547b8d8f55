package load_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/trace"
	"github.com/routedrill/routedrill/sim/load"
)

// chats is a scenario of one chat task with this variety, and 40,000 requests.
func chats(prompts, tenants scenarios.Variety, prefix int) *scenarios.Scenario {
	return &scenarios.Scenario{Duration: 40_000 * time.Second, World: scenarios.World{
		Load: scenarios.Traffic{Arrivals: "constant", Rate: 1},
		Tasks: []scenarios.Task{{
			Name: "chat", Weight: 1, Endpoint: "chat", Prompts: prompts, Tenants: tenants, SharedPrefix: prefix,
			PromptTokens: scenarios.Dist{Kind: scenarios.LogNormal, P50: 500, P95: 2000},
			OutputTokens: scenarios.Dist{Kind: scenarios.Constant, Constant: 10},
		}},
	}}
}

// TestRanksAreDrawnAsOftenAsZipfSays holds the share of the first ranks, and of
// all that come after them, against the sum of k^-s, within five standard
// deviations of the binomial count.
func TestRanksAreDrawnAsOftenAsZipfSays(t *testing.T) {
	tests := []struct {
		name     string
		distinct int
		zipf     float64
	}{
		{"all alike", 50, 0}, {"gentle", 50, 0.5}, {"harmonic", 5000, 1}, {"steep", 5000, 1.1}, {"steeper", 1_000_000, 2}, {"one", 1, 1.1}, {"two", 2, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := load.New(chats(scenarios.Variety{Distinct: tt.distinct, Zipf: tt.zipf}, scenarios.Variety{}, 0), 7)
			require.NoError(t, err)
			const shown = 8
			counts := [shown + 1]float64{} // the last one: all later ranks
			for _, s := range p.Specs {
				if s.Text < 1 || int(s.Text) > tt.distinct {
					t.Fatalf("rank %d of %d", s.Text, tt.distinct)
				}
				counts[min(s.Text-1, shown)]++
			}
			weights := [shown + 1]float64{}
			sum := 0.0
			for k := range tt.distinct {
				w := math.Pow(float64(k+1), -tt.zipf)
				weights[min(k, shown)] += w
				sum += w
			}
			n := float64(len(p.Specs))
			for k := range counts {
				share := weights[k] / sum
				require.InDelta(t, share*n, counts[k], 5*math.Sqrt(n*share*(1-share))+1e-9, "rank %d", k+1)
			}
		})
	}
}

func TestEqualPromptsAreEquallyLong(t *testing.T) {
	p, err := load.New(chats(scenarios.Variety{Distinct: 300}, scenarios.Variety{Distinct: 20}, 400), 3)
	require.NoError(t, err)
	long := map[uint32]uint32{}
	tenants := map[uint32]bool{}
	for _, s := range p.Specs {
		was, ok := long[s.Text]
		if ok && was != s.PromptTokens || s.Prefix != 400 || s.PromptTokens < 400+load.TagTokens {
			t.Fatalf("%+v", s)
		}
		long[s.Text] = s.PromptTokens
		tenants[s.Tenant] = true
	}
	require.Len(t, long, 300)
	require.Len(t, tenants, 20)
	require.NotContains(t, tenants, uint32(0))
}

// TestRequestsHaveTextsOfTheirOwn: without variety nothing is asked twice.
func TestRequestsHaveTextsOfTheirOwn(t *testing.T) {
	p, err := load.New(chats(scenarios.Variety{}, scenarios.Variety{}, 0), 3)
	require.NoError(t, err)
	for i, s := range p.Specs {
		if s.Space != load.SpaceArrivals || int(s.Text) != i || s.Prefix != 0 || s.Tenant != 0 {
			t.Fatalf("%+v", s)
		}
	}
}

func TestTraceRowsSayWhatIsAlike(t *testing.T) {
	s := chats(scenarios.Variety{Distinct: 9}, scenarios.Variety{}, 100)
	s.World.Load = scenarios.Traffic{Trace: &scenarios.Trace{File: "f", Task: "chat"}}
	tests := []struct {
		name string
		row  trace.Row
		want load.Spec // what is said of the prompt
	}{
		{"a size of its own", trace.Row{PromptTokens: 500}, load.Spec{Text: 1, PromptTokens: 500, Prefix: 100}},
		{"shorter than the prefix", trace.Row{PromptTokens: 50}, load.Spec{Text: 1, PromptTokens: 50, Prefix: 46}},
		{"tiny", trace.Row{PromptTokens: 2}, load.Spec{Text: 1, PromptTokens: 2}},
		{"cached", trace.Row{PromptTokens: 500, CachedTokens: 384}, load.Spec{Text: 1, PromptTokens: 500, Prefix: 384}},
		{"cached for a tenant", trace.Row{PromptTokens: 500, CachedTokens: 384, Tenant: "b"}, load.Spec{Text: 1, PromptTokens: 500, Prefix: 384, PrefixOf: 2, Tenant: 2}},
		{"all of it cached", trace.Row{PromptTokens: 500, CachedTokens: 500}, load.Spec{Text: 1, PromptTokens: 500, Prefix: 496}},
		{"a session", trace.Row{PromptTokens: 500, CachedTokens: 384, Session: "y"}, load.Spec{Space: load.SpaceSessions, Text: 2, PromptTokens: 500, Prefix: 100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := trace.Row{Tenant: "a", Session: "x"}
			tt.row.At = time.Second
			p, err := load.FromTrace(s, []trace.Row{first, tt.row}, 1)
			require.NoError(t, err)
			require.EqualValues(t, 1, p.Specs[0].Tenant)
			got := p.Specs[1]
			got.OutputTokens = 0
			require.Equal(t, tt.want, got)
		})
	}
}
