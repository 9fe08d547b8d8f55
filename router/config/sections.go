package config

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/wire"
)

func (d *decoder) providers(n ast.Node, path string, f *File) {
	d.each(n, path, func(name string, at, value ast.Node) {
		if name == "" || strings.Contains(name, "/") {
			d.fail(at, path, "", "a provider's name must not be empty or hold a slash")
			return
		}
		if len(name) > maxProviderName || secretName(name) {
			d.fail(at, path, "", "a provider's name must not be above %d bytes or look like a key", maxProviderName)
			return
		}
		i := slices.IndexFunc(f.Providers, func(p Provider) bool { return p.Name == name })
		if i < 0 {
			i = len(f.Providers)
			f.Providers = append(f.Providers, Provider{Name: name})
		}
		p := &f.Providers[i]
		p.Line, _ = d.at(at)
		d.mapping(value, join(path, name),
			field{"wire", d.word(&p.Wire, wire.Names()...)},
			field{"api_version", d.apiVersion(&p.APIVersion)},
			field{"base_url", d.baseURL(&p.BaseURL)},
			field{"api_key", d.text((*string)(&p.APIKey))},
			field{"allow_link_local", d.truth(&p.AllowLinkLocal)},
			field{"region", d.text(&p.Region)},
			field{"bulkhead", d.bulkhead(&p.Bulkhead)},
			field{"models", func(n ast.Node, path string) { d.models(n, path, p) }},
		)
		if n := d.valueOf(value, "api_version"); n != nil && p.APIVersion != "" && p.Wire != wire.Azure {
			d.fail(n, join(path, name)+".api_version", "remove it, or write wire: azure", "only Azure's API has versions")
		}
	})
}

func (d *decoder) models(n ast.Node, path string, p *Provider) {
	d.each(n, path, func(name string, at, value ast.Node) {
		if name == "" {
			d.fail(at, path, "", "a model's name must not be empty")
			return
		}
		if secretName(name) {
			d.fail(at, path, "", "a model's name must not look like a key")
			return
		}
		i := slices.IndexFunc(p.Models, func(m Model) bool { return m.Name == name })
		if i < 0 {
			i = len(p.Models)
			p.Models = append(p.Models, Model{Name: name})
		}
		m := &p.Models[i]
		m.Line, _ = d.at(at)
		d.mapping(value, join(path, name),
			field{"price", func(n ast.Node, path string) { m.Price = d.prices(n, path) }},
			field{"capabilities", d.words(&m.Capabilities, router.Capabilities()...)},
			field{"context", d.whole(&m.Context, 1, 1_000_000_000)},
			field{"max_output", d.whole(&m.MaxOutput, 1, 1_000_000_000)},
			field{"embedding_space", d.text(&m.EmbeddingSpace)},
			field{"family", d.text(&m.Family)},
			field{"bulkhead", d.bulkhead(&m.Bulkhead)},
			field{"quality", d.ratio(&m.Quality, 1, true)},
			field{"task_quality", func(n ast.Node, path string) { d.taskQuality(n, path, &m.TaskQuality) }},
		)
	})
}

// prices reads a price; without prices of their own, tokens read from a cache or
// written to it cost as much as any.
func (d *decoder) prices(n ast.Node, path string) *router.Price {
	input, cached, written, output := int64(-1), int64(-1), int64(-1), int64(-1)
	var long ast.Node
	before := len(d.errs)
	d.mapping(n, path,
		field{"input", d.price(&input)},
		field{"cached_input", d.price(&cached)},
		field{"cache_write", d.price(&written)},
		field{"output", d.price(&output)},
		field{"long_context", func(n ast.Node, path string) {
			if long = n; !standsFor(n) {
				return
			}
			d.longPrice(n, path, &router.Price{})
			long = nil
		}},
	)
	needs(n, "input", "output")
	if len(d.errs) == before && (input < 0 || output < 0) {
		d.fail(n, path, "write 0 for a free model", "input and output are both needed")
	}
	if cached < 0 {
		cached = input
	}
	if written < 0 {
		written = input
	}
	p := &router.Price{InputNano: input, CachedInputNano: cached, CacheWriteNano: written, OutputNano: output}
	if long != nil {
		p.Long = d.longPrice(long, join(path, "long_context"), p)
	}
	return p
}

