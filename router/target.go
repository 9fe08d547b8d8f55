package router

import (
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// target is one provider and model, with what the router has learnt about it.
type target struct {
	name, provider, model string
	region                string
	price                 Price
	key                   Secret
	authorization         []string // header value, shared by all requests; nil without a key
	urls                  [endpoints]*url.URL
	breakers              [endpoints]*breaker.Breaker
	coolUntil             atomic.Int64 // Unix nanoseconds; 0: never cooled
}

func newTargets(r *Router, providers []Provider) []*target {
	var targets []*target
	for _, p := range providers {
		base, _ := url.Parse(strings.TrimRight(p.BaseURL, "/")) // validated
		for _, m := range p.Models {
			t := &target{
				name: p.Name + "/" + m.Name, provider: p.Name, model: m.Name,
				region: p.Region, price: m.Price, key: p.APIKey,
			}
			if p.APIKey != "" {
				t.authorization = []string{"Bearer " + string(p.APIKey)}
			}
			for e := range endpoints {
				u := *base
				u.Path += e.path()
				t.urls[e] = &u
				t.breakers[e] = newBreaker(r, t.name, e.String())
			}
			targets = append(targets, t)
		}
	}
	return targets
}

func newBreaker(r *Router, name, endpoint string) *breaker.Breaker {
	s := r.resilience.Breaker
	return breaker.New(breaker.Settings{
		Window: s.Window, MinSamples: s.MinSamples, FailureRate: s.FailureRate,
		OpenFor: s.OpenFor, MaxOpenFor: s.MaxOpenFor, Probes: s.Probes,
		Jitter: func(nth int, tenth time.Duration) time.Duration {
			return keyed.Share(keyed.Hash(r.seed, "open", endpoint, name, nth), tenth)
		},
		OnChange: func(c breaker.Change) {
			r.log.Info("breaker", "target", name, "endpoint", endpoint, "from", c.From.String(), "to", c.To.String(), "reason", c.Reason)
			r.sink.Breaker(audit.BreakerEvent{Target: name, Endpoint: endpoint, At: c.At, From: c.From, To: c.To, Reason: c.Reason})
		},
	})
}

// admit asks for an attempt now: the cooldown first, which costs nothing, then
// the breaker, which hands out a permit.
func (t *target) admit(e endpoint, now time.Time) (breaker.Permit, bool) {
	if now.UnixNano() < t.coolUntil.Load() {
		return breaker.Permit{}, false
	}
	return t.breakers[e].Allow(now)
}

// cool leaves the target alone until then; a cooldown only ever grows.
func (t *target) cool(until time.Time) {
	at := until.UnixNano()
	for {
		old := t.coolUntil.Load()
		if old >= at || t.coolUntil.CompareAndSwap(old, at) {
			return
		}
	}
}

// coolAt is the instant, not before now, at which the target's cooldown ends.
func (t *target) coolAt(now time.Time) time.Time {
	if cool := t.coolUntil.Load(); cool > now.UnixNano() {
		return now.Add(time.Duration(cool - now.UnixNano()))
	}
	return now
}

// retryAt is the earliest instant, not before now, at which the target may be
// tried.
func (t *target) retryAt(e endpoint, now time.Time) time.Time {
	at, cool := t.breakers[e].RetryAt(now), t.coolAt(now)
	if cool.After(at) {
		return cool
	}
	return at
}
