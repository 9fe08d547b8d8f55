package router

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/wire"
	"github.com/routedrill/routedrill/router/wire/azure"
)

// validate returns everything wrong with the config, joined.
func (c *Config) validate() error {
	var v problems
	known := c.validateProviders(&v)
	c.validateRoutes(&v, known)
	c.validateAccess(&v)
	c.validateBudgets(&v)
	c.Queue.validate(&v)
	if err := c.Policy.Validate(); err != nil {
		v.add("%w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Policy.Split)) {
		if !known[name] {
			v.add("policy.split: %q is no \"provider/model\" of providers", name)
		}
	}
	c.Resilience.validate(&v)
	c.Health.validate(&v)
	if i := c.Idempotency; i.TTL < 0 || i.TTL > 24*time.Hour || i.TTL > 0 && (i.Entries < 1 || i.Entries > 1_000_000 || i.MaxBytes < 8<<10 || i.MaxBytes > 4<<30) {
		v.add("idempotency: ttl up to 24h, entries 1 to 1000000, max_bytes 8 KiB to 4 GiB")
	}
	c.Cache.validate(&v)
	return errors.Join(v...)
}

// Validate returns everything wrong with the settings, joined, or nil.
func (r Resilience) Validate() error {
	var v problems
	r.validate(&v)
	return errors.Join(v...)
}

type problems []error

func (v *problems) add(format string, args ...any) {
	*v = append(*v, fmt.Errorf("router: "+format, args...))
}

func (c *Config) validateProviders(v *problems) map[string]bool {
	known, names := map[string]bool{}, map[string]bool{}
	if len(c.Providers) == 0 {
		v.add("providers: at least one is needed")
	}
	for _, p := range c.Providers {
		at := "providers." + p.Name
		if p.Name == "" || strings.Contains(p.Name, "/") || names[p.Name] {
			v.add("%s: a provider's name must be unique, not empty and without a slash", at)
		}
		names[p.Name] = true
		if _, ok := wire.Named(p.Wire); !ok {
			v.add("%s.wire: %q is not one of %s", at, p.Wire, strings.Join(wire.Names(), ", "))
		}
		if p.APIVersion != "" && !azure.ValidVersion(p.APIVersion) {
			v.add("%s.api_version: must be a date from 2024-09-01 on, such as %s, with -preview or without", at, azure.DefaultVersion)
		}
		if err := CheckBaseURL(p.BaseURL); err != nil {
			v.add("%s.base_url: %w", at, err)
		} else if !p.AllowLinkLocal && LinkLocalHost(p.BaseURL) {
			v.add("%s.base_url: it is link-local, where clouds keep secrets; set allow_link_local if it is meant", at)
		}
		if strings.ContainsAny(string(p.APIKey), "\r\n\x00") {
			v.add("%s.api_key: holds a line break or a zero byte", at)
		}
		p.Bulkhead.validate(v, at+".bulkhead")
		if len(p.Models) == 0 {
			v.add("%s.models: at least one is needed", at)
		}
		for _, m := range p.Models {
			name := p.Name + "/" + m.Name
			if m.Name == "" || known[name] {
				v.add("%s.models: %q is empty or listed twice", at, m.Name)
			}
			known[name] = true
			for _, c := range m.Capabilities {
				if !slices.Contains(Capabilities(), c) {
					v.add("%s.models.%s.capabilities: %q is not one of %s", at, m.Name, c, strings.Join(Capabilities(), ", "))
				}
			}
			share(v, at+".models."+m.Name+".quality", m.Quality)
			for _, task := range slices.Sorted(maps.Keys(m.TaskQuality)) {
				share(v, at+".models."+m.Name+".task_quality."+task, m.TaskQuality[task])
			}
			m.Bulkhead.validate(v, at+".models."+m.Name+".bulkhead")
			within(v, at+".models."+m.Name+".context", m.Context, 0, math.MaxInt32)
			within(v, at+".models."+m.Name+".max_output", m.MaxOutput, 0, math.MaxInt32)
			within(v, at+".models."+m.Name+".price.long_context.above", m.Price.Long.Above, 0, math.MaxInt32)
			for _, price := range []int64{
				m.Price.InputNano, m.Price.CachedInputNano, m.Price.CacheWriteNano, m.Price.OutputNano,
				m.Price.Long.InputNano, m.Price.Long.CachedInputNano, m.Price.Long.CacheWriteNano, m.Price.Long.OutputNano,
			} {
				if price < 0 || price > MaxPriceNano {
					v.add("%s.models.%s.price: %d nano-USD per token is not within 0 and %d", at, m.Name, price, MaxPriceNano)
				}
			}
		}
	}
	return known
}

func (c *Config) validateRoutes(v *problems, known map[string]bool) {
	names := map[string]bool{}
	for _, r := range c.Routes {
		at := "routes." + r.Name
		if r.Name == "" || strings.Contains(r.Name, "/") || names[r.Name] {
			v.add("%s: a route's name must be unique, not empty and without a slash", at)
		}
		names[r.Name] = true
		if len(r.Targets) == 0 {
			v.add("%s: at least one target is needed", at)
		}
		seen := map[string]bool{}
		for _, t := range r.Targets {
			if !known[t] {
				v.add("%s: target %q is no \"provider/model\" of providers", at, t)
			} else if seen[t] {
				v.add("%s: target %q is listed twice", at, t)
			}
			seen[t] = true
		}
		if r.Limits != nil {
			r.Limits.validate(v, at+".resilience")
		}
		if s := r.Shadow; s != nil {
			if !known[s.Target] {
				v.add("%s.shadow: target %q is no \"provider/model\" of providers", at, s.Target)
			}
			if !(s.Share > 0 && s.Share <= 1) {
				v.add("%s.shadow.share: %v is not above 0 and up to 1", at, s.Share)
			}
			if s.BudgetMicroUSD < 1 || s.BudgetMicroUSD > MaxShadowBudget {
				v.add("%s.shadow.budget: %d micro-USD per hour is not within 1 and %d", at, s.BudgetMicroUSD, MaxShadowBudget)
			}
		}
	}
}

func (r *Resilience) validate(v *problems) {
	r.Limits.validate(v, "resilience")
	if x := r.RetryBudget.Ratio; math.IsNaN(x) || x < 0 || x > 10 {
		v.add("resilience.retry_budget.ratio: %v is not within 0 and 10", x)
	}
	within(v, "resilience.retry_budget.floor", r.RetryBudget.Floor, 0, 1_000_000)
	atLeast(v, "resilience.cooldown.default", r.Cooldown.Default, 0)
	atLeast(v, "resilience.cooldown.max", r.Cooldown.Max, r.Cooldown.Default)
	atLeast(v, "resilience.cooldown.payment", r.Cooldown.Payment, 0)
	b := r.Breaker
	atLeast(v, "resilience.breaker.window", b.Window, 10*time.Millisecond)
	within(v, "resilience.breaker.min_samples", b.MinSamples, 1, 1_000_000)
	if x := b.FailureRate; math.IsNaN(x) || x <= 0 || x > 1 {
		v.add("resilience.breaker.failure_rate: %v is not above 0 and up to 1", x)
	}
	atLeast(v, "resilience.breaker.slow_call", b.SlowCall, 0)
	if x := b.SlowRate; math.IsNaN(x) || x < 0 || x > 1 || x == 0 && b.SlowCall > 0 {
		v.add("resilience.breaker.slow_rate: %v is not above 0 and up to 1", x)
	}
	atLeast(v, "resilience.breaker.open_for", b.OpenFor, time.Millisecond)
	atLeast(v, "resilience.breaker.max_open_for", b.MaxOpenFor, b.OpenFor)
	within(v, "resilience.breaker.probes", b.Probes, 1, 100)
	atLeast(v, "resilience.failback.ramp", r.Failback.Ramp, 0)
	r.Bulkhead.validate(v, "resilience.bulkhead")
}

func (h *Health) validate(v *problems) {
	h.Alerts.validate(v)
	if p := h.Probes; p.Every != 0 {
		if p.Every < time.Second || p.Every > 24*time.Hour {
			v.add("health.probes.every: %v is not within 1s and 24h", p.Every)
		}
		if p.BudgetMicroUSD < 1 || p.BudgetMicroUSD > MaxShadowBudget {
			v.add("health.probes.budget: %d micro-USD per hour is not within 1 and %d", p.BudgetMicroUSD, MaxShadowBudget)
		}
	}
}

func (a *Alerts) validate(v *problems) {
	if a.Objective == 0 {
		return
	}
	if !(a.Objective >= 0.95 && a.Objective <= 0.9999) {
		v.add("health.alerts.objective: %v is not within 0.95 and 0.9999", a.Objective)
	}
	atLeast(v, "health.alerts.p95", a.P95, 0)
	if a.Window < time.Minute || a.Window > 4*time.Hour {
		v.add("health.alerts.window: %v is not within 1m and 4h", a.Window)
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"raise", a.Raise}, {"clear", a.Clear}, {"hold", a.Hold}} {
		if d.value < 0 || d.value > 24*time.Hour {
			v.add("health.alerts.%s: %v is not within 0s and 24h", d.key, d.value)
		}
	}
}

