package router

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/burn"
	"github.com/routedrill/routedrill/router/internal/health"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// lateShare is the share of answers that may take longer than their p95.
const lateShare = 0.05

// burnings of a target at an endpoint: the results, and the alarms of each signal
// and rule.
type burnings struct {
	results atomic.Pointer[burn.Series] // nil before the first

	mu     sync.Mutex
	alarms [2][2]burn.Alarm
}

var (
	signals = [2]string{audit.SignalErrors, audit.SignalLatency}
	burns   = [2]string{audit.FastBurn, audit.SlowBurn}
)

// observed enters how an attempt at the target went.
func (b *burnings) observed(router *Router, now time.Time, r *health.Result) {
	a := &router.alerts
	class := burn.Good
	took := r.Took
	if r.TTFT > 0 {
		took = r.TTFT
	}
	switch {
	case r.Failed:
		class = burn.Failed
	case r.Answered && a.P95 > 0 && took > a.P95:
		class = burn.Slow
	case r.Answered:
		class = burn.Quick
	}
	b.add(router, now, class)
}

// passed enters that a request passed the target over since its breaker was not
// closed or it had asked for peace: whoever is left alone for having failed fails
// no less, and would else use up no budget in the middle of an outage.
func (b *burnings) passed(router *Router, now time.Time, why string) {
	if why == audit.BreakerOpen || why == audit.CoolingDown {
		b.add(router, now, burn.Failed)
	}
}

// add enters a result. The first of all starts the watch.
func (b *burnings) add(router *Router, now time.Time, class burn.Class) {
	if router.alerts.Objective == 0 {
		return
	}
	router.watch()
	s := b.results.Load()
	if s == nil {
		b.results.CompareAndSwap(nil, burn.NewSeries(router.alerts.Window))
		s = b.results.Load()
	}
	s.Add(now, class)
}

// watch has the error budgets watched, from the first result on.
func (r *Router) watch() {
	r.watching.Do(func() { r.start("the watch on error budgets", r.watchBurns) })
}

// watchBurns looks at all targets again and again, until the context ends.
func (r *Router) watchBurns(ctx context.Context) {
	rules := burn.Rules(r.alerts.Window)
	for n := 0; wait(ctx, burn.Step(r.alerts.Window)+keyed.Share(keyed.Hash(r.seed, "burn", "", "", n), time.Millisecond)); n++ {
		now := time.Now()
		for _, t := range r.targets {
			for e := range endpoints {
				if s := t.burnings[e].results.Load(); s != nil {
					r.judgeBurns(t, e, s, &rules, now)
				}
			}
		}
	}
}

// judgeBurns moves the alarms of a target at an endpoint.
func (r *Router) judgeBurns(t *target, e endpoint, s *burn.Series, rules *[2]burn.Rule, now time.Time) {
	b := t.burnings[e]
	stuck := t.breakers[e].Status(now).State != audit.Closed
	for i, signal := range signals {
		sum, allowed := s.Errors, 1-r.alerts.Objective
		if signal == audit.SignalLatency {
			if sum, allowed, stuck = s.Late, lateShare, false; r.alerts.P95 == 0 {
				continue
			}
		}
		for k, rule := range rules {
			long := sum(now, rule.Long)
			burning := rule.Burning(long, sum(now, rule.Short), allowed, stuck)
			b.mu.Lock()
			since := b.alarms[i][k].Raised()
			change := b.alarms[i][k].Step(now, burning, burn.Times{Raise: r.alerts.Raise, Clear: r.alerts.Clear, Hold: r.alerts.Hold})
			b.mu.Unlock()
			if change == burn.None {
				continue
			}
			if change == burn.Raised {
				since = now
			}
			r.tell(audit.Alert{
				Target: t.name, Endpoint: e.String(), Signal: signal, Burn: burns[k], At: now, Cleared: change == burn.Cleared,
				Since: since, Rate: math.Round(long.Rate(allowed)*100) / 100, Samples: long.All,
			})
		}
	}
}

// tell tells everybody of an alert.
func (r *Router) tell(a audit.Alert) {
	level, what := slog.LevelError, "alert raised"
	if a.Cleared {
		level, what = slog.LevelInfo, "alert cleared"
	} else if a.Burn == audit.SlowBurn {
		level = slog.LevelWarn
	}
	r.log.Log(context.Background(), level, what, "target", a.Target, "endpoint", a.Endpoint, "signal", a.Signal, "burn", a.Burn,
		"since", a.Since.UTC(), "rate", a.Rate, "samples", a.Samples)
	r.telling.Lock()
	defer r.telling.Unlock()
	for _, s := range r.alertSinks {
		s.Alert(a)
	}
}

// AlertStatus is an alert that stands.
type AlertStatus struct {
	Signal string     `json:"signal"`
	Burn   string     `json:"burn"`
	Since  *time.Time `json:"since"`
}

// standing are the alerts of the target at an endpoint.
func (b *burnings) standing() (list []AlertStatus) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range signals {
		for k := range burns {
			if since := b.alarms[i][k].Raised(); !since.IsZero() {
				list = append(list, AlertStatus{signals[i], burns[k], moment(since)})
			}
		}
	}
	return list
}