// longPrice reads the price of long prompts; what it leaves out is as usual.
func (d *decoder) longPrice(n ast.Node, path string, usual *router.Price) router.LongPrice {
	out := router.LongPrice{
		InputNano: usual.InputNano, CachedInputNano: usual.CachedInputNano, CacheWriteNano: usual.CacheWriteNano, OutputNano: usual.OutputNano,
	}
	before := len(d.errs)
	d.mapping(n, path,
		field{"above", d.whole(&out.Above, 1, 1_000_000_000)},
		field{"input", d.price(&out.InputNano)},
		field{"cached_input", d.price(&out.CachedInputNano)},
		field{"cache_write", d.price(&out.CacheWriteNano)},
		field{"output", d.price(&out.OutputNano)},
	)
	needs(n, "above")
	if len(d.errs) == before && out.Above == 0 {
		d.fail(n, path, "", "it needs above, in prompt tokens")
	}
	return out
}

func (d *decoder) routes(n ast.Node, path string, f *File) {
	d.each(n, path, func(name string, at, value ast.Node) {
		if name == "" || strings.Contains(name, "/") {
			d.fail(at, path, "", "a route's name must not be empty or hold a slash")
			return
		}
		if secretName(name) {
			d.fail(at, path, "", "a route's name must not look like a key")
			return
		}
		r := Route{Name: name}
		r.Line, _ = d.at(at)
		here := join(path, name)
		if d.isList(value) {
			d.targets(&r.Targets)(value, here)
		} else {
			d.mapping(value, here,
				field{"targets", d.targets(&r.Targets)},
				field{"residency", d.regions(&r.Residency)},
				field{"shadow", func(n ast.Node, path string) { r.Shadow = d.shadow(n, path) }},
				field{"resilience", func(n ast.Node, path string) { r.override = d.override(n, path, f) }},
			)
		}
		if len(r.Targets) == 0 {
			d.fail(value, here, "", "at least one target is needed")
		}
		if i := slices.IndexFunc(f.Routes, func(r Route) bool { return r.Name == name }); i >= 0 {
			f.Routes[i] = r
			return
		}
		f.Routes = append(f.Routes, r)
	})
}

func (d *decoder) targets(dst *[]string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return listForm(targetForm(), 1) }) {
			return
		}
		list, ok := d.resolve(n).(*ast.SequenceNode)
		if !ok {
			d.fail(n, path, "", `must be a list of "provider/model"`)
			return
		}
		for _, v := range list.Values {
			t, _ := d.scalar(v)
			provider, model, _ := strings.Cut(t, "/")
			switch {
			case provider == "" || model == "":
				d.fail(v, path, "", `%s is not a "provider/model"`, shown(t, maxTarget))
			case slices.Contains(*dst, t):
				d.fail(v, path, "", "%s is listed twice", shown(t, maxTarget))
			default:
				*dst = append(*dst, t)
			}
		}
	}
}

// shadow reads a route's shadow traffic, of which every key is needed.
func (d *decoder) shadow(n ast.Node, path string) *router.Shadow {
	var s router.Shadow
	var usd float64
	before := len(d.errs)
	d.mapping(n, path,
		field{"target", func(n ast.Node, path string) {
			if probed(n, targetForm) {
				return
			}
			s.Target, _ = d.scalar(n)
			if provider, model, _ := strings.Cut(s.Target, "/"); provider == "" || model == "" {
				d.fail(n, path, "", `%s is not a "provider/model"`, shown(s.Target, maxTarget))
			}
		}},
		field{"share", d.ratio(&s.Share, 1, false)},
		field{"budget", d.ratio(&usd, router.MaxShadowBudget/1e6, false)},
	)
	needs(n, "target", "share", "budget")
	if s.BudgetMicroUSD = int64(math.Floor(usd * 1e6)); len(d.errs) == before && (s.Target == "" || s.Share == 0 || s.BudgetMicroUSD == 0) {
		d.fail(n, path, "such as {target: openai/gpt-4.1-mini, share: 5%, budget: 0.50}",
			"target, share and budget (USD per hour, at least a millionth) are all needed")
	}
	return &s
}

