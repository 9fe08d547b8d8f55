package client_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/load"
)

func TestQuestion(t *testing.T) {
	task := scenarios.Task{Name: "faq", Endpoint: "chat", Model: "smart"}
	spec := load.Spec{PromptTokens: 50, OutputTokens: 10, MaxTokens: 100, Text: 7, Tenant: 3}
	want := client.Question(&task, spec)
	require.Equal(t, want, client.Question(&task, spec))
	for name, row := range map[string]struct {
		change func(*scenarios.Task, *load.Spec)
		same   bool
	}{
		"another tenant":     {func(_ *scenarios.Task, s *load.Spec) { s.Tenant = 0 }, true},
		"a longer answer":    {func(_ *scenarios.Task, s *load.Spec) { s.OutputTokens++ }, true},
		"another route":      {func(t *scenarios.Task, _ *load.Spec) { t.Model = "fast" }, true},
		"another text":       {func(_ *scenarios.Task, s *load.Spec) { s.Text++ }, false},
		"a longer prompt":    {func(_ *scenarios.Task, s *load.Spec) { s.PromptTokens++ }, false},
		"another limit":      {func(_ *scenarios.Task, s *load.Spec) { s.MaxTokens = 0 }, false},
		"a stream":           {func(_ *scenarios.Task, s *load.Spec) { s.Stream = true }, false},
		"tools":              {func(t *scenarios.Task, _ *load.Spec) { t.Tools = true }, false},
		"another endpoint":   {func(t *scenarios.Task, _ *load.Spec) { t.Endpoint = "completions" }, false},
		"a prefix before it": {func(_ *scenarios.Task, s *load.Spec) { s.Prefix = 10 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			task, spec := task, spec
			row.change(&task, &spec)
			require.Equal(t, row.same, client.Question(&task, spec) == want)
		})
	}
}
