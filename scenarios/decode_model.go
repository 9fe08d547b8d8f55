package scenarios

import (
	"slices"
	"time"
)

// generates reports whether a model writes text token by token.
func (m *Model) generates() bool {
	return slices.ContainsFunc(m.Endpoints, func(e string) bool { return e != "embeddings" })
}

func (d *decoder) models(dst *[]Model) func(*node) {
	return func(n *node) {
		*dst = nil
		if n.kind == kindSequence && n.probe != nil {
			d.describeKept(n)
			return
		}
		if n.kind == kindSequence {
			d.fail(n, "preset: openai, for one", "a list of models names those of a preset, and the provider has none")
			return
		}
		d.entries(n, "models", maxModels, d.checkModelName, func(name string, _, value *node) {
			*dst = append(*dst, d.model(name, value))
		})
		if n.kind == kindMapping && len(n.pairs) == 0 {
			d.fail(n, "", "a provider has at least one model")
		}
	}
}

func (d *decoder) model(name string, n *node) Model {
	m := Model{Name: name}
	if !d.mapping(n, "model", d.modelFields(&m)) {
		return m
	}
	if n.get("endpoints") == nil {
		m.Endpoints = []string{"chat"}
	}
	d.need(n, "a model", "price", "ttft")
	if n.probe == nil && m.generates() {
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
		{"reasoning", d.dist(&m.Reasoning, d.hiddenTokens)},
		{"prefill", d.duration(&m.Prefill, 0, time.Minute)},
		{"slowdown", d.number(&m.Slowdown, 0, 100)},
		{"tokenizer", d.number(&m.Tokenizer, 0.1, 10)},
		{"verbosity", d.number(&m.Verbosity, 0.1, 10)},
		{"cache", func(n *node) {
			if d.mapping(n, "cache", d.cacheFields(&m.Cache)) {
				d.need(n, "a cache", "mode")
			}
		}},
	}
}

// hiddenTokens reads a number of tokens of which there may be none.
func (d *decoder) hiddenTokens(n *node) (float64, bool) {
	v := -1
	d.count(&v, 0, maxTokenCount)(n)
	return float64(v), v >= 0
}

func without(words []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == word })
}

func (d *decoder) cacheFields(c *Cache) []field {
	return []field{
		{"mode", d.word(&c.Mode, "cache mode", []string{"automatic", "explicit"})},
		{"min_tokens", d.count(&c.MinTokens, 1, maxTokenCount)},
		{"ttl", d.duration(&c.TTL, time.Second, 24*time.Hour)},
		{"entries", d.count(&c.Entries, 1, 1_000_000)},
	}
}

func (d *decoder) price(p *Price) func(*node) {
	return func(n *node) {
		if !d.mapping(n, "price", d.priceFields(p)) {
			return
		}
		d.need(n, "a price", "input")
		if n.get("cached_input") == nil {
			p.CachedInputNano = p.InputNano
		}
		if n.get("cache_write") == nil {
			p.CacheWriteNano = p.InputNano
		}
		p.longDefaults(n.get("long_context"))
	}
}

func (d *decoder) priceFields(p *Price) []field {
	return []field{
		{"input", d.nano(&p.InputNano)},
		{"cached_input", d.nano(&p.CachedInputNano)},
		{"cache_write", d.nano(&p.CacheWriteNano)},
		{"output", d.nano(&p.OutputNano)},
		{"long_context", func(n *node) {
			p.Long = &LongPrice{}
			if d.mapping(n, "long_context", d.longFields(p.Long)) {
				d.need(n, "a price of long prompts", "above")
			}
		}},
	}
}

func (d *decoder) longFields(l *LongPrice) []field {
	return []field{
		{"above", d.count(&l.Above, 1, maxTokenCount)},
		{"input", d.nano(&l.InputNano)},
		{"cached_input", d.nano(&l.CachedInputNano)},
		{"cache_write", d.nano(&l.CacheWriteNano)},
		{"output", d.nano(&l.OutputNano)},
	}
}

// longDefaults takes from the usual price what the long one leaves out.
func (p *Price) longDefaults(n *node) {
	if p.Long == nil {
		return
	}
	for _, part := range []struct {
		key  string
		into *int64
		from int64
	}{
		{"input", &p.Long.InputNano, p.InputNano},
		{"cached_input", &p.Long.CachedInputNano, p.CachedInputNano},
		{"cache_write", &p.Long.CacheWriteNano, p.CacheWriteNano},
		{"output", &p.Long.OutputNano, p.OutputNano},
	} {
		if n.get(part.key) == nil {
			*part.into = part.from
		}
	}
}
