package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/config"
)

// readyFile passes every item that applies. Its prices were read a month before the
// day the tests take for today.
const readyFile = `version: 1
prices_as_of: 2026-05-01
providers:
  a: {models: {large: {price: {input: 2, output: 8}}, small: {price: {input: 1, output: 4}}, embed-1: {price: {input: 1, output: 0}}}}
  b: {models: {large: {price: {input: 3, output: 10}}, vectors: {price: {input: 1, output: 0}, embedding_space: embed-1}}}
routes:
  smart: {targets: [a/large, b/large], resilience: {ttft_timeout: 6s}}
  search: [a/embed-1, b/vectors]
cache: {ttl: {search: 24h}, stale_if_error: 6h}
health: {probes: {every: 30s}}
queue: {workers: 8}
budgets:
  all: {limit: 50, per: day, soft: 60%}
policy: {strategy: priority}
resilience:
  total_timeout: 60s
  attempt_timeout: 20s
`

func TestReady(t *testing.T) {
	tests := []struct {
		name, from, to string
		item           string // the only one that fails; "" for none
		line           int
		says           string
	}{
		{"a file that is ready", "", "", "", 0, ""},
		{"a route with one target", "search: [a/embed-1, b/vectors]", "search: [a/embed-1, b/vectors]\n  cheap: [a/large]", "second target per route", 9, "route cheap has one target, a/large"},
		{"a route with one provider", "[a/large, b/large]", "[a/large, a/small]", "second target per route", 7, "of one provider"},
		{"a strategy that never goes elsewhere", "strategy: priority", "strategy: single-provider", "second target per route", 14, "single-provider never goes to a second"},
		{"another embedding space", ", embedding_space: embed-1", "", "second embeddings target", 8, "no second target in the embedding space embed-1"},
		{"a breaker that never has enough samples", "attempt_timeout: 20s", "attempt_timeout: 20s\n  breaker: {min_samples: 1M}", "breaker on", 18, "min_samples 1000000"},
		{"a breaker for whole outages only", "attempt_timeout: 20s", "attempt_timeout: 20s\n  breaker:\n    failure_rate: 1", "breaker on", 19, "failure_rate 1"},
		{"an attempt that takes all the time", "attempt_timeout: 20s", "attempt_timeout: 50s", "room for a fallback", 17, "two attempts of attempt_timeout 50s do not fit into total_timeout 1m"},
		{"a total that is too short for the default", "total_timeout: 60s\n  attempt_timeout: 20s", "total_timeout: 40s", "room for a fallback", 16, "attempt_timeout 30s"},
		{"a route of its own mind", "{ttft_timeout: 6s}", "{total_timeout: 30s}", "room for a fallback", 7, "routes.smart.resilience: two attempts of attempt_timeout 20s"},
		{"a single attempt", "attempt_timeout: 20s", "attempt_timeout: 20s\n  max_attempts: 1", "room for a fallback", 18, "max_attempts 1 leaves none"},
		{"no probes", "health: {probes: {every: 30s}}\n", "", "health probes", 1, "an unused fallback"},
		{"probes that never come", "every: 30s", "every: 0s", "health probes", 10, "an unused fallback"},
		{"no work that can wait", "queue: {workers: 8}\n", "", "", 0, ""},
		{"a queue that nobody works at", "workers: 8", "workers: 0", "queue for batch work", 11, "queue.workers"},
		{"nothing worth a cache", "cache: {ttl: {search: 24h}, stale_if_error: 6h}\n", "", "", 0, ""},
		{"a cache that gives nothing stale", ", stale_if_error: 6h", "", "cache on hot tasks", 9, "cache.stale_if_error"},
		{"a budget nobody is warned of", ", soft: 60%", "", "budgets: failover margin", 13, "no soft"},
		{"a budget that a failover bursts", "soft: 60%", "soft: 80%", "budgets: failover margin", 13, "costs up to 1.5 times as much and passes the limit; soft at most 0.66"},
		{"a budget of another route", "soft: 60%", "soft: 99%, route: search", "", 0, ""},
		{"a target without a price", "b: {models: {large: {price: {input: 3, output: 10}}", "b: {models: {large: {}", "price table current", 7, "target b/large of route smart has no price"},
		{"prices of nobody knows when", "prices_as_of: 2026-05-01\n", "", "price table current", 2, "prices_as_of"},
		{"prices of last year", "2026-05-01", "2025-05-01", "price table current", 2, "396 days old; up to 90 are current"},
		{"prices of tomorrow", "2026-05-01", "2026-06-02", "price table current", 2, "yet to come"},
	}
	today := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, readyFile, tt.from)
			f, err := config.Load("f.yaml", []byte(strings.Replace(readyFile, tt.from, tt.to, 1)))
			require.NoError(t, err)
			for _, c := range f.Ready(today) {
				require.NotEmpty(t, c.Reason, c.Item)
				if c.Item == tt.item {
					require.Equal(t, fmt.Sprint(config.Failed, " ", tt.line), fmt.Sprint(c.Verdict, " ", c.Line), c.Reason)
					require.Contains(t, c.Reason, tt.says)
					continue
				}
				require.NotEqual(t, config.Failed, c.Verdict, "%s: %s", c.Item, c.Reason)
			}
		})
	}
}

// Every place that is wrong has its line, and what a file leaves to its world does
// not apply.
func TestReadyNamesEveryPlace(t *testing.T) {
	f, err := config.Load("f.yaml", []byte("version: 1\nroutes:\n  one: [a/m]\n  two: [b/m]\n"))
	require.NoError(t, err)
	var lines []int
	for _, c := range f.Ready(time.Now()) {
		if c.Item == "second target per route" {
			lines = append(lines, c.Line)
		}
	}
	require.Equal(t, []int{3, 4}, lines)

	f, err = config.Builtin("priority")
	require.NoError(t, err)
	verdicts := map[string]config.Readiness{}
	for _, c := range f.Ready(time.Now()) {
		verdicts[c.Item] = c.Verdict
	}
	require.Equal(t, config.NotApplicable, verdicts["second target per route"])
	require.Equal(t, config.NotApplicable, verdicts["price table current"])
	require.Equal(t, config.NotApplicable, verdicts["second embeddings target"])
	require.Equal(t, config.NotApplicable, verdicts["cache on hot tasks"])
	require.Equal(t, config.NotApplicable, verdicts["queue for batch work"])
	require.Equal(t, config.NotApplicable, verdicts["incident templates"])
	require.Equal(t, config.Passed, verdicts["breaker on"])
	require.Equal(t, config.Passed, verdicts["room for a fallback"])
}
