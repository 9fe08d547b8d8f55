package scenarios

import (
	"slices"
	"time"
)

func (d *decoder) worldFields(w *World) []field {
	version := 0
	ignored := ""
	return []field{
		{"version", d.version(&version)},
		{"name", d.name(&w.Name)},
		{"summary", d.text(&ignored, 500)},
		{"providers", func(n *node) {
			w.Providers = nil
			d.named(n, "providers", maxProviders, func(name string, _, value *node) {
				w.Providers = append(w.Providers, d.provider(name, value))
			})
		}},
		{"routes", func(n *node) {
			w.Routes = nil
			d.named(n, "routes", maxRoutes, func(name string, _, value *node) {
				w.Routes = append(w.Routes, d.route(name, value))
			})
		}},
		{"load", d.load(&w.Load)},
		{"tasks", d.tasks(&w.Tasks)},
	}
}

func (d *decoder) provider(name string, n *node) Provider {
	p := Provider{Name: name, Vendor: name, Wire: "openai"}
	if d.mapping(n, d.providerFields(&p)) {
		d.need(n, "a provider", "models")
	}
	return p
}

func (d *decoder) providerFields(p *Provider) []field {
	return []field{
		{"vendor", d.name(&p.Vendor)},
		{"region", d.name(&p.Region)},
		{"wire", d.word(&p.Wire, "wire", d.words.Wires)},
		{"rtt", d.duration(&p.RTT, 0, time.Minute)},
		{"models", func(n *node) {
			p.Models = nil
			d.named(n, "models", maxModels, func(name string, _, value *node) {
				p.Models = append(p.Models, d.model(name, value))
			})
			if n.kind == kindMapping && len(n.pairs) == 0 {
				d.fail(n, "", "a provider has at least one model")
			}
		}},
		{"capacity", func(n *node) {
			if !d.mapping(n, d.capacityFields(&p.Capacity)) {
				return
			}
			d.need(n, "a capacity", "concurrency")
			if p.Capacity.Status == 0 {
				p.Capacity.Status = 503
			}
		}},
		{"quotas", func(n *node) { d.mapping(n, d.quotaFields(&p.Quotas)) }},
	}
}

func (d *decoder) capacityFields(c *Capacity) []field {
	return []field{
		{"concurrency", d.count(&c.Concurrency, 1, 1_000_000)},
		{"queue", d.count(&c.Queue, 0, 1_000_000)},
		{"status", func(n *node) {
			if d.count(&c.Status, 400, 599)(n); c.Status != 0 && c.Status != 429 && c.Status != 503 {
				d.fail(n, "", "a full provider answers 429 or 503, found %d", c.Status)
			}
		}},
	}
}

func (d *decoder) quotaFields(q *Quotas) []field {
	return []field{
		{"rpm", d.count(&q.RPM, 1, 1_000_000_000)},
		{"tpm", d.count(&q.TPM, 1, 2_000_000_000)},
	}
}

// generates reports whether a model writes text token by token.
func (m *Model) generates() bool { return m.Serves("chat") || m.Serves("completions") }

func (d *decoder) model(name string, n *node) Model {
	m := Model{Name: name}
	if !d.mapping(n, d.modelFields(&m)) {
		return m
	}
	if n.get("endpoints") == nil {
		m.Endpoints = []string{"chat"}
	}
	d.need(n, "a model", "price", "ttft")
	if m.generates() {
		d.need(n, "a model that generates text", "itl")
		if price := n.get("price"); price != nil && price.kind == kindMapping {
			d.need(price, "the price of a model that generates text", "output")
		}
	}
	if m.Context > 0 && m.MaxOutput > m.Context {
		d.failKey(n, "max_output", "", "max_output %d is more than the context of %d", m.MaxOutput, m.Context)
	}
	return m
}

func (d *decoder) modelFields(m *Model) []field {
	return []field{
		{"endpoints", func(n *node) {
			m.Endpoints = nil
			valid := without(d.words.Endpoints, "models")
			d.list(n, "endpoints", len(valid), func(item *node) {
				word := ""
				if d.word(&word, "endpoint", valid)(item); word == "" {
					return
				}
				if slices.Contains(m.Endpoints, word) {
					d.fail(item, "", "%q stands here twice", word)
					return
				}
				m.Endpoints = append(m.Endpoints, word)
			})
			if n.kind == kindSequence && len(n.items) == 0 {
				d.fail(n, "leave the key out for [chat]", "the list is empty")
			}
		}},
		{"price", d.price(&m.Price)},
		{"context", d.count(&m.Context, 1, maxTokenCount)},
		{"max_output", d.count(&m.MaxOutput, 1, maxTokenCount)},
		{"quality", d.number(&m.Quality, 0, 1)},
		{"ttft", d.dist(&m.TTFT, d.seconds)},
		{"itl", d.dist(&m.ITL, d.seconds)},
	}
}

func without(words []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == word })
}

func (d *decoder) price(p *Price) func(*node) {
	return func(n *node) {
		if !d.mapping(n, d.priceFields(p)) {
			return
		}
		d.need(n, "a price", "input")
		if n.get("cached_input") == nil {
			p.CachedInputNano = p.InputNano
		}
	}
}

func (d *decoder) priceFields(p *Price) []field {
	return []field{
		{"input", d.nano(&p.InputNano)},
		{"cached_input", d.nano(&p.CachedInputNano)},
		{"output", d.nano(&p.OutputNano)},
	}
}

func (d *decoder) route(name string, n *node) Route {
	r := Route{Name: name}
	d.list(n, "targets", maxTargets, func(item *node) {
		target := ""
		if d.text(&target, 2*64+1)(item); target != "" {
			r.Targets = append(r.Targets, target)
		}
	})
	if n.kind == kindSequence && len(n.items) == 0 {
		d.fail(n, "", "a route has at least one target")
	}
	return r
}
