package router

import (
	"errors"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/spend"
	"github.com/routedrill/routedrill/router/queue"
)

// estate is what belongs to no one router of those that follow on one another.
type estate struct {
	current  atomic.Pointer[Router] // the one that works now
	invented atomic.Uint64          // request ids made so far
	traced   atomic.Uint64          // requests given a place in a trace so far
	telling  sync.Mutex             // of one alert at a time
	spending spending
	own      map[time.Duration]*http.Transport // by connect timeout; see transports
	reach    reach                             // of those

	jobs      *queue.Queue // nil: nothing is deferred
	queue     Queue
	executing background // of the jobs
}

// WithPredecessor has the router take the place of another one, with another config:
// it goes on with what that has learnt, spent and kept, as far as it is about the
// same.
//
//   - Breakers, as long as their settings are the same; windows, quality scores,
//     alerts likewise; cooldowns and quotas, as long as the key is the same. A target
//     with another wire, base URL or version is another one.
//   - What budgets, probes and shadows have spent, also where the limit changes.
//   - The cache and the answers by idempotency key, within the new bounds.
//   - The queue with all its jobs, by its old settings: Config.Queue is not looked at.
//   - The seed, the ledger, attempts under way, idle connections.
//
// The old router is closed by a New that returns no error, and otherwise stays as it
// is. It still serves what it was asked, with the same state. Nil is none; one
// that has been followed before is an error of New. New must not be called for the
// same predecessor twice at once.
func WithPredecessor(old *Router) Option {
	return func(r *Router) { r.predecessor = old }
}

// inherit gives the router its estate: a new one, or that of its predecessor.
func (r *Router) inherit() error {
	old := r.predecessor
	switch {
	case old == nil:
		r.estate = &estate{own: map[time.Duration]*http.Transport{}}
		r.reach.own, r.reach.log = r.ownAddress, r.log
		r.spending.since, r.spending.ledger = time.Now(), spend.NewLedger(axes)
		r.executing.open()
	case old.current.Load() != old:
		return errors.New("router: the predecessor has a successor already")
	default:
		r.estate, r.seed = old.estate, old.seed
	}
	return nil
}

// follow takes the predecessor's place.
func (r *Router) follow() {
	old := r.predecessor
	r.predecessor = nil
	if r.resilience.RetryBudget == old.resilience.RetryBudget {
		r.budget = old.budget
	}
	r.keepAnswers(old)
	r.keepMoney(old)
	for _, t := range r.targets {
		for _, o := range old.targets {
			if o.provider == t.provider && o.place == t.place && o.shared != t.shared { // one for all of the provider's
				o.shared.SetMost(t.shared.Most())
				t.shared = o.shared
			}
			if o.name == t.name && o.place == t.place {
				r.keep(t, o, old)
			}
		}
	}
	for name, p := range r.plans {
		if o := old.plans[name]; o != nil {
			p.asked.Store(o.asked.Load())
		}
	}
	r.current.Store(r)
	old.Close()
	r.withdraw(old)
	r.closeUnused()
	for _, t := range r.targets {
		for _, b := range t.burnings {
			if b.results.Load() != nil {
				r.watch()
			}
		}
	}
}

// keepAnswers goes on with the answers that are kept.
func (r *Router) keepAnswers(old *Router) {
	if r.once != nil && old.once != nil {
		i := r.idempotency
		old.once.Resize(i.Entries, i.MaxBytes, i.TTL)
		r.once = old.once
	}
	if r.answers != nil && old.answers != nil && old.answers.Resize(r.answers.Limits()) == nil { // they are those of one there is
		r.answers = old.answers
	}
}

// keepMoney goes on with what has been spent.
func (r *Router) keepMoney(old *Router) {
	keep := func(fresh, spent *spend.Budget) *spend.Budget {
		spent.SetLimit(fresh.Limit())
		return spent
	}
	for _, b := range r.budgets {
		for _, o := range old.budgets {
			if b.alike(o) {
				b.money = keep(b.money, o.money)
			}
		}
	}
	if r.probing != nil && old.probing != nil {
		r.probing.spend = keep(r.probing.spend, old.probing.spend)
	}
	for name, p := range r.plans {
		if o := old.plans[name]; p.shadow != nil && o != nil && o.shadow != nil && o.shadow.t.name == p.shadow.t.name {
			p.shadow.spend, p.shadow.inside, p.shadow.coolUntil = keep(p.shadow.spend, o.shadow.spend), o.shadow.inside, o.shadow.coolUntil
		}
	}
}

// keep goes on with what is known of a target.
func (r *Router) keep(t, o *target, old *Router) {
	if t.key == o.key {
		t.account = o.account
	}
	t.monitors = o.monitors
	for e := range endpoints {
		t.asked[e].Store(o.asked[e].Load())
		if t.took[e] != (took{}) && o.took[e] != (took{}) {
			t.took[e] = o.took[e]
		}
	}
	if r.resilience.Breaker == old.resilience.Breaker && r.resilience.Failback == old.resilience.Failback {
		t.breakers = o.breakers
	}
	if r.alerts == old.alerts {
		t.burnings = o.burnings
	}
	if t.quality.Alike(o.quality) {
		t.quality = o.quality
	}
	o.bulkhead.SetMost(t.bulkhead.Most())
	t.bulkhead = o.bulkhead
}

// withdraw tells of what was not closed, or stood, and has no successor.
func (r *Router) withdraw(old *Router) {
	now := time.Now()
	for _, o := range old.targets {
		var t *target
		if p := r.plans[o.name]; p != nil {
			t = p.targets[0]
		}
		for e := range endpoints {
			if state := o.breakers[e].Status(now).State; state != audit.Closed && !r.has(o.breakers[e], o.name, e) {
				r.changed(o.name, e, breaker.Change{At: now, From: state, To: audit.Closed, Reason: audit.Replaced})
			}
			if t != nil && t.burnings[e] == o.burnings[e] {
				continue
			}
			for _, s := range o.burnings[e].standing() {
				r.tell(audit.Alert{Target: o.name, Endpoint: e.String(), Signal: s.Signal, Burn: s.Burn, At: now, Cleared: true, Since: *s.Since})
			}
		}
	}
}

// closeUnused closes the idle connections of transports that no plan has any more.
func (r *Router) closeUnused() {
	used := map[time.Duration]bool{}
	for _, p := range r.plans {
		used[p.limits.ConnectTimeout] = true
	}
	for connect, t := range r.own {
		if !used[connect] {
			t.CloseIdleConnections()
		}
	}
	maps.DeleteFunc(r.own, func(connect time.Duration, _ *http.Transport) bool { return !used[connect] })
}

// alike reports whether two budgets count the same.
func (b *budget) alike(o *budget) bool {
	x, y := b.Budget, o.Budget
	x.LimitMicroUSD, x.Soft, x.Degrade = y.LimitMicroUSD, y.Soft, y.Degrade
	return x == y
}