func (b Bulkhead) validate(v *problems, at string) {
	within(v, at+".max_concurrent", b.MaxConcurrent, 0, 1_000_000)
}

func (l *Limits) validate(v *problems, at string) {
	atLeast(v, at+".total_timeout", l.TotalTimeout, MinAttemptTime)
	atLeast(v, at+".connect_timeout", l.ConnectTimeout, time.Millisecond)
	atLeast(v, at+".attempt_timeout", l.AttemptTimeout, time.Millisecond)
	atLeast(v, at+".ttft_timeout", l.TTFTTimeout, time.Millisecond)
	atLeast(v, at+".idle_timeout", l.IdleTimeout, time.Millisecond)
	within(v, at+".max_attempts", l.MaxAttempts, 1, 100)
	atLeast(v, at+".backoff.base", l.Backoff.Base, time.Microsecond)
	atLeast(v, at+".backoff.max", l.Backoff.Max, l.Backoff.Base)
	atLeast(v, at+".quick_retry", l.QuickRetry, 0)
	atLeast(v, at+".max_wait", l.MaxWait, 0)
	atLeast(v, at+".reserve", l.Reserve, 0)
	atLeast(v, at+".hedge.after", l.Hedge.After, 0)
	if x := l.Hedge.Quantile; math.IsNaN(x) || x != 0 && (x < 0.5 || x > 0.99) {
		v.add("%s.hedge.quantile: %v is not within 0.5 and 0.99", at, x)
	}
	if l.Hedge.After > 0 && l.Hedge.Quantile != 0 {
		v.add("%s.hedge: after and quantile are two answers to one question", at)
	}
	s := l.Stream
	within(v, at+".stream.commit", s.Commit, CommitComplete, MaxCommit)
	if x := s.MinTokensPerSecond; math.IsNaN(x) || x < 0 || x > 10_000 {
		v.add("%s.stream.min_tokens_per_second: %v is not within 0 and 10000", at, x)
	}
	if s.MinTokensPerSecond != 0 {
		atLeast(v, at+".stream.window", s.Window, 10*time.Millisecond)
	}
	atLeast(v, at+".stream.client_timeout", s.ClientTimeout, 0)
}