// override checks a route's own limits now and returns what sets them later.
func (d *decoder) override(n ast.Node, path string, f *File) func(*router.Limits) {
	for _, shared := range []string{"retry_budget", "cooldown", "breaker", "failback", "bulkhead"} {
		pairs, _ := entries(d.resolve(n))
		for _, p := range pairs {
			if key, _ := d.scalar(p.Key); key == shared {
				d.fail(p.Key, join(path, key), "set it under the top-level resilience",
					"protects targets that routes share, and cannot differ by route")
				return nil
			}
		}
	}
	scratch := f.Resilience.Limits
	d.mapping(n, path, d.limits(&scratch)...)
	return func(l *router.Limits) {
		again := &decoder{anchors: d.anchors} // a fresh one: what it finds wrong has been said
		again.mapping(n, path, again.limits(l)...)
	}
}

func (d *decoder) limits(l *router.Limits) []field {
	return []field{
		{"total_timeout", d.duration(&l.TotalTimeout, router.MinAttemptTime)},
		{"connect_timeout", d.duration(&l.ConnectTimeout, time.Millisecond)},
		{"attempt_timeout", d.duration(&l.AttemptTimeout, time.Millisecond)},
		{"ttft_timeout", d.duration(&l.TTFTTimeout, time.Millisecond)},
		{"idle_timeout", d.duration(&l.IdleTimeout, time.Millisecond)},
		{"max_attempts", d.whole(&l.MaxAttempts, 1, 100)},
		{"quick_retry", d.duration(&l.QuickRetry, 0)},
		{"max_wait", d.duration(&l.MaxWait, 0)},
		{"reserve", d.duration(&l.Reserve, 0)},
		{"last_resort", d.truth(&l.LastResort)},
		{"hedge", func(n ast.Node, path string) { d.mapping(n, path, field{"after", d.hedgeAfter(&l.Hedge)}) }},
		{"stream", func(n ast.Node, path string) { d.stream(n, path, &l.Stream) }},
		{"backoff", func(n ast.Node, path string) {
			b := &l.Backoff
			usual := router.DefaultResilience().Backoff
			defer d.inOrder(n, path, bound{"base", &b.Base, usual.Base}, bound{"max", &b.Max, usual.Max})()
			d.mapping(n, path, field{"base", d.duration(&b.Base, time.Microsecond)}, field{"max", d.duration(&b.Max, time.Microsecond)})
		}},
	}
}

func (d *decoder) stream(n ast.Node, path string, s *router.Stream) {
	d.mapping(n, path,
		field{"commit", d.commit(&s.Commit)},
		field{"min_tokens_per_second", d.ratio(&s.MinTokensPerSecond, 10_000, true)},
		field{"window", d.duration(&s.Window, 10*time.Millisecond)},
		field{"client_timeout", d.duration(&s.ClientTimeout, 0)},
	)
}

// commit reads a commit point: a word or a number of tokens.
func (d *decoder) commit(dst *int) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return commitForm() }) {
			return
		}
		s, _ := d.scalar(n)
		tokens, err := strconv.Atoi(s)
		switch {
		case s == "first_token":
			*dst = router.CommitFirstToken
		case s == "complete":
			*dst = router.CommitComplete
		case err == nil && tokens >= 1 && tokens <= router.MaxCommit:
			*dst = tokens
		default:
			d.fail(n, path, "first_token, complete, or a number of tokens from 1 to 100000", "%s is no commit point", shown(s, maxPlain))
		}
	}
}

// hedgeAfter reads a duration, or the name of a quantile.
func (d *decoder) hedgeAfter(dst *router.Hedge) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return hedgeForm() }) {
			return
		}
		s, _ := d.scalar(n)
		if percent, ok := strings.CutPrefix(s, "p"); ok {
			v, err := strconv.Atoi(percent)
			if err != nil || v < 50 || v > 99 || len(percent) != 2 {
				d.fail(n, path, "such as p95", "%s is no quantile from p50 to p99", shown(s, maxPlain))
				return
			}
			*dst = router.Hedge{Quantile: float64(v) / 100}
			return
		}
		var after time.Duration
		before := len(d.errs)
		if d.duration(&after, 0)(n, path); len(d.errs) == before {
			*dst = router.Hedge{After: after}
		}
	}
}

