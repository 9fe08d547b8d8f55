package router

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/policy"
)

// What a client may say of a request for the policy's sake; each is optional,
// and one longer than maxHint counts as not said.
const (
	regionHeader = "X-Routedrill-Region" // where it is
	taskHeader   = "X-Routedrill-Task"   // what it is for
	maxHint      = 64
)

// ranking is the room one relay needs to rank its targets.
type ranking struct {
	query      policy.Query
	candidates []policy.Candidate
	by         []int // indexes of candidates, in order
	order      []*target
	chosen     []audit.Candidate
}

// rankings holds rooms that are free.
var rankings = sync.Pool{New: func() any { return new(ranking) }}

// forgetRanking gives the room back, once the record has been told.
func (y *relay) forgetRanking() {
	if y.ranking != nil {
		y.targets, y.rec.Choice = nil, audit.Choice{}
		clear(y.ranking.order)
		rankings.Put(y.ranking)
		y.ranking = nil
	}
}

// rank puts the targets that can serve the request into the policy's order. It
// reports whether any is left, and else why each is out.
func (y *relay) rank(now time.Time) (why string, ok bool) {
	y.rec.Choice = y.plan.choice
	if y.plan.strategy == nil {
		if y.unfit != nil {
			y.rec.Choice.Candidates = marked(y.plan.choice.Candidates, y.unfit)
		}
		return "", true
	}
	k := rankings.Get().(*ranking)
	y.ranking = k
	y.ask(&k.query, now)
	k.candidates = slices.Grow(k.candidates[:0], len(y.targets))[:len(y.targets)]
	y.fill(k.candidates, now)
	y.plan.strategy.Rank(&k.query, k.candidates)
	k.sort(y.targets)
	k.chosen = append(append(k.chosen, y.unfit...), y.plan.barred...)
	y.rec.Choice.Candidates = atMost(k.chosen)
	if len(k.order) == 0 {
		return inWords(k.chosen), false
	}
	y.targets = k.order
	return "", true
}

// marked is a copy of the list, with those that are out behind the others.
func marked(all, out []audit.Candidate) []audit.Candidate {
	kept := slices.DeleteFunc(slices.Clone(all), func(c audit.Candidate) bool {
		return slices.ContainsFunc(out, func(o audit.Candidate) bool { return o.Target == c.Target })
	})
	return atMost(append(kept, out...))
}

// atMost cuts a list to what a record may hold.
func atMost(list []audit.Candidate) []audit.Candidate {
	return list[:min(len(list), audit.MaxCandidates)]
}

// ask describes the request.
func (y *relay) ask(q *policy.Query, now time.Time) {
	*q = policy.Query{
		RequestID: y.rec.RequestID, Route: y.plan.route, Endpoint: y.rec.Endpoint, Stream: y.req.Stream,
		Task: y.hint(taskHeader), Region: y.hint(regionHeader), MaxTokens: y.req.MaxTokens,
		Now: now, Nth: y.plan.asked.Add(1) - 1, Seed: y.r.seed,
	}
	switch y.r.policy.Sticky {
	case policy.StickyUser:
		q.Client = y.req.User()
	case policy.StickyTenant:
		q.Client = y.rec.Tenant
	}
}

func (y *relay) hint(header string) string {
	if v := y.q.Header[header]; len(v) > 0 && len(v[0]) <= maxHint {
		return v[0]
	}
	return ""
}

// fill describes the targets.
func (y *relay) fill(c []policy.Candidate, now time.Time) {
	q, e := &y.ranking.query, y.endpoint
	var usual usage
	for _, t := range y.targets {
		usual.add(&t.monitors[e].Summary(now).Usage)
	}
	for i, t := range y.targets {
		s := t.monitors[e].Summary(now)
		c[i] = policy.Candidate{
			Name: t.name, Provider: t.provider, Region: t.region, Index: t.position(y.plan, i), Weight: t.weight,
			InFlight: t.bulkhead.Inside(), Latency: policy.Timing(s.Latency), TTFT: policy.Timing(s.TTFT),
			FailureRate: s.FailureRate, State: policy.State(s.State), // both name the same three
			Share:   float64(t.breakers[e].Share(now)) / breaker.Whole,
			Quality: t.quality.For(q.Task, now), RTT: y.r.policy.Distance(q.Region, t.region),
		}
		c[i].Cost, c[i].Tokens = y.expect(t, &s.Usage, &usual)
	}
}

// position is where the target stands in the plan, at i or later.
func (t *target) position(p *plan, i int) int {
	for p.targets[i] != t {
		i++
	}
	return i
}

// sort puts the targets in the order of their candidates. There are few, and
// they are nearly always in order, or nearly so.
func (k *ranking) sort(targets []*target) {
	k.by, k.order, k.chosen = k.by[:0], k.order[:0], k.chosen[:0]
	for i := range k.candidates {
		c := &k.candidates[i]
		if !(math.Abs(c.Score) <= math.MaxFloat64) { // infinite, or no number: the audit has to show it
			c.Score = math.MaxFloat64
		}
		at := len(k.by)
		k.by = append(k.by, i)
		for ; at > 0 && policy.Before(c, &k.candidates[k.by[at-1]]); at-- {
			k.by[at] = k.by[at-1]
		}
		k.by[at] = i
	}
	for _, out := range []bool{false, true} {
		for _, i := range k.by {
			c := &k.candidates[i]
			if (c.Out != "") != out {
				continue
			}
			if !out {
				k.order = append(k.order, targets[i])
			}
			k.chosen = append(k.chosen, audit.Candidate{Target: c.Name, Score: c.Score, Note: c.Note, Out: c.Out})
		}
	}
}

// Compared enters how good an answer of a target ("provider/model") to a task
// ("" for none) was, 0 to 1, as a comparison with another's has found; see
// policy.Scores for what comes of it. It reports whether there is such a target.
func (r *Router) Compared(target, task string, score float64) bool {
	for _, t := range r.targets {
		if t.name == target {
			t.quality.Observe(task, score, time.Now())
			return true
		}
	}
	return false
}
