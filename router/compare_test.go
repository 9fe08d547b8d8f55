package router_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
)

// judge is an evaluator that takes a while, keeps what it was asked, and finds the
// answers of each target as good as it is told.
type judge struct {
	mu    sync.Mutex
	pairs []router.Pair
	good  map[string]float64
	err   error
	takes time.Duration
}

func (j *judge) compare(ctx context.Context, p *router.Pair) (served, shadow float64, err error) {
	if err := wait(ctx, j.takes); err != nil {
		return 0, 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pairs = append(j.pairs, *p)
	return j.good[p.Served.Target], j.good[p.Shadow.Target], j.err
}

// byQuality routes by quality: a is said to be the best, b comes next, and c is
// what shadows are sent to.
func byQuality(c *router.Config) {
	shadowed(c)
	c.Policy.Strategy = "quality-first"
	c.Policy.Comparisons.HalfLife, c.Policy.Comparisons.MinSamples = 24*time.Hour, 5
	for i, q := range []float64{0.9, 0.8, 0.7} {
		c.Providers[i].Models[0].Quality = q
	}
}

// Once enough of its answers were found worse, a target serves no more, though it
// answers 200 in time.
func TestComparisonsMoveTraffic(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			good := ok()
			if stream {
				good = sse(role, token, finish, usage, done)
			}
			j := &judge{good: map[string]float64{"a/m": 0.2, "b/m": 0.8, "c/m": 0.75}, takes: time.Second}
			g := newRigWith(t, map[string][]step{"a": {good}, "b": {good}, "c": {after(3*time.Second, good)}},
				[]router.Option{router.WithEvaluator(j.compare)}, byQuality)
			defer g.Close()
			var served []string
			for range 12 {
				q := chat(t.Context(), "smart", stream)
				q.Header.Set("X-Routedrill-Task", "support")
				w := g.do(q)
				require.Equal(t, 200, w.Code)
				served = append(served, w.Header().Get("X-Routedrill-Provider"))
				pause(10 * time.Second)
			}
			// The fifth counts a little less than five by then.
			require.Equal(t, "aaaaaabbbbbb", strings.Join(served, ""))
			require.Len(t, j.pairs, 12)
			p := j.pairs[0]
			require.Equal(t, "support", p.Task)
			require.Equal(t, "chat", p.Endpoint)
			require.Equal(t, [2]string{"a/m", "c/m"}, [2]string{p.Served.Target, p.Shadow.Target})
			require.Contains(t, string(p.Request), `"smart"`)
			for _, a := range []router.PairAnswer{p.Served, p.Shadow} {
				require.Contains(t, string(a.Body), map[bool]string{false: "hi there", true: "abcd"}[stream])
			}
			require.Equal(t, "b/m", j.pairs[11].Served.Target)
		})
	}
}

func TestWhatIsNotCompared(t *testing.T) {
	long := strings.Replace(answerBody, "hi there", strings.Repeat("x", router.MaxCompared), 1)
	for _, row := range []struct {
		name   string
		a, c   step
		judge  *judge
		pairs  int    // of ten requests
		serves string // the last
	}{
		{"both are answered", ok(), ok(), &judge{}, 10, "b"},
		{"the evaluator fails", ok(), ok(), &judge{err: errors.New("no opinion")}, 10, "a"},
		{"the evaluator is slow", ok(), ok(), &judge{takes: 2 * router.EvaluationTimeout}, 0, "a"},
		{"it says what is no score", ok(), ok(), &judge{good: map[string]float64{"a/m": -1, "c/m": 2}}, 10, "a"},
		{"the shadow is not answered", ok(), answer(503, "{}"), &judge{}, 0, "a"},
		{"nor is the client", answer(400, "{}"), ok(), &judge{}, 0, "a"},
		{"the client's is too long", answer(200, long), ok(), &judge{}, 0, "a"},
		{"the shadow's is too long", ok(), answer(200, long), &judge{}, 0, "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRigWith(t, map[string][]step{"a": {row.a}, "b": {ok()}, "c": {row.c}},
					[]router.Option{router.WithEvaluator(row.judge.compare)}, byQuality)
				defer g.Close()
				last := ""
				for range 10 {
					last = g.do(chat(t.Context(), "smart", false)).Header().Get("X-Routedrill-Provider")
					pause(5 * time.Minute)
				}
				require.Equal(t, row.pairs, len(row.judge.pairs)) //nolint:testifylint // a failure must not print the answers
				require.Equal(t, row.serves, last)
			})
		})
	}
}

// Where the client's request ends at the shadow's target, there is nothing to compare.
func TestATargetIsNotComparedWithItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		j := &judge{}
		g := newRigWith(t, map[string][]step{"a": {answer(503, "{}")}, "b": {ok()}}, []router.Option{router.WithEvaluator(j.compare)}, byQuality,
			func(c *router.Config) { c.Routes[0].Shadow.Target = "b/m" })
		defer g.Close()
		require.Equal(t, "b", g.do(chat(t.Context(), "smart", false)).Header().Get("X-Routedrill-Provider"))
		pause(time.Minute)
		_, shadows := g.log.split()
		require.Len(t, shadows, 1)
		require.Empty(t, j.pairs)
	})
}

// A router that is closed waits for no evaluator, and leaves nothing behind.
func TestCloseEndsComparisons(t *testing.T) {
	bubble(t, func(t *testing.T) {
		j := &judge{takes: hangFor}
		g := newRigWith(t, map[string][]step{"a": {ok()}, "b": {ok()}, "c": {ok()}}, []router.Option{router.WithEvaluator(j.compare)}, byQuality)
		g.do(chat(t.Context(), "smart", false))
		pause(time.Second)
		start := time.Now()
		g.Close()
		require.Zero(t, time.Since(start))
		require.Empty(t, j.pairs)
	})
}
