package scenarios_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

var update = flag.Bool("update", false, "rewrite the expected errors of testdata/bad-*.yaml")

// words is a vocabulary for tests; the program's own is made in package sim.
func words() scenarios.Vocabulary {
	parts := []string{"phase", "task", "provider"}
	return scenarios.Vocabulary{
		Policies: []string{"single-provider", "priority"},
		Metrics: []scenarios.MetricWord{
			{Name: "availability", Unit: "ratio", Selectors: []string{"phase", "task"}, Gate: true},
			{Name: "latency", Distribution: true, Unit: "seconds", Selectors: parts, Gate: true},
			{Name: "ttft", Distribution: true, Unit: "seconds", Selectors: parts, Gate: true},
			{Name: "cost", Unit: "usd", Selectors: parts, Gate: true},
			{Name: "cost_per_1k", Unit: "usd", Selectors: []string{"phase", "task"}, Gate: true},
			{Name: "retry_amplification", Unit: "ratio", Selectors: []string{"phase", "task"}, Gate: true},
			{Name: "requests", Unit: "count", Selectors: []string{"phase", "task"}},
			{Name: "time_to_failover", Unit: "seconds", Selectors: []string{"fault"}},
			{Name: "cache_hit_ratio", Unit: "ratio", Selectors: []string{"phase", "task"}},
		},
		Faults: []scenarios.FaultWord{
			{Name: "none"},
			{Name: "status", Params: []scenarios.ParamWord{
				{Name: "status", Type: scenarios.TypeCount, Min: 400, Max: 599, Required: true, Range: "400 to 599"},
				{Name: "retry_after", Type: scenarios.TypeDuration, Min: 1e9, Max: 24 * 3600 * 1e9},
				{Name: "body", Type: scenarios.TypeWord, Words: []string{"vendor", "html"}},
			}},
			{Name: "delay", Params: []scenarios.ParamWord{
				{Name: "add", Type: scenarios.TypeDuration, Min: 1e3, Max: 24 * 3600 * 1e9},
				{Name: "factor", Type: scenarios.TypeNumber, Min: 0.001, Max: 1000},
			}},
			{Name: "hang"},
			{Name: "reset"},
			{Name: "wrong_model", Params: []scenarios.ParamWord{{Name: "model", Type: scenarios.TypeText}}},
		},
		CheckFault: func(kind string, values []scenarios.FaultValue) error {
			if kind == "delay" && len(values) == 0 {
				return errors.New(`it needs "add", "factor" or both`)
			}
			return nil
		},
		Endpoints: []string{"chat", "completions", "embeddings", "models"},
		Wires:     []string{"openai", "azure", "anthropic", "gemini"},
		Clients:   []string{"none", "openai-python", "openai-go"},
	}
}

// readFile reads files as a command would, bounded.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	return scenarios.ReadAll(f)
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

func TestGoodFilesLoad(t *testing.T) {
	for _, name := range files(t, "good-*.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			_, err := scenarios.Load(filepath.ToSlash(name), scenarios.Options{ReadFile: readFile}, words())
			require.NoError(t, err)
		})
	}
}

// TestBadFilesAreRefused compares the whole error with the .err file beside
// the scenario: an error is part of the language.
func TestBadFilesAreRefused(t *testing.T) {
	for _, name := range files(t, "bad-*.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s, err := scenarios.Load(filepath.ToSlash(name), scenarios.Options{ReadFile: readFile}, words())
			require.Error(t, err)
			require.Nil(t, s)
			golden := strings.TrimSuffix(name, ".yaml") + ".err"
			got := err.Error() + "\n"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, readErr := os.ReadFile(golden)
			require.NoError(t, readErr)
			require.Equal(t, string(want), got)
		})
	}
}
