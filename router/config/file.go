package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/wire"
)

// MaxFileBytes is the largest file read.
const MaxFileBytes = 1 << 20

// File is a router's file, decoded. The caller may read all of it, and change
// it before making a router.Config of it; it is not safe for concurrent
// changes.
type File struct {
	Name        string     // as given to Load, or the built-in policy's name
	Summary     string     // one line for people; may be empty
	Providers   []Provider // in the file's order; empty when it names none
	Routes      []Route    // in the file's order; empty when it names none
	Tenants     []router.Tenant
	Budgets     []router.Budget // in the file's order
	Queue       router.Queue
	JobHook     *Webhook // is told of jobs that are over, see [File.JobsHook]; nil when not given
	JobsDir     string   // where the queue's jobs are kept; "" when not given: in memory. A drill has them in memory
	Policy      router.Policy
	Resilience  router.Resilience
	Idempotency router.Idempotency
	Cache       router.Cache // its TTL is not to be changed in place
	Health      Health
	Server      Server
	Incidents   Incidents
	// PricesAsOf is the day the prices were read; zero when not given. Only Ready asks.
	PricesAsOf time.Time

	lines map[string]int // path of a key → its line
}

// Provider is one provider as the file has it.
type Provider struct {
	Name    string
	Wire    string // "" when not given
	BaseURL string // "" when not given; may hold ${NAME}
	APIKey  router.Secret
	// APIVersion is "" when not given; only the azure wire has one.
	APIVersion string
	// AllowLinkLocal is as in router.Provider.
	AllowLinkLocal bool
	Region         string
	Bulkhead       router.Bulkhead // zero when not given
	Models         []Model
	Line           int // in the file
}

// Model is one model as the file has it.
type Model struct {
	Name    string
	Price   *router.Price // nil when not given
	Quality float64       // 0 when not given
	// TaskQuality is nil when not given.
	TaskQuality map[string]float64

	Capabilities   []string        // nil when not given
	Context        int             // tokens; 0 when not given
	MaxOutput      int             // tokens; 0 when not given
	EmbeddingSpace string          // "" when not given
	Family         string          // "" when not given
	Bulkhead       router.Bulkhead // zero when not given

	Line int // in the file
}

// Route is one route as the file has it.
type Route struct {
	Name      string
	Targets   []string       // "provider/model"
	Residency []string       // nil when not given
	Shadow    *router.Shadow // nil when not given
	Line      int            // in the file

	// override sets what the route's own `resilience` sets. It is kept as a
	// function because the rest comes from Resilience, which may still change.
	override func(*router.Limits)
}

// Load decodes a file. The name is used in errors. An error joins up to twenty
// of type *[Error].
func Load(name string, data []byte) (*File, error) {
	f := &File{Name: name, Policy: router.Policy{Strategy: router.Priority}, Resilience: router.DefaultResilience(), Idempotency: router.DefaultIdempotency()}
	return f.decode(name, 1, data, true)
}

// Overlay returns f with the keys of a partial file, a YAML mapping, set over
// it; f stays as it is. Providers and models are merged by name, a route, a tenant
// or a budget is replaced. Errors name the given file, in which the data's first line is the
// given one; 0 where it has no lines.
func (f *File) Overlay(file string, line int, data []byte) (*File, error) {
	c := *f
	c.Providers = slices.Clone(f.Providers)
	for i := range c.Providers {
		c.Providers[i].Models = slices.Clone(c.Providers[i].Models)
	}
	c.Routes = slices.Clone(f.Routes)
	c.Tenants = slices.Clone(f.Tenants)
	c.Budgets = slices.Clone(f.Budgets)
	return c.decode(file, line, data, false)
}

