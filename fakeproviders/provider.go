package fakeproviders

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/internal/promptcache"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/fakeproviders/weather"
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// Provider is one simulated provider, as an http.Handler that serves the paths
// of its wire format. Make one with [New]; it is safe for concurrent use.
type Provider struct {
	config Config
	models map[string]*model
	names  []string                 // of models, in the order of the config
	events atomic.Pointer[[]*armed] // those that can touch this provider, in the order of their indexes
	arming sync.Mutex               // held while events change
	gate   gate
	quota  *QuotaGroup
	track  atomic.Bool // prompts' beginnings are of interest
	seen   seen
}

// model is a Model with what can be worked out ahead.
type model struct {
	Model
	target  string // "provider/model"
	cache   *promptcache.Cache
	weather weather.Weather
}

// newModel works out what a model needs.
func newModel(c *Config, m Model) (*model, error) {
	out := &model{Model: m, target: c.Name + "/" + m.Name}
	var err error
	if m.Cache.Mode != "" {
		out.cache, err = promptcache.New(promptcache.Config{
			Mode: promptcache.Mode(m.Cache.Mode), MinTokens: m.Cache.MinTokens, TTL: m.Cache.TTL, Entries: m.Cache.Entries,
		})
		if err != nil {
			return nil, err
		}
	}
	out.weather, err = weather.New(c.Seed, c.Name, c.Region, m.Name, weather.Config{
		Sigma: c.Weather.Sigma, Correlation: cmp.Or(c.Weather.Correlation, 5*time.Minute),
	})
	return out, err
}

// New returns a provider. The error names everything that is wrong with the
// config.
func New(c Config) (*Provider, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Start.IsZero() {
		c.Start = time.Now()
	}
	if c.MaxEventGap == 0 {
		c.MaxEventGap = defaultEventGap
	}
	if c.API == nil {
		c.API = openai.API{}
	}
	output, err := latency.LogNormal(150, 600)
	if err != nil {
		return nil, err
	}
	p := &Provider{config: c, models: make(map[string]*model, len(c.Models))}
	p.gate.limit, p.gate.seats = c.Capacity.Concurrency, c.Capacity.Queue
	if p.quota = c.QuotaGroup; p.quota == nil {
		if p.quota, err = NewQuotaGroup(c.Quotas); err != nil {
			return nil, fmt.Errorf("fakeproviders: provider %q: %w", c.Name, err)
		}
	}
	for _, m := range c.Models {
		if len(m.Endpoints) == 0 {
			m.Endpoints = []string{wire.Chat}
		}
		if m.Output == nil {
			m.Output = output
		}
		m.Tokenizer, m.Verbosity = cmp.Or(m.Tokenizer, 1), cmp.Or(m.Verbosity, 1)
		if m.Dimensions == 0 {
			m.Dimensions = defaultDimension
		}
		made, err := newModel(&c, m)
		if err != nil {
			return nil, fmt.Errorf("fakeproviders: provider %q, model %q: %w", c.Name, m.Name, err)
		}
		if made.cache != nil {
			p.track.Store(true)
		}
		p.models[m.Name] = made
		p.names = append(p.names, m.Name)
	}
	p.arm(c.Faults)
	return p, nil
}

// arm puts the events into force that can touch the provider, in the order of
// the timeline: the first status wins.
func (p *Provider) arm(events []Event) {
	var list []*armed
	for i := range events {
		if e := &events[i]; e.touches(&p.config) {
			list = append(list, &armed{Event: *e})
		}
	}
	p.put(list)
}

// put makes a list the events in force.
func (p *Provider) put(list []*armed) {
	slices.SortStableFunc(list, func(a, b *armed) int { return a.Index - b.Index })
	if slices.ContainsFunc(list, func(e *armed) bool { return e.Sticky == StickyShard }) {
		p.track.Store(true)
	}
	p.events.Store(&list)
}

// now is the position on the timeline.
func (p *Provider) now() time.Duration { return time.Since(p.config.Start) }

// ServeHTTP answers one request. It returns when the answer is written, the
// caller has gone away or the connection has been reset.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := attempts.Get().(*attempt) //nolint:forcetypeassert // nothing else is in it
	*a = attempt{provider: p, api: p.config.API, w: w, r: r, watched: a.watched[:0]}
	call, bad := a.api.Route(r)
	a.call, a.entry.Endpoint = call, call.Endpoint
	switch {
	case bad != nil:
		a.aside(bad)
	case call.Endpoint == wire.Models:
		a.list()
	default:
		a.run()
	}
	// Not after a panic. What is kept must hold nothing of this request, least of
	// all a timer, whose channel belongs to one bubble.
	clear(a.watched)
	*a = attempt{watched: a.watched}
	attempts.Put(a)
}

// attempts are kept to be used again: each is more than a kilobyte.
var attempts = sync.Pool{New: func() any { return new(attempt) }}
