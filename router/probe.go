package router

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/internal/spend"
	"github.com/routedrill/routedrill/router/wire/openai"
)

const (
	// oftener is how many times as often a target is probed whose last probe failed
	// or whose breaker is not closed.
	oftener = 6
	// failedProbes in a row open the breaker of a target that nobody else has an
	// answer of: so few would never fill its window.
	failedProbes = 3
)

// probing is the router's own requests to its targets, which find out how they
// are when nobody else asks them.
type probing struct {
	every time.Duration
	spend *spend.Budget // of all targets together
}

func newProbing(p Probes, now time.Time) *probing {
	if p.Every == 0 {
		return nil
	}
	return &probing{p.Every, spend.NewBudget(p.BudgetMicroUSD, spend.HoursSince(now))}
}

// acquaint has the targets of the plan probed at the request's endpoint, once one
// of them has served a request there: that the route means all of them to, is all
// that tells what a model is for.
func (y *relay) acquaint() {
	e := y.endpoint
	if y.r.probing == nil || y.plan.probed[e].Load() || y.plan.probed[e].Swap(true) {
		return
	}
	for _, t := range y.plan.targets {
		if t.url(e, false) != nil && (e != tools || t.can(Tools)) && !t.probed[e].Swap(true) {
			y.r.start("the probes of a target", func(ctx context.Context) { y.r.keepProbing(ctx, t, e) })
		}
	}
}

// keepProbing probes a target at an endpoint until the context ends. It looks
// every sixth of the time between two probes whether one is due: at each sixth
// look, or at each while something is wrong with the target. The looks are drawn apart from one
// another, so that targets and routers do not fall into step.
func (r *Router) keepProbing(ctx context.Context, t *target, e endpoint) {
	look, b, failed := r.probing.every/oftener, t.breakers[e], 0
	for n := 1; ; n++ {
		h := keyed.Hash(r.seed, "look", e.String(), t.name, n)
		if !wait(ctx, look/2+keyed.Share(h, look)) {
			return
		}
		if n%oftener != 0 && failed == 0 && b.Status(time.Now()).State == audit.Closed {
			continue
		}
		switch kind := r.probe(ctx, t, e, n); kind.Row().Breaker {
		case breaker.Excluded: // or it was not sent
		case breaker.Success:
			failed = 0
		case breaker.Failure:
			failed++
			now := time.Now()
			if seen := b.Status(now).Counts; failed >= failedProbes && seen.Failures == seen.Samples {
				b.Trip(now, kind.Row().Reason)
			}
		}
	}
}

// wait reports whether the time passed before the context ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// probe asks the target for as little as can be asked, if the budget and whatever
// guards the target allow: it waits out cooldowns, takes a place in bulkheads, and
// past an open breaker it is a half-open breaker's probe like any request. It returns
// how that ended; as if the client had gone where it was not sent.
func (r *Router) probe(ctx context.Context, t *target, e endpoint, n int) classify.Kind {
	now := time.Now()
	y := &relay{
		r: r, w: nobody{}, q: (&http.Request{}).WithContext(ctx), endpoint: e, plan: r.plans[t.name],
		targets: []*target{t}, hops: hopCounts[0], unbounded: true, isProbe: true,
	}
	y.room.id[0] = audit.ProbePrefix + strconv.FormatUint(keyed.Hash(r.seed, "probe", e.String(), t.name, n), 16)
	y.id, y.turns = y.room.id[:], y.room.turns[:]
	y.rec = audit.Record{
		RequestID: y.id[0], Probe: true, Route: t.name, Endpoint: e.String(), Start: now, Attempts: y.room.attempts[:0],
	}
	y.deadline = now.Add(y.plan.limits.TotalTimeout + y.offset("", 0))
	y.rec.Deadline = y.deadline
	var err error
	if y.req, err = openai.ReadRequest(e.served(), question(e, t.name)); err != nil {
		return classify.ClientGone // cannot be: it is ours
	}
	reserved, ok := r.probing.spend.Reserve(now, t.dearest(y))
	if !ok {
		return classify.ClientGone
	}
	held, full := y.hold(t, now)
	if full != nil {
		r.probing.spend.Settle(reserved, 0)
		return classify.ClientGone
	}
	permit, why := t.admit(e, now)
	if why != "" {
		release(held)
		r.probing.spend.Settle(reserved, 0)
		return classify.ClientGone
	}
	permit.held = held
	a, spent := y.askOnce(permit, reserved)
	r.probing.spend.Settle(reserved, spent)
	return a.kind
}

// question is the cheapest request of an endpoint. It holds nothing of anybody's.
func question(e endpoint, model string) []byte {
	q := map[string]any{"model": model, "max_tokens": 1}
	switch e {
	case tools:
		q["tools"] = []any{map[string]any{"type": "function", "function": map[string]any{"name": "wave", "parameters": map[string]any{"type": "object"}}}}
		fallthrough
	case chat:
		q["messages"] = []map[string]string{{"role": "user", "content": "Hi"}}
	case completions:
		q["prompt"] = "Hi"
	case embeddings:
		q = map[string]any{"model": model, "input": "Hi"}
	}
	body, _ := json.Marshal(q) // strings and numbers: cannot fail
	return body
}

// askOnce makes the one attempt of a relay that nobody waits for, a shadow or a
// probe. What it counts for is all that was reserved for it where it is not known
// what it was billed.
func (y *relay) askOnce(p permit, reserved spend.Reserved) (a *attempt, spent int64) {
	defer func() {
		y.rec.End = time.Now()
		y.r.sink.Request(&y.rec)
	}()
	y.rec.Outcome = audit.Failed // until it is known better, also after a panic
	a = newAttempt(y, 0, inTurn, p, y.rec.Start)
	a.run()
	a.log.Served = false
	switch a.kind {
	case classify.OK:
		y.rec.Outcome = audit.Served
	case classify.ClientGone: // the router was closed
		y.rec.Outcome = audit.Cancelled
	}
	if a.hasUsage || a.log.Status >= http.StatusMultipleChoices {
		return a, a.log.CostMicroUSD
	}
	return a, reserved.Most()
}
