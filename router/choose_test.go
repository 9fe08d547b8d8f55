package router

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/health"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/policy"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// tenTargets is a router whose route has ten, of which so many are down, and
// the others on their ramp where recovering says so.
func tenTargets(tb testing.TB, down int, recovering bool) *Router {
	tb.Helper()
	c := Config{Resilience: DefaultResilience(), Routes: []Route{{Name: "smart"}}}
	c.Resilience.Bulkhead.MaxConcurrent = 100
	c.Resilience.Failback.Ramp = 24 * time.Hour
	for i := range 10 {
		name := fmt.Sprintf("provider-%d", i)
		c.Providers = append(c.Providers, Provider{Name: name, BaseURL: "http://x.test/v1", Models: []Model{{Name: "model"}}})
		c.Routes[0].Targets = append(c.Routes[0].Targets, name+"/model")
	}
	r, err := New(c, WithSeed(1))
	require.NoError(tb, err)
	trip := func(t *target, at time.Time) {
		for range c.Resilience.Breaker.MinSamples {
			p, ok := t.breakers[chat].Allow(at)
			require.True(tb, ok)
			p.Done(at, breaker.Result{Outcome: breaker.Failure})
		}
	}
	for i, t := range r.targets {
		switch {
		case i < down:
			trip(t, time.Now().Add(time.Hour))
		case recovering:
			at := time.Now().Add(-time.Minute)
			trip(t, at)
			for range c.Resilience.Breaker.Probes {
				at = at.Add(c.Resilience.Breaker.OpenFor)
				p, ok := t.breakers[chat].Allow(at)
				require.True(tb, ok)
				p.Done(at, breaker.Result{Outcome: breaker.Success})
			}
		}
	}
	return r
}

// choose plans a relay as serve does, and admits the first target that takes it.
func choose(y *relay, now time.Time) (permit, bool) {
	if _, ok := y.rank(now); !ok {
		return permit{}, false
	}
	y.spread(now)
	y.failback(now)
	for _, t := range y.targets {
		p, why := t.admit(y.endpoint, now)
		if why == "" {
			return p, true
		}
		y.skip(t, now, why)
	}
	return permit{}, false
}

// BenchmarkChoose is what it costs to order ten targets, admit one and settle
// with it; everything down but the last is the worst case.
func BenchmarkChoose(b *testing.B) {
	for _, row := range []struct {
		name       string
		down       int
		recovering bool
	}{{"healthy", 0, false}, {"nine down", 9, false}, {"ten recovering", 0, true}} {
		b.Run(row.name, func(b *testing.B) {
			r := tenTargets(b, row.down, row.recovering)
			q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil)
			q.Header.Set("X-Client-Request-Id", "req-000123")
			y := newRelay(r, nil, q, chat)
			y.plan, y.req = r.plans["smart"], &openai.Request{}
			log := audit.Attempt{Start: time.Now()}
			now := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				y.targets, y.rec.Skips = y.plan.targets, y.room.skips[:0]
				p, ok := choose(y, now)
				if !ok {
					b.Fatal("nothing admits")
				}
				p.done(now, true, breaker.Success, &log)
			}
		})
	}
}

// ranked is a relay of a router whose ten targets have answered for five minutes,
// under a strategy.
func ranked(tb testing.TB, strategy string, now time.Time) *relay {
	tb.Helper()
	c := Config{Policy: Policy{Strategy: strategy}, Resilience: DefaultResilience(), Routes: []Route{{Name: "smart"}}}
	for i := range 10 {
		name := fmt.Sprintf("provider-%d", i)
		c.Providers = append(c.Providers, Provider{Name: name, BaseURL: "http://x.test/v1", Models: []Model{{
			Name: "model", Quality: 0.5 + float64(i)/20, Price: Price{InputNano: 2000 - int64(i), OutputNano: 8000},
		}}})
		c.Routes[0].Targets = append(c.Routes[0].Targets, name+"/model")
	}
	r, err := New(c, WithSeed(1))
	require.NoError(tb, err)
	for i, t := range r.targets {
		for s := range 300 {
			took := time.Duration(1000-10*i) * time.Millisecond
			t.monitors[chat].Record(now.Add(time.Duration(s-300)*time.Second), health.Result{
				Status: 200, Answered: true, Took: took, Usage: health.Usage{Estimate: 500, Prompt: 400, Output: 100},
			})
		}
	}
	q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil)
	q.Header.Set("X-Client-Request-Id", "req-000123")
	y := newRelay(r, nil, q, chat)
	y.plan, y.req = r.plans["smart"], &openai.Request{Request: llm.Request{PromptEstimate: 500}}
	y.targets = y.plan.targets
	return y
}

// BenchmarkChooseRanked is the same under the strategies that rank for each
// request, at a thousand requests a second: what is known of the targets is made
// anew each second, and that is part of it.
func BenchmarkChooseRanked(b *testing.B) {
	for _, strategy := range []string{policy.RoundRobin, policy.Weighted, policy.LeastBusy, policy.LatencyFirst, policy.CostFirst, policy.QualityFirst, policy.Balanced} {
		b.Run(strategy, func(b *testing.B) {
			now := time.Now()
			y := ranked(b, strategy, now)
			log := audit.Attempt{Start: now}
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Millisecond)
				y.targets, y.rec.Skips = y.plan.targets, y.room.skips[:0]
				p, ok := choose(y, now)
				if !ok {
					b.Fatal("nothing admits")
				}
				p.done(now, true, breaker.Success, &log)
				y.forgetRanking()
			}
		})
	}
}

// What BenchmarkChooseRanked measures is what it says.
func TestChooseRanked(t *testing.T) {
	for strategy, want := range map[string]int{policy.RoundRobin: 0, policy.LatencyFirst: -1, policy.CostFirst: 9, policy.QualityFirst: 9, policy.Balanced: 9} {
		now := time.Now()
		y := ranked(t, strategy, now)
		p, ok := choose(y, now)
		require.True(t, ok)
		require.Len(t, y.rec.Choice.Candidates, 10)
		require.Equal(t, p.t.name, y.rec.Choice.Candidates[0].Target)
		if want >= 0 {
			require.Same(t, y.r.targets[want], p.t, strategy)
		}
		y.forgetRanking()
	}
}

// What BenchmarkChoose measures is what it says.
func TestChoose(t *testing.T) {
	for _, row := range []struct {
		name       string
		down       int
		recovering bool
		want       int
	}{{"healthy", 0, false, 0}, {"nine down", 9, false, 9}, {"ten recovering", 0, true, -1}} {
		t.Run(row.name, func(t *testing.T) {
			r := tenTargets(t, row.down, row.recovering)
			y := newRelay(r, nil, httptest.NewRequest(http.MethodPost, "/", nil), chat)
			y.plan, y.req = r.plans["smart"], &openai.Request{}
			y.targets = y.plan.targets
			p, ok := choose(y, time.Now())
			require.True(t, ok)
			require.Equal(t, 1, p.t.bulkhead.Inside())
			p.giveBack()
			require.Zero(t, p.t.bulkhead.Inside())
			if row.want >= 0 {
				require.Same(t, r.targets[row.want], p.t)
				return
			}
			require.NotEmpty(t, y.rec.Skips)
			require.Equal(t, audit.Recovering, y.rec.Skips[0].Reason)
			require.ElementsMatch(t, r.targets, y.targets, "a target spared is not lost")
		})
	}
}