// decode sets what data says over f.
func (f *File) decode(name string, line int, data []byte, complete bool) (*File, error) {
	d := &decoder{file: name, line: line, lines: map[string]int{}}
	if len(data) > MaxFileBytes {
		return nil, &Error{File: name, Line: d.line, Message: fmt.Sprintf("the file is above %d bytes", MaxFileBytes)}
	}
	root := d.parse(data)
	version := 0
	routes := func() {} // read last: a route's limits are checked together with the file's
	if root != nil {
		fields := d.fields(f, &version, func(read func()) { routes = read })
		if wrong := d.mistaken(root, fields); complete && wrong != nil {
			return nil, wrong
		}
		d.mapping(root, "", fields...)
		routes()
		for _, check := range d.after {
			check()
		}
	}
	if complete && version == 0 && len(d.errs) == 0 {
		d.fail(root, "version", "write version: 1", "is missing")
	}
	if err := errors.Join(d.errs...); err != nil {
		return nil, err
	}
	f.lines = d.lines
	return f, nil
}

// fields are the keys of a file. What later is given reads the routes, once the
// rest has been read.
func (d *decoder) fields(f *File, version *int, later func(read func())) []field {
	return []field{
		{"version", d.whole(version, 1, 1)},
		{"summary", d.text(&f.Summary)},
		{"prices_as_of", d.day(&f.PricesAsOf)},
		{"providers", func(n ast.Node, path string) { d.providers(n, path, f) }},
		{"routes", func(n ast.Node, path string) { later(func() { d.routes(n, path, f) }) }},
		{"tenants", func(n ast.Node, path string) { d.tenants(n, path, f) }},
		{"budgets", func(n ast.Node, path string) { d.budgets(n, path, f) }},
		{"queue", func(n ast.Node, path string) { d.queue(n, path, f) }},
		{"policy", func(n ast.Node, path string) { d.policy(n, path, &f.Policy) }},
		{"resilience", func(n ast.Node, path string) { d.resilience(n, path, &f.Resilience) }},
		{"health", func(n ast.Node, path string) { d.health(n, path, &f.Health) }},
		{"idempotency", func(n ast.Node, path string) { d.idempotency(n, path, &f.Idempotency) }},
		{"cache", func(n ast.Node, path string) { d.cache(n, path, &f.Cache) }},
		{"incidents", func(n ast.Node, path string) { d.incidents(n, path, f) }},
		{"server", func(n ast.Node, path string) { d.server(n, path, &f.Server) }},
	}
}

// Warnings says what is allowed but hardly meant, as sentences for people.
func (f *File) Warnings() []string {
	var warnings []string
	check := func(at string, l router.Limits) {
		if l.AttemptTimeout > l.TotalTimeout {
			warnings = append(warnings, fmt.Sprintf("%s: attempt_timeout %v is above total_timeout %v: a slow target leaves no time for another",
				at, l.AttemptTimeout, l.TotalTimeout))
		}
		if l.Hedge.After >= l.AttemptTimeout {
			warnings = append(warnings, fmt.Sprintf("%s: hedge.after %v is not below attempt_timeout %v: a hedge never comes",
				at, l.Hedge.After, l.AttemptTimeout))
		}
		if b := f.Resilience.RetryBudget; l.Hedge != (router.Hedge{}) && b.Ratio == 0 && b.Floor == 0 {
			warnings = append(warnings, at+": hedge needs tokens of retry_budget, which has none")
		}
		if l.TTFTTimeout > min(l.AttemptTimeout, l.TotalTimeout) {
			warnings = append(warnings, fmt.Sprintf("%s: ttft_timeout %v is above attempt_timeout %v or total_timeout %v and never applies",
				at, l.TTFTTimeout, l.AttemptTimeout, l.TotalTimeout))
		}
	}
	for _, p := range f.Providers {
		if p.Wire == wire.Azure && p.BaseURL != "" && !strings.HasSuffix(strings.TrimRight(p.BaseURL, "/"), "/openai") {
			warnings = append(warnings, fmt.Sprintf("providers.%s.base_url does not end in /openai, as Azure's do", p.Name))
		}
	}
	check("resilience", f.Resilience.Limits)
	if slow := f.Resilience.Breaker.SlowCall; slow > f.Resilience.AttemptTimeout {
		warnings = append(warnings, fmt.Sprintf("resilience.breaker.slow_call %v is above attempt_timeout %v: no call lives to be slow",
			slow, f.Resilience.AttemptTimeout))
	}
	for _, r := range f.Routes {
		if l := f.limits(r); l != nil {
			check("routes."+r.Name+".resilience", *l)
		}
	}
	return warnings
}

