package router

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/window"
)

// The window in which quantiles are observed, and the least answers in it for
// one to be believed.
const (
	timesStep  = 30 * time.Second
	timesSteps = 10
	minTimes   = 20
)

// took is how long a target's answers took of late; nil where nobody asks.
type took struct{ whole, stream *window.Window }

func (k took) of(stream bool) *window.Window {
	if stream {
		return k.stream
	}
	return k.whole
}

// watchTimes has the targets keep what the plans' hedges wait for.
func (r *Router) watchTimes() {
	for _, p := range r.plans {
		if p.limits.Hedge.Quantile == 0 {
			continue
		}
		for _, t := range p.targets {
			for e := range t.took {
				if t.took[e] == (took{}) {
					t.took[e] = took{window.New(timesStep, timesSteps), window.New(timesStep, timesSteps)}
				}
			}
		}
	}
}

// hedgeAfter is how long an attempt at target i, which is about to begin, is
// given before a hedge joins it; false is no hedge.
func (y *relay) hedgeAfter(i int, how manner, now time.Time) (time.Duration, bool) {
	h := &y.plan.limits.Hedge
	if *h == (Hedge{}) || y.hedged || how == lastResort || len(y.targets) < 2 {
		return 0, false
	}
	after := h.After
	if h.Quantile > 0 {
		times := y.targets[i].took[y.endpoint].of(y.req.Stream).Snapshot(now, 0)
		if float64(times.Timed()) < max(minTimes, math.Ceil(1/(1-h.Quantile))) {
			return 0, false
		}
		after = times.Quantile(h.Quantile)
	}
	return after + y.offset("hedge", len(y.rec.Attempts)), true
}

// observe enters how long the target took. What ended before its answer is
// entered with the time it had, which is less than it would have taken: were it
// left out, the slow would seem to be fewer with each one that is given up. A
// hedge that lost had too little time to say anything.
func (a *attempt) observe(kind classify.Kind, outcome breaker.Outcome, now time.Time) {
	w := a.t.took[a.y.endpoint].of(a.y.req.Stream)
	if w == nil {
		return
	}
	switch end := now; {
	case !a.log.FirstToken.IsZero():
		end = a.log.FirstToken
		fallthrough
	case kind == classify.OK,
		kind == classify.HedgeLost && !a.log.Hedge,
		kind >= classify.TotalTimeout && kind <= classify.TTFTTimeout && outcome == breaker.Failure:
		w.Time(now, end.Sub(a.log.Start))
	}
}
