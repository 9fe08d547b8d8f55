package router_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/policy"
)

// with sets the policy of a rig.
func with(p router.Policy) func(*router.Config) {
	return func(c *router.Config) { c.Policy = p }
}

// chosen is a record's choice in words.
func chosen(r audit.Record) string {
	words := []string{r.Choice.Strategy + ":"}
	for _, c := range r.Choice.Candidates {
		word := c.Target
		if c.Note != "" {
			word += " " + c.Note
		}
		if c.Out != "" {
			word += " (" + c.Out + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// The record of every request tells what was chosen, from whom, and why.
func TestTheChoiceIsAudited(t *testing.T) {
	answers := map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}}
	prices := func(c *router.Config) {
		for i, nano := range []int64{3000, 1000, 2000} {
			c.Providers[i].Models[0].Price = router.Price{InputNano: nano, OutputNano: nano}
		}
	}
	noTools := func(c *router.Config) { c.Providers[1].Models[0].Capabilities = []string{} }
	const tools = `,"tools":[{"type":"function","function":{"name":"f"}}]}`
	for _, row := range []struct {
		name   string
		change []func(*router.Config)
		model  string
		rest   string
		want   string
		first  string
	}{
		{"priority", nil, "smart", "}", "priority: a/m b/m c/m", "a"},
		{"single provider", []func(*router.Config){with(router.Policy{Strategy: policy.SingleProvider})}, "smart", "}", "single-provider: a/m", "a"},
		{"a target by its name", []func(*router.Config){with(router.Policy{Strategy: policy.CostFirst})}, "c/m", "}", "single-provider: c/m", "c"},
		{"a filter", []func(*router.Config){noTools}, "smart", tools, "priority: a/m c/m b/m (lacks tools)", "a"},
		{"cost", []func(*router.Config){prices, with(router.Policy{Strategy: policy.CostFirst})}, "smart", "}", "cost-first: b/m c/m a/m", "b"},
		{"cost and a filter", []func(*router.Config){prices, noTools, with(router.Policy{Strategy: policy.CostFirst})}, "smart", tools,
			"cost-first: c/m a/m b/m (lacks tools)", "c"},
		{"cost and a ceiling", []func(*router.Config){prices, with(router.Policy{Strategy: policy.CostFirst, CeilingPer1k: 0.0025})}, "smart", "}",
			"cost-first: b/m c/m a/m (over_ceiling)", "b"},
		{"a split", []func(*router.Config){with(router.Policy{Strategy: policy.Weighted, Split: map[string]float64{"c/m": 1}})}, "smart", "}",
			"weighted: c/m a/m no_weight b/m no_weight", "c"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, answers, row.change...)
				w := g.do(post(t.Context(), "/v1/chat/completions", `{"model":"`+row.model+`","messages":[{"role":"user","content":"hello"}]`+row.rest))
				require.Equal(t, http.StatusOK, w.Code)
				require.Equal(t, row.want, chosen(g.log.last(t)))
				require.Equal(t, row.first, g.log.last(t).Attempts[0].Provider)
			})
		})
	}
}

// Where the policy leaves nobody the client is told why.
func TestAPolicyMayLeaveNobody(t *testing.T) {
	g := newRig(t, nil, with(router.Policy{Strategy: policy.CostFirst, CeilingPer1k: 1e-9}))
	w := g.do(chat(t.Context(), "smart", false))
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "the policy lets no target of `model` serve this request: a/m: over_ceiling; b/m: over_ceiling; c/m: over_ceiling")
	require.Equal(t, audit.Rejected, g.log.last(t).Outcome)
	require.Empty(t, g.log.last(t).Attempts)
}

// drove sends n requests a second apart and counts who served them, in the
// second half.
func (g *rig) drove(t *testing.T, n int, stream bool) map[string]int {
	t.Helper()
	served := map[string]int{}
	for i, r := range g.drive(t, n, time.Second+time.Microsecond, stream) {
		if i >= n/2 {
			served[r.Attempts[len(r.Attempts)-1].Provider]++
		}
	}
	return served
}

// Latency-first finds the fastest target, and leaves it when it becomes slow or
// fails fast.
func TestLatencyFirstFollowsTheFastest(t *testing.T) {
	stream := func(ttft time.Duration) step {
		return sse(role, ttft, token, finish, usage, done)
	}
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {stream(900 * time.Millisecond)}, "b": {stream(300 * time.Millisecond)}, "c": {stream(600 * time.Millisecond)}},
			with(router.Policy{Strategy: policy.LatencyFirst}))
		require.Greater(t, g.drove(t, 600, true)["b"], 270, "the rest is exploration")
		g.fakes.play("b", stream(2*time.Second))
		require.Greater(t, g.drove(t, 800, true)["c"], 350, "b has become slow")
	})
	bubble(t, func(t *testing.T) {
		n := 0
		flaky := func(q *http.Request) (*http.Response, error) {
			if n++; n%5 < 2 {
				return answer(500, "{}")(q)
			}
			return stream(300 * time.Millisecond)(q)
		}
		g := newRig(t, map[string][]step{"a": {stream(400 * time.Millisecond)}, "b": {flaky}, "c": {stream(time.Second)}},
			with(router.Policy{Strategy: policy.LatencyFirst}), func(c *router.Config) { c.Resilience.Breaker.FailureRate = 1 })
		require.Greater(t, g.drove(t, 1200, true)["a"], 450, "two failures in five make b slower than a")
	})
}