func (d *decoder) resilience(n ast.Node, path string, r *router.Resilience) {
	d.mapping(n, path, append(d.limits(&r.Limits),
		field{"retry_budget", func(n ast.Node, path string) {
			b := &r.RetryBudget
			if _, ok := d.scalar(n); ok {
				d.ratio(&b.Ratio, 10, true)(n, path)
				return
			}
			d.mapping(n, path, field{"ratio", d.ratio(&b.Ratio, 10, true)}, field{"floor", d.whole(&b.Floor, 0, 1_000_000)})
		}},
		field{"cooldown", func(n ast.Node, path string) {
			c := &r.Cooldown
			usual := router.DefaultResilience().Cooldown
			defer d.inOrder(n, path, bound{"default", &c.Default, usual.Default}, bound{"max", &c.Max, usual.Max})()
			d.mapping(n, path, field{"default", d.duration(&c.Default, 0)}, field{"max", d.duration(&c.Max, 0)},
				field{"payment", d.duration(&c.Payment, 0)})
		}},
		field{"breaker", func(n ast.Node, path string) { d.breaker(n, path, &r.Breaker) }},
		field{"failback", func(n ast.Node, path string) {
			d.mapping(n, path, field{"ramp", d.duration(&r.Failback.Ramp, 0)})
		}},
		field{"bulkhead", d.bulkhead(&r.Bulkhead)},
	)...)
}

// idempotency takes how long answers are remembered and how many of them.
func (d *decoder) idempotency(n ast.Node, path string, i *router.Idempotency) {
	d.mapping(n, path,
		field{"ttl", d.duration(&i.TTL, 0)},
		field{"entries", d.whole(&i.Entries, 1, 1_000_000)},
		field{"max_bytes", d.whole(&i.MaxBytes, 8<<10, 4<<30)},
	)
}

func (d *decoder) breaker(n ast.Node, path string, b *router.Breaker) {
	usual := router.DefaultResilience().Breaker
	defer d.inOrder(n, path, bound{"open_for", &b.OpenFor, usual.OpenFor}, bound{"max_open_for", &b.MaxOpenFor, usual.MaxOpenFor})()
	d.mapping(n, path,
		field{"window", d.duration(&b.Window, 10*time.Millisecond)},
		field{"min_samples", d.whole(&b.MinSamples, 1, 1_000_000)},
		field{"failure_rate", d.ratio(&b.FailureRate, 1, false)},
		field{"slow_call", d.duration(&b.SlowCall, 0)},
		field{"slow_rate", d.ratio(&b.SlowRate, 1, false)},
		field{"open_for", d.duration(&b.OpenFor, time.Millisecond)},
		field{"max_open_for", d.duration(&b.MaxOpenFor, time.Millisecond)},
		field{"probes", d.whole(&b.Probes, 1, 100)},
	)
}

func (d *decoder) bulkhead(b *router.Bulkhead) reader {
	return func(n ast.Node, path string) {
		d.mapping(n, path, field{"max_concurrent", d.whole(&b.MaxConcurrent, 0, 1_000_000)})
	}
}

// bound is one of two durations that must not cross.
type bound struct {
	key   string
	value *time.Duration
	usual time.Duration // the default
}

// inOrder returns what checks, once the mapping n is read without errors, that
// high is not below low. Where only one of them is written, the message is
// about that one and says where the other is from.
func (d *decoder) inOrder(n ast.Node, path string, low, high bound) func() {
	before := len(d.errs)
	return func() {
		if len(d.errs) > before || *high.value >= *low.value {
			return
		}
		atLow, atHigh := d.valueOf(n, low.key), d.valueOf(n, high.key)
		report := func(at ast.Node, written, other bound, relation string) {
			origin := "set elsewhere"
			if *other.value == other.usual {
				origin = "by default"
			}
			d.fail(at, join(path, written.key), "", "%v is %s %s, %v %s; set both",
				*written.value, relation, other.key, *other.value, origin)
		}
		switch {
		case atLow != nil && atHigh == nil:
			report(atLow, low, high, "above")
		case atHigh != nil && atLow == nil:
			report(atHigh, high, low, "below")
		default:
			d.fail(n, path, "", "%s %v is below %s %v", high.key, *high.value, low.key, *low.value)
		}
	}
}

// valueOf is the value of a mapping's key, or nil.
func (d *decoder) valueOf(n ast.Node, key string) ast.Node {
	pairs, _ := entries(d.resolve(n))
	for _, p := range pairs {
		if k, _ := d.scalar(p.Key); k == key {
			return p.Value
		}
	}
	return nil
}
