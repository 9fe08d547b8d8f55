package swarm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// world is what the rest of a scenario refers to.
type world struct {
	providers   []provider
	routes      []route
	completions bool // chat models serve completions too
	lines       []string
}

type provider struct {
	name, vendor, region, wire string
	models                     []model
}

type model struct {
	name  string
	embed bool
}

type route struct {
	name    string
	targets []string
	embed   bool
}

// embeds says whether an API has embeddings at all.
func embeds(wire string) bool { return wire != "anthropic" }

func drawWorld(d *draw, wires []string) *world {
	w := &world{completions: d.chance(0.2)}
	w.line("providers:")
	group := ""
	if d.chance(0.1) {
		group = quotas(d.of("group"), "shared")
	}
	for i := range d.within(1, 4) {
		w.provider(d.of(fmt.Sprint("provider", i)), i, wires, group)
	}
	w.drawRoutes(d.of("routes"))
	if d.chance(0.2) {
		w.line("request_sigma: %s", text(rounded(d.spread(0.01, 2))))
	}
	return w
}

func (w *world) line(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

func (w *world) provider(d *draw, i int, wires []string, group string) {
	p := provider{name: fmt.Sprint("p", i), wire: "openai"}
	if d.chance(0.6) {
		p.wire = pick(d, wires...)
	}
	p.vendor = p.name
	head := flow{}
	head.add("wire", p.wire)
	if d.chance(0.5) {
		p.vendor = pick(d, "openai", "anthropic", "google", "azure")
		head.add("vendor", p.vendor)
	}
	if d.chance(0.5) {
		p.region = pick(d, "us-east", "eu-west")
		head.add("region", p.region)
	}
	if d.chance(0.5) {
		head.add("rtt", d.time(time.Millisecond, 400*time.Millisecond))
	}
	if d.chance(0.4) {
		head.add("capacity", capacity(d))
	}
	switch {
	case group != "" && d.chance(0.7):
		head.add("quotas", group)
	case d.chance(0.4):
		head.add("quotas", quotas(d, ""))
	}
	if d.chance(0.3) {
		weather := flow{}
		weather.add("sigma", rounded(d.spread(0.01, 2)))
		if d.chance(0.5) {
			weather.add("correlation", d.time(time.Second, time.Hour))
		}
		head.add("weather", weather)
	}
	if d.chance(0.5) {
		head.add("cut_billing", pick(d, "generated", "whole", "nothing"))
	}
	w.line("  %s:", p.name)
	for _, field := range head {
		w.line("    %s", field)
	}
	w.line("    models:")
	names := []string{pick(d, "chat-a", "chat-b", "org/chat:c")}
	if d.chance(0.3) {
		names = append(names, "chat-d")
	}
	for _, name := range names {
		p.models = append(p.models, model{name: name})
		w.line("      %q: %s", name, w.chatModel(d.of(name)))
	}
	if embeds(p.wire) && d.chance(0.5) {
		p.models = append(p.models, model{name: "embed", embed: true})
		w.line("      embed: %s", embedModel(d.of("embed")))
	}
	w.providers = append(w.providers, p)
}

func (w *world) chatModel(d *draw) flow {
	m := flow{}
	if w.completions {
		m.add("endpoints", []string{"chat", "completions"})
	}
	m.add("price", price(d, true))
	m.add("ttft", latency(d, 20*time.Millisecond, 3*time.Second))
	m.add("itl", latency(d, time.Millisecond, 80*time.Millisecond))
	if d.chance(0.3) {
		context := d.count(2000, 200_000)
		m.add("context", context)
		if d.chance(0.5) {
			m.add("max_output", d.count(50, context))
		}
	} else if d.chance(0.2) {
		m.add("max_output", d.count(50, 100_000))
	}
	if d.chance(0.5) {
		m.add("quality", rounded(d.uniform()))
	}
	if d.chance(0.2) {
		m.add("reasoning", sizes(d, 0, 1, 800))
	}
	if d.chance(0.2) {
		m.add("prefill", d.time(time.Millisecond, 2*time.Second))
	}
	if d.chance(0.2) {
		m.add("slowdown", rounded(d.spread(0.01, 10)))
	}
	if d.chance(0.2) {
		m.add("tokenizer", rounded(d.spread(0.1, 10)))
	}
	if d.chance(0.2) {
		m.add("verbosity", rounded(d.spread(0.1, 10)))
	}
	if d.chance(0.4) {
		m.add("cache", cache(d))
	}
	return m
}

func embedModel(d *draw) flow {
	m := flow{"endpoints: [embeddings]"}
	m.add("price", price(d, false))
	m.add("ttft", latency(d, 10*time.Millisecond, time.Second))
	if d.chance(0.2) {
		m.add("tokenizer", rounded(d.spread(0.5, 2)))
	}
	return m
}

// price in USD per million tokens, zero now and then.
func price(d *draw, generates bool) flow {
	usd := func() float64 {
		if d.chance(0.1) {
			return 0
		}
		return rounded(d.spread(0.001, 100))
	}
	p := flow{}
	parts := []string{"input"}
	if generates {
		parts = append(parts, "output")
	}
	for _, part := range parts {
		p.add(part, usd())
	}
	extras := func(f *flow, names ...string) {
		for _, name := range names {
			if d.chance(0.5) {
				f.add(name, usd())
			}
		}
	}
	extras(&p, "cached_input", "cache_write")
	if d.chance(0.2) {
		long := flow{}
		long.add("above", d.count(1, 4000))
		extras(&long, append(parts, "cached_input", "cache_write")...)
		p.add("long_context", long)
	}
	return p
}

func cache(d *draw) flow {
	c := flow{}
	c.add("mode", pick(d, "automatic", "explicit"))
	if d.chance(0.7) {
		c.add("min_tokens", d.count(1, 1024))
	}
	if d.chance(0.5) {
		c.add("ttl", d.time(time.Second, time.Hour))
	}
	if d.chance(0.3) {
		c.add("entries", d.count(1, 1000))
	}
	return c
}

func capacity(d *draw) flow {
	c := flow{}
	c.add("concurrency", d.count(1, 100))
	if d.chance(0.5) {
		c.add("queue", d.count(1, 100))
	}
	if d.chance(0.5) {
		c.add("status", pick(d, 429, 503, 529))
	}
	return c
}

func quotas(d *draw, group string) string {
	q := flow{}
	limits := []struct {
		key       string
		low, high int
	}{
		{"rpm", 10, 5000}, {"tpm", 2000, 5_000_000}, {"itpm", 2000, 5_000_000}, {"otpm", 1000, 1_000_000},
		{"rpd", 50, 3000}, {"tpd", 50_000, 5_000_000}, {"concurrency", 1, 100},
	}
	for _, i := range some(d, []int{0, 1, 2, 3, 4, 5, 6}) {
		if l := limits[i]; d.chance(0.6) || len(q) == 0 {
			q.add(l.key, d.count(l.low, l.high))
		}
	}
	if d.chance(0.2) {
		q.add("acceleration", rounded(d.spread(1.01, 20)))
		if d.chance(0.5) {
			q.add("acceleration_floor", d.count(100, 200_000))
		}
	}
	if d.chance(0.4) {
		q.add("window", pick(d, "1s", "10s", "1m"))
	}
	if d.chance(0.6) {
		q.add("charge", pick(d, "estimated", "reserved", "actual"))
	}
	if d.chance(0.3) {
		q.add("count_cached", d.chance(0.5))
	}
	if d.chance(0.2) {
		q.add("background", rounded(0.99*d.uniform()))
	}
	if group != "" {
		q.add("group", group)
	}
	return q.String()
}

// drawRoutes makes one or two routes of chat models, and one of embeddings
// models where there are any.
func (w *world) drawRoutes(d *draw) {
	w.line("routes:")
	for i := range d.within(1, 2) {
		w.route(d, fmt.Sprint("r", i), false)
	}
	w.route(d, "embed", true)
}

func (w *world) route(d *draw, name string, embed bool) {
	all := w.targets(embed)
	if len(all) == 0 {
		return
	}
	r := route{name: name, targets: shuffled(d, all), embed: embed}
	if d.chance(0.3) {
		r.targets = some(d, r.targets)
	}
	w.routes = append(w.routes, r)
	w.line("  %s: [%s]", name, quoted(r.targets))
}

func (w *world) targets(embed bool) []string {
	var out []string
	for _, p := range w.providers {
		for _, m := range p.models {
			if m.embed == embed {
				out = append(out, p.name+"/"+m.name)
			}
		}
	}
	return out
}

// provider returns the provider of a target, and its model.
func (w *world) find(target string) (provider, model) {
	name, rest, _ := strings.Cut(target, "/")
	p := w.providers[slices.IndexFunc(w.providers, func(p provider) bool { return p.name == name })]
	return p, p.models[slices.IndexFunc(p.models, func(m model) bool { return m.name == rest })]
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return strings.Join(out, ", ")
}
