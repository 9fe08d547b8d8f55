package router

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/bulkhead"
	"github.com/routedrill/routedrill/router/internal/headroom"
	"github.com/routedrill/routedrill/router/internal/health"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/policy"
	"github.com/routedrill/routedrill/router/wire"
)

// target is one provider and model, with what the router has learnt about it.
type target struct {
	name, provider, model string
	place                 string // its wire and where it is served: another place is another target
	region                string
	price                 Price
	capabilities          []string // nil: all
	context, maxOutput    int      // tokens; 0: not known
	space                 string   // of its embeddings
	family                string   // of its model: whose answers are as good
	passes                bool     // the client's bytes pass through
	api                   wire.API
	spec                  wire.Target
	key                   Secret
	headers               []header                                    // of every request, the key among them
	urls                  [endpoints]struct{ whole, stream *url.URL } // nil where the API has no such endpoint
	breakers              [endpoints]*breaker.Breaker
	monitors              [endpoints]*health.Monitor
	burnings              [endpoints]*burnings
	asked                 [endpoints]atomic.Bool // since the start
	probed                [endpoints]atomic.Bool // by a goroutine of its own
	quality               *policy.Scores
	weight                float64            // of the policy's split
	took                  [endpoints]took    // how long answers take
	bulkhead, shared      *bulkhead.Bulkhead // its own, and that of all its provider's targets
	*account
}

// account is what is known of a target with the key it is asked with.
type account struct {
	headroom  headroom.Headroom // what is left of its quotas
	coolUntil atomic.Int64      // Unix nanoseconds; 0: never cooled
	alerted   atomic.Bool       // its operator has been told, and nothing has worked since
}

// header is one header of the provider's requests. The value is shared by all
// of them; nobody may change it.
type header struct {
	name  string
	value []string
}

func newTargets(r *Router, providers []Provider) []*target {
	var targets []*target
	for _, p := range providers {
		base, _ := url.Parse(strings.TrimRight(p.BaseURL, "/")) // validated
		api, _ := wire.Named(p.Wire)                            // validated
		fixed := api.Header(string(p.APIKey))
		var headers []header
		for _, name := range slices.Sorted(maps.Keys(fixed)) {
			headers = append(headers, header{name, fixed[name]})
		}
		shared := bulkhead.New(p.Bulkhead.MaxConcurrent)
		for _, m := range p.Models {
			t := &target{
				name: p.Name + "/" + m.Name, provider: p.Name, model: m.Name, place: p.Wire + " " + base.String() + " " + p.APIVersion,
				region: p.Region, price: m.Price, key: p.APIKey, headers: headers,
				capabilities: slices.Clone(m.Capabilities), context: m.Context, maxOutput: m.MaxOutput,
				api: api, spec: wire.Target{Model: m.Name, MaxOutput: m.MaxOutput, Context: m.Context, Version: p.APIVersion}, passes: wire.Passes(p.Wire),
			}
			t.space, t.family = cmp.Or(m.EmbeddingSpace, m.Name), cmp.Or(m.Family, m.Name)
			t.quality, t.weight = policy.NewScores(r.policy.Comparisons, m.Quality, maps.Clone(m.TaskQuality)), 1
			if r.policy.Split != nil {
				t.weight = r.policy.Split[t.name]
			}
			most := r.resilience.Bulkhead.MaxConcurrent
			if m.Bulkhead.MaxConcurrent > 0 {
				most = m.Bulkhead.MaxConcurrent
			}
			t.bulkhead, t.shared, t.account = bulkhead.New(most), shared, &account{}
			for e := range endpoints {
				t.urls[e].whole, t.urls[e].stream = t.under(base, e, false), t.under(base, e, true)
				t.breakers[e] = newBreaker(r, t.name, e)
				t.monitors[e], t.burnings[e] = health.New(), &burnings{}
			}
			targets = append(targets, t)
		}
	}
	return targets
}

// under is where an endpoint is served below the base URL; nil where it is not.
func (t *target) under(base *url.URL, e endpoint, stream bool) *url.URL {
	path, query, ok := t.api.Path(t.spec, e.served(), stream)
	if !ok {
		return nil
	}
	u := *base
	u.RawPath = base.EscapedPath() + path
	u.Path, _ = url.PathUnescape(u.RawPath) // both parts are well escaped
	switch {
	case u.RawQuery == "":
		u.RawQuery = query
	case query != "":
		u.RawQuery += "&" + query
	}
	return &u
}

// url is where an endpoint is served; nil where it is not.
func (t *target) url(e endpoint, stream bool) *url.URL {
	if stream {
		return t.urls[e].stream
	}
	return t.urls[e].whole
}

func newBreaker(r *Router, name string, e endpoint) *breaker.Breaker {
	s, seed, estate := r.resilience.Breaker, r.seed, r.estate // it may outlive r
	var b *breaker.Breaker
	b = breaker.New(breaker.Settings{
		Window: s.Window, MinSamples: s.MinSamples, FailureRate: s.FailureRate, SlowCall: s.SlowCall, SlowRate: s.SlowRate,
		OpenFor: s.OpenFor, MaxOpenFor: s.MaxOpenFor, Probes: s.Probes, Ramp: r.resilience.Failback.Ramp,
		Jitter: func(nth int, half time.Duration) time.Duration {
			return keyed.Share(keyed.Hash(seed, "open", e.String(), name, nth), half)
		},
		OnChange: func(c breaker.Change) {
			if r := estate.current.Load(); r.has(b, name, e) { // and it is not one that has been replaced
				r.changed(name, e, c)
			}
		},
	})
	return b
}

// has reports whether a breaker is that of the target of this name.
func (r *Router) has(b *breaker.Breaker, name string, e endpoint) bool {
	p := r.plans[name]
	return p != nil && p.targets[0].breakers[e] == b
}

// changed tells of a breaker's change of state.
func (r *Router) changed(name string, e endpoint, c breaker.Change) {
	r.log.Info("breaker", "target", name, "endpoint", e.String(), "from", c.From.String(), "to", c.To.String(), "reason", c.Reason)
	r.sink.Breaker(audit.BreakerEvent{Target: name, Endpoint: e.String(), At: c.At, From: c.From, To: c.To, Reason: c.Reason})
}

// cool leaves the target alone until then; a cooldown only ever grows.
func (t *target) cool(until time.Time) { raise(&t.coolUntil, until.UnixNano()) }

// raise sets a value that only ever grows.
func raise(value *atomic.Int64, to int64) {
	for {
		old := value.Load()
		if old >= to || value.CompareAndSwap(old, to) {
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