// maxDuration keeps sums of instants and settings from overflowing.
const maxDuration = 10 * 365 * 24 * time.Hour

func atLeast(v *problems, at string, d, low time.Duration) {
	if d < low || d > maxDuration {
		v.add("%s: %v is not within %v and ten years", at, d, low)
	}
}

func share(v *problems, at string, x float64) {
	if !(x >= 0 && x <= 1) {
		v.add("%s: %v is not within 0 and 1", at, x)
	}
}

func within(v *problems, at string, n, low, high int) {
	if n < low || n > high {
		v.add("%s: %d is not within %d and %d", at, n, low, high)
	}
}

// errBaseURL does not show the URL: people put credentials into URLs.
var errBaseURL = errors.New("must be an absolute http or https URL without credentials")

// CheckBaseURL says what is wrong with a provider's base URL.
func CheckBaseURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Contains(s, "#") {
		return errBaseURL
	}
	return nil
}

// maxTTL is the longest an answer is fresh, and the longest it may stand in after.
const maxTTL = 30 * 24 * time.Hour

func (c *Cache) validate(v *problems) {
	for _, task := range slices.Sorted(maps.Keys(c.TTL)) {
		if ttl := c.TTL[task]; ttl < time.Second || ttl > maxTTL {
			v.add("cache.ttl.%s: %v is not within 1s and 30 days", task, ttl)
		}
	}
	if len(c.TTL) > maxTasks {
		v.add("cache.ttl: %d tasks are above %d", len(c.TTL), maxTasks)
	}
	if c.StaleIfError < 0 || c.StaleIfError > maxTTL {
		v.add("cache.stale_if_error: %v is not within 0 and 30 days", c.StaleIfError)
	}
	within(v, "cache.entries", c.Entries, 0, 1_000_000)
	if c.MaxBytes != 0 {
		within(v, "cache.max_bytes", c.MaxBytes, 8<<10, 4<<30)
	}
}

// maxTasks bounds the tasks of Cache.TTL.
const maxTasks = 1000

func (c Cache) clone() Cache {
	c.TTL = maps.Clone(c.TTL)
	return c
}
