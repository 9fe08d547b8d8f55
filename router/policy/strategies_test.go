package policy_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/policy"
)

// three are candidates a, b and c.
func three(change ...func(c []policy.Candidate)) []policy.Candidate {
	c := make([]policy.Candidate, 3)
	for i := range c {
		c[i] = policy.Candidate{Name: string(rune('a' + i)), Index: i, Weight: 1, Share: 1}
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// order is the order in which the candidates are tried, with their notes, and
// in brackets who is out.
func order(c []policy.Candidate) string {
	slices.SortFunc(c, func(a, b policy.Candidate) int {
		if policy.Before(&a, &b) {
			return -1
		}
		return 1
	})
	var words, out []string
	for _, x := range c {
		switch {
		case x.Out != "":
			out = append(out, "("+x.Name+" "+x.Out+")")
		case x.Note != "":
			words = append(words, x.Name+":"+x.Note)
		default:
			words = append(words, x.Name)
		}
	}
	return strings.Join(append(words, out...), " ")
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// took gives the candidates their p50 and p95 of streams; n samples each.
func took(n int, p95 ...int) func(c []policy.Candidate) {
	return func(c []policy.Candidate) {
		for i, v := range p95 {
			c[i].TTFT = policy.Timing{Samples: n, P50: ms(v), P95: ms(v)}
		}
	}
}

func TestStrategies(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	fastest := policy.Fastest{} // without exploration
	cost := func(usd ...float64) func(c []policy.Candidate) {
		return func(c []policy.Candidate) {
			for i, v := range usd {
				c[i].Cost, c[i].Tokens = v*1e6, 1000
			}
		}
	}
	quality := func(q ...float64) func(c []policy.Candidate) {
		return func(c []policy.Candidate) {
			for i, v := range q {
				c[i].Quality = v
			}
		}
	}
	failing := func(i int, rate float64) func(c []policy.Candidate) {
		return func(c []policy.Candidate) { c[i].FailureRate = rate }
	}
	for _, row := range []struct {
		name     string
		strategy policy.Strategy
		query    policy.Query
		in       []policy.Candidate
		want     string
	}{
		{"priority", policy.InOrder{}, policy.Query{}, three(), "a b c"},
		{"single", policy.OnlyFirst{}, policy.Query{}, three(), "a (b not_first) (c not_first)"},
		{"round robin, first", policy.Rotation{}, policy.Query{Nth: 0}, three(), "a b c"},
		{"round robin, second", policy.Rotation{}, policy.Query{Nth: 1}, three(), "b c a"},
		{"round robin, after many", policy.Rotation{}, policy.Query{Nth: math.MaxUint64}, three(), "a b c"},
		{"least busy", policy.Idlest{}, policy.Query{}, three(func(c []policy.Candidate) { c[0].InFlight, c[1].InFlight, c[2].InFlight = 7, 2, 4 }), "b c a"},
		{"least busy by weight", policy.Idlest{}, policy.Query{}, three(func(c []policy.Candidate) {
			c[0].InFlight, c[1].InFlight, c[2].InFlight = 30, 9, 1
			c[0].Weight, c[2].Weight = 10, 0
		}), "a b c:no_weight"},

		{"fastest", fastest, policy.Query{Stream: true}, three(took(50, 900, 500, 2000)), "b a c"},
		{"a failure is not fast", fastest, policy.Query{Stream: true}, three(took(50, 900, 500, 2000), failing(1, 0.5)), "a b c"},
		{"the nearest of unknown ones", fastest, policy.Query{Stream: true},
			three(func(c []policy.Candidate) { c[0].RTT, c[1].RTT, c[2].RTT = ms(150), ms(80), 0 }), "c b a"},
		{"distance counts", fastest, policy.Query{Stream: true}, three(took(50, 500, 450, 2000), func(c []policy.Candidate) { c[1].RTT = ms(150) }), "a b c"},
		{"an unknown one is like its neighbours", fastest, policy.Query{Stream: true}, three(took(50, 900, 0, 2000), func(c []policy.Candidate) {
			c[1].TTFT, c[1].RTT = policy.Timing{}, ms(200)
		}), "a b c"},
		{"or like the prior", policy.Fastest{Prior: 5 * time.Second}, policy.Query{Stream: true}, three(took(5000, 900, 0, 2000),
			func(c []policy.Candidate) { c[1].TTFT = policy.Timing{} }), "a c b"},
		{"whole answers have times of their own", fastest, policy.Query{}, three(took(50, 900, 500, 2000), func(c []policy.Candidate) {
			for i, s := range []int{3, 9, 5} {
				c[i].Latency = policy.Timing{Samples: 50, P50: ms(1000 * s), P95: ms(1000 * s)}
			}
		}), "a c b"},
		{"near the best, the idler of two", fastest, policy.Query{Stream: true}, three(took(5000, 500, 510, 2000), func(c []policy.Candidate) {
			c[0].InFlight, c[1].InFlight = 9, 3
		}), "b:two_choices a c"},

		{"cheapest", policy.Cheapest{}, policy.Query{}, three(cost(0.03, 0.02, 0.001)), "c b a"},
		{"a ceiling", policy.Cheapest{Ceiling: 0.02}, policy.Query{}, three(cost(0.03, 0.02, 0.001)), "c b (a over_ceiling)"},
		{"too slow", policy.Cheapest{LatencyCeiling: time.Second}, policy.Query{Stream: true, Now: noon},
			three(cost(0.03, 0.02, 0.001), took(50, 900, 500, 2000)), "b a c:slow"},
		{"too slow, and hardly known", policy.Cheapest{LatencyCeiling: time.Second}, policy.Query{Stream: true, Now: noon},
			three(cost(0.03, 0.02, 0.001), took(9, 900, 500, 2000)), "c b a"},
		{"off peak", policy.Cheapest{LatencyCeiling: time.Second, OffPeak: []policy.DayTime{{From: 12 * time.Hour, To: 13 * time.Hour}}},
			policy.Query{Stream: true, Now: noon}, three(cost(0.03, 0.02, 0.001), took(50, 900, 500, 2000)), "c b a"},

		{"best", policy.Best{}, policy.Query{}, three(quality(0.8, 0, 0.9)), "c a b"},
		{"best of equals", policy.Best{}, policy.Query{}, three(quality(0.8, 0.9, 0.9)), "b c a"},

		{"balanced, latency alone", policy.Balance{Weights: policy.Weights{Latency: 1}}, policy.Query{Stream: true},
			three(took(50, 900, 500, 2000), cost(1, 2, 3), quality(0.9, 0.1, 0.5)), "b a c"},
		{"balanced, cost alone", policy.Balance{Weights: policy.Weights{Cost: 3}}, policy.Query{Stream: true},
			three(took(50, 900, 500, 2000), cost(1, 2, 3), quality(0.9, 0.1, 0.5)), "a b c"},
		{"balanced, health alone", policy.Balance{Weights: policy.Weights{Health: 1}}, policy.Query{Stream: true},
			three(took(50, 900, 500, 2000), failing(0, 0.3), failing(1, 0.2), failing(2, 0.1)), "c b a"},
		{"balanced, as it comes", policy.Balance{}, policy.Query{Stream: true}, // 0.4 × 4/9 + 0; 0 + 0.3 × 1/2 + 0.2 × 8/9; 0.4 × 3/4 + 0.3 × 2/3 + 0.2 × 4/9
			three(took(5000, 900, 500, 2000), cost(1, 2, 3), quality(0.9, 0.1, 0.5)), "a b c"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.strategy.Rank(&row.query, row.in)
			require.Equal(t, row.want, order(row.in))
		})
	}
}

// The scores are those of the formulas.
func TestScores(t *testing.T) {
	c := three(func(c []policy.Candidate) {
		c[0].TTFT = policy.Timing{Samples: 30, P50: ms(500), P95: ms(1000)}
		c[0].FailureRate, c[0].RTT = 0.25, ms(50)
	})
	policy.Fastest{Prior: 2 * time.Second}.Rank(&policy.Query{Stream: true}, c)
	require.InDelta(t, ((30*0.9+10*2)/40+0.05)/0.75, c[0].Score, 1e-12)
	require.InDelta(t, 2, c[1].Score, 1e-12)

	c = three(took(1000, 1000, 500, 2000), func(c []policy.Candidate) {
		for i := range c {
			c[i].Cost, c[i].Quality, c[i].FailureRate = float64(10*(i+1)), 0.9-0.2*float64(i), 0.1*float64(i)
		}
	})
	policy.Balance{Weights: policy.Weights{Latency: 2, Cost: 1, Quality: 4, Health: 1}, Fastest: policy.Fastest{Prior: time.Second}}.Rank(&policy.Query{Stream: true}, c)
	known := func(own float64) float64 { return (1000*own + 10) / 1010 }
	require.InDelta(t, (2*(1-known(0.5)/known(2))+1*(1-10.0/30)+4*(1-0.5/0.9)+0.2)/8, c[2].Score, 1e-12)
}

// Shares are those of the weights, within four standard deviations.
func TestSplit(t *testing.T) {
	const n = 20_000
	first := map[string]int{}
	for i := range n {
		c := three(func(c []policy.Candidate) { c[0].Weight, c[1].Weight, c[2].Weight = 70, 30, 0 })
		policy.Split{}.Rank(&policy.Query{RequestID: fmt.Sprint(i), Seed: 3}, c)
		got := order(c)
		first[got[:1]]++
		require.True(t, strings.HasSuffix(got, "c:no_weight"), "without a weight it is a fallback: %s", got)
	}
	require.InDelta(t, 0.7*n, first["a"], 4*math.Sqrt(n*0.7*0.3))
	require.Equal(t, n, first["a"]+first["b"])
}

// Clients stay where they are, and of a change of weights only those move who must.
func TestSplitIsSticky(t *testing.T) {
	ranked := func(client, request string, weights ...float64) string {
		c := three(func(c []policy.Candidate) {
			for i, w := range weights {
				c[i].Weight = w
			}
		})
		policy.Split{}.Rank(&policy.Query{RequestID: request, Client: client, Seed: 3}, c)
		return order(c)
	}
	const n = 5000
	moved, differs := 0, 0
	for i := range n {
		client := fmt.Sprint("client-", i)
		before := ranked(client, "x", 50, 25, 25)
		require.Equal(t, before, ranked(client, "y", 50, 25, 25), "whatever it asks, at its second choice too")
		after := ranked(client, "x", 50, 50, 25)
		if before[0] != after[0] {
			moved++
			require.EqualValues(t, 'b', after[0], "nobody moves but to the one that grew")
		}
		if ranked("", "x"+client, 50, 25, 25) != ranked("", "y"+client, 50, 25, 25) {
			differs++
		}
	}
	require.InDelta(t, 0.15*n, moved, 4*math.Sqrt(n*0.15*0.85), "its share grew from 25 % to 40 %")
	require.Greater(t, differs, n/3, "who is nobody draws for each request")
}

// Of equals each gets about the same, so no herd forms; and a busy one is avoided.
func TestTwoChoices(t *testing.T) {
	const n = 3000
	first := map[string]int{}
	for i := range n {
		c := three(took(50, 500, 500, 500))
		policy.Fastest{}.Rank(&policy.Query{Stream: true, RequestID: fmt.Sprint(i)}, c)
		first[order(c)[:1]]++
	}
	for name, got := range first {
		require.InDelta(t, n/3, got, 4*math.Sqrt(n*2.0/9), name)
	}
	for i := range n {
		c := three(took(50, 500, 500, 500), func(c []policy.Candidate) { c[1].InFlight = 1 })
		policy.Fastest{}.Rank(&policy.Query{Stream: true, RequestID: fmt.Sprint(i)}, c)
		require.NotEqual(t, "b", order(c)[:1], "somebody is always idler")
	}
}

func TestExploration(t *testing.T) {
	const n, share = 20_000, 0.05
	first := map[string]int{}
	for i := range n {
		c := three(took(50, 500, 2000, 2000), func(c []policy.Candidate) { c[1].TTFT.Samples, c[2].TTFT.Samples = 3, 3 })
		policy.Fastest{Explore: share}.Rank(&policy.Query{Stream: true, RequestID: fmt.Sprint(i)}, c)
		first[strings.Fields(order(c))[0]]++
	}
	for _, name := range []string{"b:explored", "c:explored"} {
		require.InDelta(t, n*share/2, first[name], 4*math.Sqrt(n*share/2), name)
	}
	for i := range n {
		c := three(took(50, 500, 2000, 2000), func(c []policy.Candidate) { c[1].TTFT.Samples, c[1].State = 3, policy.Down })
		policy.Fastest{Explore: share}.Rank(&policy.Query{Stream: true, RequestID: fmt.Sprint(i)}, c)
		require.Equal(t, "a", order(c)[:1], "nobody is sent to who is down, or known")
	}
}

func TestDayTime(t *testing.T) {
	night, err := policy.ParseDayTime("22:00-06:00")
	require.NoError(t, err)
	lunch, err := policy.ParseDayTime("12:00-13:30")
	require.NoError(t, err)
	for _, row := range []struct {
		at           string
		night, lunch bool
	}{
		{"2026-03-04T21:59:59Z", false, false}, {"2026-03-04T22:00:00Z", true, false}, {"2026-03-04T00:00:00Z", true, false},
		{"2026-03-04T06:00:00Z", false, false}, {"2026-03-04T13:29:59Z", false, true}, {"2026-03-04T13:30:00Z", false, false},
		{"2026-03-04T01:00:00+03:00", true, false},
	} {
		at, err := time.Parse(time.RFC3339, row.at)
		require.NoError(t, err)
		require.Equal(t, []bool{row.night, row.lunch}, []bool{night.Holds(at), lunch.Holds(at)}, row.at)
	}
	for _, bad := range []string{"", "22:00", "22-06", "22:00-24:00", "06:00-06:00"} {
		_, err := policy.ParseDayTime(bad)
		require.Error(t, err, bad)
	}
}
