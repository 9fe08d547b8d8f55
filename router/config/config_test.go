package config_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/router/front"
	"github.com/routedrill/routedrill/router/policy"
)

func full(t testing.TB) *config.File {
	t.Helper()
	data, err := os.ReadFile("testdata/full.valid.yaml")
	require.NoError(t, err)
	f, err := config.Load("full.valid.yaml", data)
	require.NoError(t, err)
	return f
}

func TestLoadFull(t *testing.T) {
	f := full(t)
	require.Equal(t, []config.Provider{
		{Name: "openai-us", Wire: "openai", BaseURL: "https://api.openai.com/v1", APIKey: "${OPENAI_API_KEY}", Region: "us-east", Line: 4,
			Models: []config.Model{
				{Name: "gpt-4.1", Price: &router.Price{InputNano: 2000, CachedInputNano: 500, CacheWriteNano: 2000, OutputNano: 8000},
					Context: 1_000_000, Quality: 0.8, TaskQuality: map[string]float64{"code": 0.7}, Line: 5},
				{Name: "o4/mini", Price: &router.Price{InputNano: 1100, CachedInputNano: 1100, CacheWriteNano: 1100, OutputNano: 4400}, Line: 6},
			}},
		{Name: "local", BaseURL: "http://${HOST}:8080/v1", Line: 7, Bulkhead: router.Bulkhead{MaxConcurrent: 8},
			Models: []config.Model{{Name: "llama", Line: 11}}},
		{Name: "anthropic", Wire: "anthropic", BaseURL: "https://api.anthropic.com/v1", Line: 12,
			Models: []config.Model{
				{Name: "claude-sonnet-4-6", Price: &router.Price{InputNano: 3000, CachedInputNano: 300, CacheWriteNano: 3750, OutputNano: 15000,
					Long: router.LongPrice{Above: 200_000, InputNano: 6000, CachedInputNano: 300, CacheWriteNano: 3750, OutputNano: 22_500}},
					Capabilities: []string{"tools", "vision", "json_schema"}, Context: 200_000, MaxOutput: 64_000, Line: 16},
				{Name: "plain", Capabilities: []string{}, EmbeddingSpace: "shared", Family: "plain-2025-06", Bulkhead: router.Bulkhead{MaxConcurrent: 4}, Line: 21},
			}},
		{Name: "azure", Wire: "azure", BaseURL: "https://ours.openai.azure.com/openai", APIVersion: "2025-03-01-preview", AllowLinkLocal: true, Line: 22,
			Models: []config.Model{{Name: "our-gpt", Line: 22}}},
		{Name: "google", Wire: "gemini", BaseURL: "https://generativelanguage.googleapis.com/v1beta", Line: 23,
			Models: []config.Model{{Name: "gemini-2.5-flash", Line: 23}}},
	}, f.Providers)
	require.Equal(t, router.Policy{
		Strategy: policy.Balanced, Weights: policy.Weights{Latency: 0.5, Cost: 0.3, Quality: 0.2},
		Split: map[string]float64{"openai-us/gpt-4.1": 90, "local/llama": 10}, Sticky: policy.StickyUser,
		Prior: 1500 * time.Millisecond, Explore: 0.02,
		RTT:          map[string]map[string]time.Duration{"eu-west": {"us-east": 85 * time.Millisecond, "ap-south": 120 * time.Millisecond}},
		CeilingPer1k: 0.02, LatencyCeiling: 4 * time.Second,
		OffPeak:     []policy.DayTime{{From: 22 * time.Hour, To: 6 * time.Hour}, {From: 12 * time.Hour, To: 13*time.Hour + 30*time.Minute}},
		Comparisons: policy.Comparisons{HalfLife: 6 * time.Hour, MinSamples: 30},
	}, f.Policy)
	require.Equal(t, router.Resilience{
		Limits: router.Limits{TotalTimeout: 30 * time.Second, ConnectTimeout: 2 * time.Second, AttemptTimeout: 12 * time.Second, TTFTTimeout: 4 * time.Second,
			IdleTimeout: 5 * time.Second, MaxAttempts: 5, Backoff: router.Backoff{Base: 50 * time.Millisecond, Max: time.Second},
			MaxWait: 15 * time.Second, Reserve: 4 * time.Second, Hedge: router.Hedge{Quantile: 0.95},
			Stream: router.Stream{Commit: 50, MinTokensPerSecond: 2.5, Window: 8 * time.Second, ClientTimeout: 20 * time.Second}},
		RetryBudget: router.RetryBudget{Ratio: 0.1, Floor: 10},
		Cooldown:    router.Cooldown{Max: 30 * time.Second, Payment: 15 * time.Minute},
		Breaker: router.Breaker{Window: 20 * time.Second, MinSamples: 20, FailureRate: 0.5, SlowCall: 8 * time.Second, SlowRate: 0.6,
			OpenFor: 15 * time.Second, MaxOpenFor: 5 * time.Minute, Probes: 3},
		Failback: router.Failback{Ramp: time.Minute},
		Bulkhead: router.Bulkhead{MaxConcurrent: 200},
	}, f.Resilience)
	require.Equal(t, []router.Tenant{{Name: "acme", Regions: []string{"us-east", "us-*"}, Providers: []string{"openai-us", "azure"}}, {Name: "*"}}, f.Tenants)
	env := map[string]string{"OPENAI_API_KEY": "sk-1", "HOST": "localhost"}
	c, err := f.RouterConfig(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	require.NoError(t, err)
	require.Equal(t, router.Secret("sk-1"), c.Providers[0].APIKey)
	require.Equal(t, "http://localhost:8080/v1", c.Providers[1].BaseURL)
	require.Equal(t, 20*time.Second, c.Routes[0].Limits.TTFTTimeout)
	require.Equal(t, router.Backoff{Base: 50 * time.Millisecond, Max: 5 * time.Second}, c.Routes[0].Limits.Backoff)
	require.Equal(t, router.Hedge{After: 2 * time.Second}, c.Routes[0].Limits.Hedge, "in place of the file's quantile")
	require.Equal(t, 5, c.Routes[0].Limits.MaxAttempts, "the rest of a route's limits is the file's, wherever it stands")
	require.Equal(t, router.Stream{Commit: router.CommitComplete, MinTokensPerSecond: 2.5, Window: 8 * time.Second, ClientTimeout: 20 * time.Second},
		c.Routes[0].Limits.Stream)
	require.Nil(t, c.Routes[1].Limits)
	require.Equal(t, []string{"us-*"}, c.Routes[0].Residency)
	require.Nil(t, c.Routes[1].Residency)
	require.Equal(t, &router.Shadow{Target: "openai-us/o4/mini", Share: 0.05, BudgetMicroUSD: 500_000}, c.Routes[0].Shadow)
	require.Nil(t, c.Routes[1].Shadow)
	require.Equal(t, router.Health{
		Probes: router.Probes{Every: 30 * time.Second, BudgetMicroUSD: 250_000},
		Alerts: router.Alerts{Objective: 0.99, P95: 8 * time.Second, Window: 30 * time.Minute, Raise: 2 * time.Minute, Clear: 10 * time.Minute},
	}, c.Health)
	hook, err := f.AlertHook(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	require.NoError(t, err)
	require.Equal(t, "https://localhost/hook", hook.URL)
	require.Equal(t, router.Secret("sk-1"), hook.Secret)
	hook, err = f.JobsHook(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	require.NoError(t, err)
	require.Equal(t, "https://localhost/jobs", hook.URL)
	_, err = f.JobsHook(func(string) (string, bool) { return "", false })
	require.ErrorContains(t, err, "queue.webhook.secret: the environment variable OPENAI_API_KEY is not set")
	_, err = f.AlertHook(func(string) (string, bool) { return "", false })
	require.ErrorContains(t, err, "health.alerts.webhook.secret: the environment variable OPENAI_API_KEY is not set")
	require.Equal(t, f.Tenants, c.Tenants)
	require.Equal(t, router.Cache{
		TTL:          map[string]time.Duration{"faq": time.Hour, "search": 24 * time.Hour, "*": 5 * time.Minute},
		StaleIfError: 6 * time.Hour, Entries: 5000, MaxBytes: 1 << 20, Version: "2",
	}, c.Cache)
	require.Equal(t, router.Queue{Workers: 8, MaxJobs: 5000, MaxBytes: 1_000_000, MaxTries: 3, Deadline: 8 * time.Hour, Keep: 48 * time.Hour}, c.Queue)
	require.Equal(t, "jobs", f.JobsDir)
	require.Equal(t, &config.TLS{CertFile: "tls.crt", KeyFile: "tls.key", Line: f.Server.TLS.Line}, f.Server.TLS)
	require.Equal(t, front.Config{
		Keys: []front.Key{
			{Name: "shop", Hash: front.Hash("test"), Tenant: "acme", Routes: []string{"smart"}, RequestsPerMinute: 600, TokensPerMinute: 1_000_000, Concurrent: 50},
			{Name: "nightly", Hash: front.Hash("test2")},
		},
		Limits: front.Limits{Concurrent: 2000, BodyBytes: 4_000_000, Bodies: 500_000_000},
	}, f.FrontConfig())
	require.Equal(t, 9000, f.Server.Conns)
	require.Equal(t, "http://127.0.0.1:4318", f.Server.OTLP)
	_, err = front.New(f.FrontConfig())
	require.NoError(t, err)
	require.NoError(t, f.CheckKeys(&c))
	_, err = f.AdminToken(func(string) (string, bool) { return "sk-1", true })
	require.EqualError(t, err, "full.valid.yaml:85: server.admin.token: a token has 16 to 512 characters; `openssl rand -hex 32` makes one")
	token, err := f.AdminToken(func(string) (string, bool) { return "0123456789abcdef", true })
	require.NoError(t, err)
	require.Equal(t, router.Secret("0123456789abcdef"), token)
	require.Equal(t, []router.Budget{
		{Name: "daily", Per: router.PerDay, LimitMicroUSD: 250_000_000, Soft: 0.8, Degrade: 0.9},
		{Name: "acme-chat", Per: router.PerMinute, LimitMicroUSD: 500_000, Provider: "openai-us", Model: "gpt-4.1", Route: "smart", Task: "support-chat", Tenant: "acme"},
	}, c.Budgets)
	require.Equal(t, "2025-03-01-preview", c.Providers[3].APIVersion)
	require.True(t, c.Providers[3].AllowLinkLocal)
	require.Equal(t, []router.Model{
		{Name: "claude-sonnet-4-6", Price: *f.Providers[2].Models[0].Price, Capabilities: []string{router.Tools, router.Vision, router.JSONSchema},
			Context: 200_000, MaxOutput: 64_000},
		{Name: "plain", Capabilities: []string{}, EmbeddingSpace: "shared", Family: "plain-2025-06", Bulkhead: router.Bulkhead{MaxConcurrent: 4}},
	}, c.Providers[2].Models)
	_, err = router.New(c)
	require.NoError(t, err)
}

// A ttl alone is that of all tasks, and a policy's own take the place of a file's.
func TestCacheTTL(t *testing.T) {
	f, err := config.Load("f.yaml", []byte("version: 1\ncache: {ttl: 10m, entries: 7}"))
	require.NoError(t, err)
	require.Equal(t, router.Cache{TTL: map[string]time.Duration{router.AnyTask: 10 * time.Minute}, Entries: 7}, f.Cache)
	over, err := f.Overlay("s.yaml", 1, []byte("cache: {ttl: {faq: 1h}}"))
	require.NoError(t, err)
	require.Equal(t, router.Cache{TTL: map[string]time.Duration{"faq": time.Hour}, Entries: 7}, over.Cache)
	require.Contains(t, f.Cache.TTL, router.AnyTask, "the file stays as it is")
}

func TestVariables(t *testing.T) {
	f := full(t)
	_, err := f.RouterConfig(func(string) (string, bool) { return "", false })
	require.ErrorContains(t, err, "full.valid.yaml:4: providers.openai-us.api_key: the environment variable OPENAI_API_KEY is not set")
	require.ErrorContains(t, err, "HOST")
	_, err = f.RouterConfig(func(string) (string, bool) { return "", true })
	require.ErrorContains(t, err, "full.valid.yaml:4: providers.openai-us.api_key: the environment variable OPENAI_API_KEY is empty")
	c, err := f.RouterConfig(nil)
	require.NoError(t, err)
	require.Empty(t, c.Providers[0].APIKey)
}

// What is in a file stands in for ${file:PATH}, wherever a variable may stand.
func TestFileVariables(t *testing.T) {
	const path = "/run/secrets/a-key.txt"
	for _, style := range []string{
		"version: 1\nproviders:\n  a: {base_url: http://a/v1, api_key: ${file:" + path + "}, models: {m: }}",
		"version: 1\nproviders:\n  a:\n    base_url: http://a/v1\n    api_key: \"${file:" + path + "}\"\n    models: {m: }",
	} {
		f, err := config.Load("f.yaml", []byte(style))
		require.NoError(t, err)
		c, err := f.RouterConfig(func(name string) (string, bool) { return "sk-1", name == config.FilePrefix+path })
		require.NoError(t, err)
		require.Equal(t, router.Secret("sk-1"), c.Providers[0].APIKey)
		_, err = f.RouterConfig(func(string) (string, bool) { return "permission denied", false })
		require.EqualError(t, err, "f.yaml:3: providers.a.api_key: the file /run/secrets/a-key.txt cannot be read: permission denied")
		_, err = f.RouterConfig(func(string) (string, bool) { return "", true })
		require.EqualError(t, err, "f.yaml:3: providers.a.api_key: the file /run/secrets/a-key.txt is empty")
	}
}

// A mistyped variable must not be sent to a provider as its key, nor stand in an error.
func TestMistypedVariables(t *testing.T) {
	for _, key := range []string{"${MY-KEY}", "${}", "a${file:}", "${KEY", "sk-secret${KEY}${"} {
		f, err := config.Load("f.yaml", []byte("version: 1\nproviders:\n  a: {base_url: http://a/v1, api_key: '"+key+"', models: {m: }}"))
		require.NoError(t, err, key)
		_, err = f.RouterConfig(func(string) (string, bool) { return "sk-1", true })
		require.EqualError(t, err, "f.yaml:3: providers.a.api_key: holds a ${ that begins no ${NAME} and no ${file:PATH}", key)
	}
}

func TestBuiltins(t *testing.T) {
	require.ElementsMatch(t, policy.Names(), config.Builtins(), "one for each strategy")
	for _, name := range config.Builtins() {
		f, err := config.Builtin(name)
		require.NoError(t, err)
		require.Equal(t, name, f.Policy.Strategy)
		require.Empty(t, f.Providers)
		require.Empty(t, f.Warnings())
		require.NoError(t, f.Resilience.Validate())
		data, err := os.ReadFile("policies/" + name + ".yaml")
		require.NoError(t, err)
		require.Contains(t, string(data), "# For whom: ")
	}
	f, err := config.Builtin("priority")
	require.NoError(t, err)
	require.Equal(t, router.DefaultResilience(), f.Resilience)
	_, err = config.Builtin("prority")
	require.EqualError(t, err, `config: no built-in policy is named "prority" (did you mean "priority"?)`)
}

func TestLoadErrors(t *testing.T) {
	for _, row := range []struct{ name, yaml, want string }{
		{"no version", "policy: {strategy: priority}", "f.yaml:1:1: version: is missing (write version: 1)"},
		{"empty", "", "f.yaml:1: version: is missing (write version: 1)"},
		{"wrong version", "version: 2", "f.yaml:1:10: version: 2 is not 1"},
		{"unknown key", "version: 1\nresiliense: {}", `f.yaml:2:1: resiliense: unknown key (did you mean "resilience"?)`},
		{"unknown nested key", "version: 1\nresilience:\n  breaker: {probs: 1}",
			`f.yaml:3:13: resilience.breaker.probs: unknown key (did you mean "probes"?)`},
		{"far key", "version: 1\npolicy: {zzzzzzzzzzzzz: 1}", "f.yaml:2:10: policy.zzzzzzzzzzzzz: unknown key (one of strategy, weights, split, sticky, " +
			"prior, explore, rtt, ceiling_per_1k_tokens, latency_ceiling, off_peak, comparisons)"},
		{"weights", "version: 1\npolicy: {weights: {latency: 0}}", "f.yaml:2:20: policy.weights: one of latency, cost, quality and health must be above 0"},
		{"negative weight", "version: 1\npolicy: {weights: {cost: -1}}", "policy.weights.cost: -1 is not within 0 and 1e+06"},
		{"split, no target", "version: 1\npolicy: {split: {openai: 1}}", `f.yaml:2:18: policy.split: "openai" is not a "provider/model"`},
		{"split of nothing", "version: 1\npolicy: {split: {a/m: 0}}", "policy.split: one weight must be above 0"},
		{"sticky", "version: 1\npolicy: {sticky: users}", `policy.sticky: "users" is not known (did you mean "user"?)`},
		{"prior", "version: 1\npolicy: {prior: 2h}", "policy.prior: 2h0m0s is above 1h0m0s"},
		{"explore", "version: 1\npolicy: {explore: 0.6}", "policy.explore: 0.6 is not within 0 and 0.5"},
		{"rtt", "version: 1\npolicy: {rtt: {eu: {us: 80}}}", `policy.rtt.eu.us: "80" is not a duration with a unit`},
		{"off peak", "version: 1\npolicy: {off_peak: ['22-6']}", `policy.off_peak: "22-6" must be a span of the day in UTC such as "22:00-06:00"`},
		{"comparisons", "version: 1\npolicy: {comparisons: {half_life: 1ms}}", "policy.comparisons.half_life: 1ms is not within 1s and ten years"},
		{"task quality", "version: 1\nproviders: {a: {models: {m: {task_quality: {code: 2}}}}}", "providers.a.models.m.task_quality.code: 2 is not within 0 and 1"},
		{"strategy", "version: 1\npolicy: {strategy: prioritty}",
			`f.yaml:2:20: policy.strategy: "prioritty" is not known (did you mean "priority"?)`},
		{"no unit", "version: 1\nresilience: {total_timeout: 30}",
			`f.yaml:2:29: resilience.total_timeout: "30" is not a duration with a unit (such as 250ms, 5s or 2m)`},
		{"zero", "version: 1\nresilience: {ttft_timeout: 0}", "f.yaml:2:28: resilience.ttft_timeout: 0 is not within 1ms and ten years"},
		{"negative", "version: 1\nresilience: {idle_timeout: -5s}", "f.yaml:2:28: resilience.idle_timeout: -5s is not within 1ms and ten years"},
		{"no attempts", "version: 1\nresilience: {max_attempts: 0}", "f.yaml:2:28: resilience.max_attempts: 0 is not within 1 and 100"},
		{"fraction", "version: 1\nresilience: {max_attempts: 1.5}", `f.yaml:2:28: resilience.max_attempts: "1.5" is not a whole number`},
		{"huge", "version: 1\nresilience: {max_attempts: 99999999999999999999}", "f.yaml:2:28: resilience.max_attempts: 99999999999999999999 is not within 1 and 100"},
		{"huge duration", "version: 1\nresilience: {idle_timeout: 999999999h}", "f.yaml:2:28: resilience.idle_timeout: 999999999h is not within 1ms and ten years"},
		{"another K", "version: 1\nserver: {limits: {body_bytes: 64K}}", `f.yaml:2:31: server.limits.body_bytes: "64K" is not a whole number (such as 500, 64k or 2M)`},
		{"negative budget", "version: 1\nresilience: {retry_budget: -0.1}", "f.yaml:2:28: resilience.retry_budget: -0.1 is not within 0 and 10"},
		{"zero rate", "version: 1\nresilience: {breaker: {failure_rate: 0}}",
			"f.yaml:2:38: resilience.breaker.failure_rate: 0 is not above 0 and at most 1"},
		{"slow rate", "version: 1\nresilience: {breaker: {slow_rate: 0}}", "breaker.slow_rate: 0 is not above 0 and at most 1"},
		{"slow call", "version: 1\nresilience: {breaker: {slow_call: -1s}}", "breaker.slow_call: -1s is not within 0s and ten years"},
		{"ramp", "version: 1\nresilience: {failback: {ramp: 5}}", `failback.ramp: "5" is not a duration with a unit`},
		{"bulkhead of a provider", "version: 1\nproviders: {a: {bulkhead: {max_concurrent: -1}}}", "max_concurrent: -1 is not within 0 and 1000000"},
		{"bulkhead, a number", "version: 1\nresilience: {bulkhead: 7}", "f.yaml:2:24: resilience.bulkhead: must be a mapping"},
		{"failback of a route", "version: 1\nroutes: {r: {targets: [a/m], resilience: {failback: {}}}}", "cannot differ by route"},
		{"residency", "version: 1\nroutes: {r: {targets: [a/m], residency: eu}}", "f.yaml:2:41: routes.r.residency: must be a list of regions (leave the key out for any)"},
		{"no residency", "version: 1\nroutes: {r: {targets: [a/m], residency: []}}", "routes.r.residency: must be a list of regions"},
		{"a budget without a period", "version: 1\nbudgets: {all: {limit: 50}}", "f.yaml:2:17: budgets.all: limit (USD, at least a millionth) and per are both needed (such as {limit: 50, per: day})"},
		{"a budget's period", "version: 1\nbudgets: {all: {limit: 50, per: dya}}", `f.yaml:2:33: budgets.all.per: "dya" is not known (did you mean "day"?)`},
		{"a budget of nothing", "version: 1\nbudgets: {all: {limit: 0, per: day}}", "budgets.all.limit: "},
		{"a budget of an unknown provider", "version: 1\nbudgets: {all: {limit: 5, per: day, provider: opnai}}\nroutes: {r: [openai/x]}\nproviders: {openai: {base_url: http://x}}", `f.yaml:2:47: budgets.all.provider: there is no provider "opnai" (did you mean "openai"?)`},
		{"a budget of an unknown model", "version: 1\nroutes: {r: [a/gpt-4.1, b/gpt-4.1]}\nbudgets: {all: {limit: 5, per: day, model: gpt-41}}\nproviders: {a: {base_url: http://x}}", `f.yaml:3:44: budgets.all.model: there is no model "gpt-41" (did you mean "gpt-4.1"?)`},
		{"a budget of another provider's model", "version: 1\nroutes: {r: [a/x, b/y]}\nbudgets:\n  all: {limit: 5, per: day, provider: a, model: y}\nproviders: {a: {base_url: http://x}}", `f.yaml:4:49: budgets.all.model: there is no model "y" (did you mean "x"?)`},
		{"a budget of an unknown route", "version: 1\nbudgets: {all: {limit: 5, per: day, route: smrt}}\nroutes: {smart: [a/x, b/y]}\nproviders: {a: {base_url: http://x}}", `f.yaml:2:44: budgets.all.route: there is no route "smrt" (did you mean "smart"?)`},
		{"a scenario", "version: 1\nname: x\nworld: three-providers\ntasks: []", "f.yaml: this looks like a scenario and not like a router file (give it to run or diff as a SCENARIO)"},
		{"a world", "name: x\nproviders: {a: {vendor: openai}}\ntasks: []", "f.yaml: this looks like a world and not like a router file (give it as --world)"},
		{"a project", "version: 1\nconfig: r.yaml\nworld: w.yaml", "f.yaml: this looks like a project and not like a router file (run and diff read it by themselves)"},
		{"a router file with a stray key", "version: 1\npolicy: {strategy: priority}\ntasks: []", "f.yaml:3:1: tasks: unknown key"},
		{"a budget's share", "version: 1\nbudgets: {all: {limit: 5, per: day, soft: 120%}}", "budgets.all.soft: "},
		{"a budget's name", "version: 1\nbudgets: {a b: {limit: 5, per: day}}", "a budget's name must have 1 to 64 printable characters"},
		{"a queue without workers", "version: 1\nqueue: {keep: 1h}", "queue: it needs workers, how many jobs may run at once (such as workers: 8)"},
		{"traces to no URL", "version: 1\nserver: {otlp: collector:4318}", "f.yaml:2:16: server.otlp: must be the URL of an OTLP/HTTP receiver"},
		{"traces to nobody", "version: 1\nserver: {otlp: 'http://:4318'}", "f.yaml:2:16: server.otlp: must be the URL of an OTLP/HTTP receiver"},
		{"a certificate without its key", "version: 1\nserver: {tls: {cert_file: a.crt}}", "f.yaml:2:16: server.tls: cert_file and key_file are both needed"},
		{"a key without a hash", "version: 1\nserver: {keys: {shop: {tenant: acme}}}", "f.yaml:2:24: server.keys.shop: hash is missing (`routedrill key` makes a key and its hash)"},
		{"a key in place of its hash", "version: 1\nserver: {keys: {shop: {hash: rdk-0123456789}}}", "f.yaml:2:30: server.keys.shop.hash: must be the SHA-256 of the key, 64 hexadecimal digits"},
		{"two keys that are one", "version: 1\nserver: {keys: {a: {hash: " + front.Hash("x") + "}, b: {hash: " + front.Hash("x") + "}}}", "server.keys.b: it has the hash of a: each needs a key of its own"},
		{"a key for all tenants", "version: 1\nserver: {keys: {a: {hash: " + front.Hash("x") + ", tenant: \"*\"}}}", "server.keys.a.tenant: a tenant's name must be"},
		{"a quota of nothing", "version: 1\nserver: {keys: {a: {hash: " + front.Hash("x") + ", requests_per_minute: 0}}}", "server.keys.a.requests_per_minute: 0 is not within 1 and"},
		{"a body that is too large", "version: 1\nserver: {limits: {body_bytes: 1G}}", "server.limits.body_bytes: 1G is not within 1024 and 33554432"},
		{"a queue that keeps too long", "version: 1\nqueue: {workers: 1, keep: 800h}", "queue.keep: "},
		{"a region", "version: 1\ntenants: {t: {regions: [eu*west]}}", `f.yaml:2:25: tenants.t.regions: "eu*west" cannot stand in a list of regions`},
		{"a region twice", "version: 1\ntenants: {t: {regions: [eu, eu]}}", `f.yaml:2:29: tenants.t.regions: "eu" is listed twice`},
		{"a tenant's providers", "version: 1\ntenants: {t: {providers: {a: 1}}}", "tenants.t.providers: must be a list of providers"},
		{"a tenant's key", "version: 1\ntenants: {t: {region: [eu]}}", `tenants.t.region: unknown key (did you mean "regions"?)`},
		{"connect_timeout", "version: 1\nresilience: {connect_timeout: 0s}", "resilience.connect_timeout: 0s is not within 1ms and ten years"},
		{"payment", "version: 1\nresilience: {cooldown: {payment: -1s}}", "resilience.cooldown.payment: -1s is not within 0s and ten years"},
		{"last_resort", "version: 1\nresilience: {last_resort: yes}", `f.yaml:2:27: resilience.last_resort: "yes" is not true or false`},
		{"max_wait", "version: 1\nresilience: {max_wait: 20}", `f.yaml:2:24: resilience.max_wait: "20" is not a duration with a unit (such as 250ms, 5s or 2m)`},
		{"backoff", "version: 1\nresilience: {backoff: {base: 5s}}", "f.yaml:2:30: resilience.backoff.base: 5s is above max, 2s by default; set both"},
		{"commit", "version: 1\nresilience: {stream: {commit: last_token}}", `f.yaml:2:31: resilience.stream.commit: "last_token" is no commit point ` +
			`(first_token, complete, or a number of tokens from 1 to 100000)`},
		{"hedge, no duration", "version: 1\nresilience: {hedge: {after: 2}}",
			`f.yaml:2:29: resilience.hedge.after: "2" is not a duration with a unit (such as 250ms, 5s or 2m)`},
		{"hedge, negative", "version: 1\nresilience: {hedge: {after: -2s}}", "f.yaml:2:29: resilience.hedge.after: -2s is not within 0s and ten years"},
		{"hedge, no such quantile", "version: 1\nresilience: {hedge: {after: p100}}",
			`f.yaml:2:29: resilience.hedge.after: "p100" is no quantile from p50 to p99 (such as p95)`},
		{"hedge, an early quantile", "version: 1\nresilience: {hedge: {after: p5}}", `resilience.hedge.after: "p5" is no quantile from p50 to p99`},
		{"shadow, a key missing", "version: 1\nroutes: {r: {targets: [a/m], shadow: {target: b/m, share: 5%}}}",
			"f.yaml:2:39: routes.r.shadow: target, share and budget (USD per hour, at least a millionth) are all needed"},
		{"shadow, no target", "version: 1\nroutes: {r: {targets: [a/m], shadow: {target: b, share: 5%, budget: 1}}}",
			`f.yaml:2:47: routes.r.shadow.target: "b" is not a "provider/model"`},
		{"shadow, no share", "version: 1\nroutes: {r: {targets: [a/m], shadow: {target: b/m, share: 0, budget: 1}}}",
			"routes.r.shadow.share: 0 is not above 0 and at most 1"},
		{"cache, no ttl", "version: 1\ncache: {entries: 5}", "f.yaml:2:9: cache: it needs ttl, by task"},
		{"cache, a ttl too short", "version: 1\ncache: {ttl: {faq: 10ms}}", "f.yaml:2:20: cache.ttl.faq: 10ms is not within 1s and ten years"},
		{"cache, a ttl too long", "version: 1\ncache: {ttl: 800h}", "f.yaml:2:14: cache.ttl: 800h0m0s is above 720h0m0s"},
		{"cache, no size", "version: 1\ncache: {ttl: 1h, max_bytes: 1}", "cache.max_bytes: 1 is not within 8192"},
		{"cache, no such key", "version: 1\ncache: {ttl: 1h, stale: 1h}", "cache.stale"},
		{"shadow, no such key", "version: 1\nroutes: {r: {targets: [a/m], shadow: {target: b/m, share: 1, budgets: 1}}}", "routes.r.shadow.budgets"},
		{"probes, too often", "version: 1\nhealth: {probes: {every: 10ms}}", "f.yaml:2:26: health.probes.every: 10ms is below 1s (0s is no probes)"},
		{"probes, too rarely", "version: 1\nhealth: {probes: {every: 25h}}", "health.probes.every: 25h0m0s is above 24h0m0s"},
		{"probes, for nothing", "version: 1\nhealth: {probes: {budget: 0.0000001}}", "health.probes.budget: must be at least a millionth of a USD per hour"},
		{"alerts, too low an objective", "version: 1\nhealth: {alerts: {objective: 90%}}", "f.yaml:2:30: health.alerts.objective: 0.9 is below 0.95 (0 is no alerts)"},
		{"alerts, too high an objective", "version: 1\nhealth: {alerts: {objective: 1}}", "health.alerts.objective: 1 is not within 0 and 0.9999"},
		{"alerts, a short window", "version: 1\nhealth: {alerts: {window: 1s}}", "health.alerts.window: "},
		{"a queue, half a webhook", "version: 1\nqueue: {workers: 1, webhook: {secret: s}}", "queue.webhook: url and secret are both needed"},
		{"alerts, half a webhook", `version: 1
health: {alerts: {webhook: {url: "https://a.example"}}}`, "health.alerts.webhook: url and secret are both needed"},
		{"probes, no mapping", "version: 1\nhealth: {probes: true}", "f.yaml:2:18: health.probes"},
		{"hedge, no mapping", "version: 1\nresilience: {hedge: 2s}", "f.yaml:2:21: resilience.hedge: "},
		{"commit, none", "version: 1\nresilience: {stream: {commit: 0}}", `resilience.stream.commit: "0" is no commit point`},
		{"rate", "version: 1\nresilience: {stream: {min_tokens_per_second: 10001}}", "stream.min_tokens_per_second: 10001 is not within 0 and 10000"},
		{"window", "version: 1\nresilience: {stream: {window: 0s}}", "stream.window: 0s is not within 10ms and ten years"},
		{"not a mapping", "version: 1\nresilience: [1]", "f.yaml:2:13: resilience: must be a mapping of keys to values"},
		{"duplicate key", "version: 1\nversion: 1", `f.yaml:2:1: mapping key "version" already defined at [1:1]`},
		{"syntax", "version: 1\npolicy: {", "f.yaml:2:9:"},
		{"two documents", "version: 1\n---\nversion: 1", "f.yaml:3:1: a file holds one document, not several"},
		{"price with four places", "version: 1\nproviders: {a: {models: {m: {price: {input: 0.0001, output: 1}}}}}", `"0.0001" is not a price`},
		{"negative price", "version: 1\nproviders: {a: {models: {m: {price: {input: -1, output: 1}}}}}", `"-1" is not a price`},
		{"long prompts without a length", "version: 1\nproviders: {a: {models: {m: {price: {input: 1, output: 1, long_context: {input: 2}}}}}}", "price.long_context: it needs above"},
		{"unknown key of long prompts", "version: 1\nproviders: {a: {models: {m: {price: {input: 1, output: 1, long_context: {above: 1k, inptu: 2}}}}}}", "unknown key"},
		{"half a price", "version: 1\nproviders: {a: {models: {m: {price: {input: 1}}}}}", "input and output are both needed"},
		{"slash", "version: 1\nproviders: {a/b: {}}", "must not be empty or hold a slash"},
		{"wire", "version: 1\nproviders: {a: {wire: soap}}", `"soap" is not known (one of openai, azure, anthropic, gemini)`},
		{"capability", "version: 1\nproviders: {a: {models: {m: {capabilities: [tools, viison]}}}}",
			`f.yaml:2:52: providers.a.models.m.capabilities: "viison" is not known (did you mean "vision"?)`},
		{"capability twice", "version: 1\nproviders: {a: {models: {m: {capabilities: [tools, tools]}}}}", `"tools" is listed twice`},
		{"capability, not a list", "version: 1\nproviders: {a: {models: {m: {capabilities: tools}}}}",
			"must be a list of tools, vision, json_schema, prefill"},
		{"no output", "version: 1\nproviders: {a: {models: {m: {max_output: 0}}}}", "max_output: 0 is not within 1 and"},
		{"api version", "version: 1\nproviders: {a: {wire: azure, api_version: 2023-05-15}}",
			`f.yaml:2:43: providers.a.api_version: "2023-05-15" is not a date from 2024-09-01 on, with -preview or without (such as 2024-10-21)`},
		{"api version of another API", "version: 1\nproviders: {a: {api_version: 2024-10-21}}",
			"f.yaml:2:30: providers.a.api_version: only Azure's API has versions (remove it, or write wire: azure)"},
		{"no targets", "version: 1\nroutes: {r: []}", "routes.r: at least one target is needed"},
		{"bad target", "version: 1\nroutes: {r: [gpt]}", `f.yaml:2:14: routes.r: "gpt" is not a "provider/model"`},
		{"target twice", "version: 1\nroutes: {r: [a/m, a/m]}", `"a/m" is listed twice`},
		{"breaker of a route", "version: 1\nroutes: {r: {targets: [a/m], resilience: {breaker: {}}}}", "cannot differ by route"},
		{"merge key", "version: 1\npolicy: {<<: {strategy: priority}}", "this kind of key is not supported"},
		{"alias to itself", "version: 1\npolicy: &a *a", "f.yaml:2:"},
		{"unknown alias", "version: 1\npolicy: *a", "must be a mapping"},
		{"tag", "version: !!int 1", "is not a whole number"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.Load("f.yaml", []byte(row.yaml))
			require.ErrorContains(t, err, row.want)
			var e *config.Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, "f.yaml", e.File)
		})
	}
}

func TestErrorsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\n")
	for i := range 100 {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	_, err := config.Load("f.yaml", []byte(b.String()))
	require.Len(t, strings.Split(err.Error(), "\n"), 20)
	_, err = config.Load("f.yaml", make([]byte, config.MaxFileBytes+1))
	require.ErrorContains(t, err, "above")
}

func TestAnchors(t *testing.T) {
	f, err := config.Load("f.yaml", []byte("version: 1\nroutes:\n  a: &t [x/m, y/m]\n  b: *t\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"x/m", "y/m"}, f.Routes[1].Targets)
}

func TestOverlay(t *testing.T) {
	base := full(t)
	f, err := base.Overlay("scenario.yaml", 40, []byte("resilience: {attempt_timeout: 5s, breaker: {probes: 1}}\n"+
		"providers: {openai-us: {models: {gpt-4.1: {quality: 0.9}}}, new: {base_url: 'http://new/v1'}}\n"+
		"routes: {cheap: [new/x]}\n"))
	require.NoError(t, err)
	require.Equal(t, 5*time.Second, f.Resilience.AttemptTimeout)
	require.Equal(t, 4*time.Second, f.Resilience.TTFTTimeout)
	require.Equal(t, 1, f.Resilience.Breaker.Probes)
	require.Equal(t, 0.9, f.Providers[0].Models[0].Quality)
	require.NotNil(t, f.Providers[0].Models[0].Price)
	require.Equal(t, "new", f.Providers[len(f.Providers)-1].Name)
	require.Equal(t, []string{"new/x"}, f.Routes[1].Targets)
	require.Equal(t, full(t).Providers, base.Providers, "the base stays as it is")
	require.Equal(t, full(t).Resilience, base.Resilience)
	c, err := f.RouterConfig(nil)
	require.NoError(t, err)
	require.Equal(t, 5*time.Second, c.Routes[0].Limits.AttemptTimeout, "a route follows the file it is overlaid in")

	_, err = base.Overlay("scenario.yaml", 40, []byte("\nresilience: {atempt_timeout: 5s}"))
	require.EqualError(t, err, `scenario.yaml:41:14: resilience.atempt_timeout: unknown key (did you mean "attempt_timeout"?)`)
	_, err = base.Overlay("--set policies", 0, []byte("\nresilience: {atempt_timeout: 5s}"))
	require.ErrorContains(t, err, "--set policies: resilience.atempt_timeout: unknown key")
	same, err := base.Overlay("scenario.yaml", 40, nil)
	require.NoError(t, err)
	require.Equal(t, base.Resilience, same.Resilience)
}

func TestWarnings(t *testing.T) {
	f, err := config.Load("f.yaml", []byte("version: 1\n"+
		"routes: {r: {targets: [a/m], resilience: {ttft_timeout: 50s}}}\n"+
		"providers: {a: {wire: azure, base_url: 'https://x/v1'}, b: {wire: azure, base_url: 'https://x/openai/'}, c: {wire: azure}}\n"+
		"resilience: {total_timeout: 10s, attempt_timeout: 40s, breaker: {slow_call: 41s}, hedge: {after: 40s}, retry_budget: {ratio: 0, floor: 0}}"))
	require.NoError(t, err)
	require.Equal(t, []string{
		"providers.a.base_url does not end in /openai, as Azure's do",
		"resilience: attempt_timeout 40s is above total_timeout 10s: a slow target leaves no time for another",
		"resilience: hedge.after 40s is not below attempt_timeout 40s: a hedge never comes",
		"resilience: hedge needs tokens of retry_budget, which has none",
		"resilience.breaker.slow_call 41s is above attempt_timeout 40s: no call lives to be slow",
		"routes.r.resilience: attempt_timeout 40s is above total_timeout 10s: a slow target leaves no time for another",
		"routes.r.resilience: hedge.after 40s is not below attempt_timeout 40s: a hedge never comes",
		"routes.r.resilience: hedge needs tokens of retry_budget, which has none",
		"routes.r.resilience: ttft_timeout 50s is above attempt_timeout 40s or total_timeout 10s and never applies",
	}, f.Warnings())
}

func TestErrorsShowNoKey(t *testing.T) {
	_, err := config.Load("f.yaml", []byte("version: 1\nproviders: {a: {api_key: [sk-recognisable], modles: {}}}"))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "sk-recognisable")
	f, err := config.Load("f.yaml", []byte("version: 1\nproviders: {a: {api_key: sk-recognisable}}"))
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", *f, *f, *f), "sk-recognisable")
}

func FuzzLoad(f *testing.F) {
	data, err := os.ReadFile("testdata/full.valid.yaml")
	require.NoError(f, err)
	f.Add(data)
	for _, s := range []string{"version: 1", "a: &x [*x]", "version: 1\nroutes: {r: {targets: [a/m], resilience: {backoff: {base: 1s}}}}",
		"? [a]\n: b", "a: !!x {", "\x00", strings.Repeat("[", 100), strings.Repeat("- ", 100), "\ufeffversion: 1", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := config.Load("f.yaml", data)
		if err != nil {
			var e *config.Error
			require.True(t, errors.As(err, &e), err)
			require.Positive(t, e.Line)
			return
		}
		require.NoError(t, file.Resilience.Validate(), "what loads is valid")
		file.Warnings()
		_, err = file.RouterConfig(nil)
		require.NoError(t, err)
	})
}