// With everybody cold the nearest to the client comes first.
func TestTheNearestComesFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}},
			with(router.Policy{Strategy: policy.LatencyFirst, Explore: -1, RTT: map[string]map[string]time.Duration{
				"eu": {"us": 90 * time.Millisecond, "ap": 150 * time.Millisecond},
			}}), func(c *router.Config) {
				for i, region := range []string{"us", "ap", "eu"} {
					c.Providers[i].Region = region
				}
			})
		q := chat(t.Context(), "smart", false)
		q.Header.Set("X-Routedrill-Region", "eu")
		g.do(q)
		require.Equal(t, "latency-first: c/m a/m b/m", chosen(g.log.last(t)))
	})
}

// A user, or a tenant, stays where they are.
func TestSticky(t *testing.T) {
	for _, row := range []struct {
		sticky string
		who    func(q *http.Request, i int) *http.Request
	}{
		{policy.StickyUser, func(q *http.Request, i int) *http.Request {
			return post(q.Context(), "/v1/chat/completions", fmt.Sprintf(`{"model":"smart","user":"u%d","messages":[]}`, i))
		}},
		{policy.StickyTenant, func(q *http.Request, i int) *http.Request {
			q.Header.Set("X-Routedrill-Tenant", fmt.Sprintf("tenant-%d", i))
			return q
		}},
	} {
		t.Run(row.sticky, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}}, with(router.Policy{Strategy: policy.Weighted, Sticky: row.sticky}))
			seen := map[string]bool{}
			for who := range 30 {
				first := ""
				for n := range 3 {
					q := row.who(chat(t.Context(), "smart", false), who)
					q.Header.Set("X-Client-Request-Id", fmt.Sprintf("req-%d-%d", who, n))
					g.do(q)
					got := chosen(g.log.last(t))
					if n == 0 {
						first = got
					}
					require.Equal(t, first, got)
				}
				seen[first] = true
			}
			require.Greater(t, len(seen), 4, "others are elsewhere")
		})
	}
}

// Comparisons move quality-first, for their task.
func TestComparisonsCount(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}},
			with(router.Policy{Strategy: policy.QualityFirst, Comparisons: policy.Comparisons{HalfLife: time.Hour, MinSamples: 5}}),
			func(c *router.Config) {
				for i, q := range []float64{0.8, 0.7, 0.6} {
					c.Providers[i].Models[0].Quality = q
				}
				c.Providers[2].Models[0].TaskQuality = map[string]float64{"code": 0.95}
			})
		ask := func(task string) string {
			q := chat(t.Context(), "smart", false)
			q.Header.Set("X-Routedrill-Task", task)
			g.do(q)
			return chosen(g.log.last(t))
		}
		require.Equal(t, "quality-first: a/m b/m c/m", ask(""))
		require.Equal(t, "quality-first: c/m a/m b/m", ask("code"))
		for range 10 {
			require.True(t, g.Compared("b/m", "law", 1))
		}
		require.False(t, g.Compared("d/m", "law", 1))
		require.Equal(t, "quality-first: b/m a/m c/m", ask("law"))
		require.Equal(t, "quality-first: c/m b/m a/m", ask("code"))
		time.Sleep(3 * time.Hour)
		require.Equal(t, "quality-first: a/m b/m c/m", ask("law"), "they fade")
	})
}

// stubborn scores what cannot be ordered.
type stubborn struct{}

func (stubborn) Rank(_ *policy.Query, c []policy.Candidate) {
	c[0].Score, c[1].Score, c[2].Score = math.NaN(), 5, math.Inf(1)
}

func TestScoresThatAreNoNumbers(t *testing.T) {
	c := config()
	l := &log{}
	r, err := router.New(c, router.WithStrategy("stubborn", stubborn{}), router.WithAudit(l), router.WithTransport(&fakes{steps: map[string][]step{"b": {ok()}}}))
	require.NoError(t, err)
	g := &rig{Router: r, log: l}
	require.Equal(t, http.StatusOK, g.do(chat(t.Context(), "smart", false)).Code)
	require.Equal(t, "stubborn: b/m a/m c/m", chosen(l.last(t)))
	for _, x := range l.last(t).Choice.Candidates {
		require.LessOrEqual(t, x.Score, math.MaxFloat64)
	}
}

// A target on its ramp is spared whatever its score is.
func TestFailbackComesAfterTheRanking(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {after(100*time.Millisecond, ok())}, "b": {answer(500, "{}")}, "c": {after(100*time.Millisecond, ok())}},
			with(router.Policy{Strategy: policy.QualityFirst}), func(c *router.Config) {
				c.Providers[1].Models[0].Quality = 0.9
				c.Resilience.Breaker.MinSamples = 1
				c.Resilience.Failback.Ramp = time.Hour
			})
		g.drive(t, 5, time.Second, false)
		g.fakes.play("b", after(100*time.Millisecond, ok()))
		g.drive(t, 30, time.Second, false)
		spared := 0
		for _, r := range g.drive(t, 200, 50*time.Millisecond, false) {
			require.Equal(t, "b/m", r.Choice.Candidates[0].Target, "the best it is")
			if r.Attempts[0].Provider != "b" {
				spared++
				require.Equal(t, audit.Recovering, r.Skips[0].Reason)
			}
		}
		require.Greater(t, spared, 140)
	})
}

func TestPolicyIsChecked(t *testing.T) {
	c := config()
	c.Policy = router.Policy{Strategy: "cheap", Split: map[string]float64{"z/m": 1}}
	c.Providers[0].Models[0].Quality = 1.5
	c.Providers[0].Models[0].TaskQuality = map[string]float64{"code": -1}
	_, err := router.New(c)
	for _, want := range []string{`policy.strategy: "cheap" is not one of`, `policy.split: "z/m" is no "provider/model"`,
		"providers.a.models.m.quality: 1.5 is not within 0 and 1", "providers.a.models.m.task_quality.code: -1 is not within"} {
		require.ErrorContains(t, err, want)
	}
}