// limits are a route's own limits; nil when it has none of its own.
func (f *File) limits(r Route) *router.Limits {
	if r.override == nil {
		return nil
	}
	l := f.Resilience.Limits
	r.override(&l)
	return &l
}

// RouterConfig makes a router.Config of the file, as far as the file goes:
// providers and routes it lacks are the caller's to add before router.New,
// which checks the whole. Each ${NAME} in a base URL or a key is replaced by what
// lookup finds.
func (f *File) RouterConfig(lookup Lookup) (router.Config, error) {
	c := router.Config{
		Policy: f.Policy, Resilience: f.Resilience, Idempotency: f.Idempotency, Cache: f.Cache, Health: f.Health.Health,
		Budgets: slices.Clone(f.Budgets), Queue: f.Queue,
	}
	var errs []error
	for _, p := range f.Providers {
		expand := f.expander("providers."+p.Name, p.Line, lookup, &errs)
		q := router.Provider{
			Name: p.Name, Wire: p.Wire, Region: p.Region, APIVersion: p.APIVersion, AllowLinkLocal: p.AllowLinkLocal, Bulkhead: p.Bulkhead,
			BaseURL: expand("base_url", p.BaseURL), APIKey: router.Secret(expand("api_key", string(p.APIKey))),
		}
		for _, m := range p.Models {
			n := router.Model{
				Name: m.Name, Quality: m.Quality, TaskQuality: maps.Clone(m.TaskQuality), Capabilities: slices.Clone(m.Capabilities),
				Context: m.Context, MaxOutput: m.MaxOutput, EmbeddingSpace: m.EmbeddingSpace, Family: m.Family, Bulkhead: m.Bulkhead,
			}
			if m.Price != nil {
				n.Price = *m.Price
			}
			q.Models = append(q.Models, n)
		}
		c.Providers = append(c.Providers, q)
	}
	for _, r := range f.Routes {
		c.Routes = append(c.Routes, router.Route{
			Name: r.Name, Targets: slices.Clone(r.Targets), Residency: slices.Clone(r.Residency), Limits: f.limits(r), Shadow: r.Shadow,
		})
	}
	for _, t := range f.Tenants {
		c.Tenants = append(c.Tenants, router.Tenant{Name: t.Name, Regions: slices.Clone(t.Regions), Providers: slices.Clone(t.Providers)})
	}
	return c, errors.Join(errs...)
}

// AlertHook is where alerts are to be sent, with each ${NAME} replaced as by
// [File.RouterConfig]; nil where the file has no webhook.
func (f *File) AlertHook(lookup Lookup) (*Webhook, error) {
	return f.hook(f.Health.Webhook, "health.alerts.webhook", lookup)
}

// JobsHook is where the ends of jobs are to be sent, as [File.AlertHook].
func (f *File) JobsHook(lookup Lookup) (*Webhook, error) {
	return f.hook(f.JobHook, "queue.webhook", lookup)
}

func (f *File) hook(w *Webhook, path string, lookup Lookup) (*Webhook, error) {
	if w == nil {
		return nil, nil
	}
	var errs []error
	expand := f.expander(path, w.Line, lookup, &errs)
	out := &Webhook{URL: expand("url", w.URL), Secret: router.Secret(expand("secret", string(w.Secret))), Line: w.Line}
	if len(errs) == 0 {
		err := router.CheckBaseURL(out.URL)
		if err == nil && router.LinkLocalHost(out.URL) {
			err = errors.New("it is link-local, where clouds keep secrets")
		}
		if err != nil {
			errs = append(errs, &Error{File: f.Name, Line: w.Line, Field: path + ".url", Message: err.Error()})
		}
	}
	return out, errors.Join(errs...)
}
