package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

const bareWorld = `
providers:
  p: {region: eu, models: {m: {price: {input: 1, output: 2}, ttft: 1ms, itl: 1ms}}}
`

func loadWorld(text, name string, o scenarios.Options) (*scenarios.Scenario, error) {
	o.ReadFile = func(string) ([]byte, error) { return []byte(text), nil }
	return scenarios.LoadWorld(name, o, words())
}

func TestLoadWorld(t *testing.T) {
	for name, row := range map[string]struct {
		text, name       string
		o                scenarios.Options
		provider         string
		events           int
		scenario, region string
	}{
		"a library scenario":             {"", "openai-2024-12-11", scenarios.Options{}, "openai", 2, "openai-2024-12-11", "us-east"},
		"a library world":                {"", "three-providers", scenarios.Options{}, "openai", 0, "three-providers", "us-east"},
		"a world in a file":              {bareWorld, "w.yaml", scenarios.Options{}, "p", 0, "w", "eu"},
		"changed":                        {bareWorld, "w.yaml", scenarios.Options{Set: []string{"world.providers.p.region=us"}}, "p", 0, "w", "us"},
		"a scenario in another world":    {bareWorld + "load: {rate: 1/s}\ntasks: [{name: support-chat, model: p/m, prompt_tokens: 1, output_tokens: 1}]", "steady", scenarios.Options{World: "w.yaml"}, "p", 0, "steady", "eu"},
		"a world whose load is unusable": {bareWorld + "load: {stages: [{for: 1s, rate: 1/s}]}", "w.yaml", scenarios.Options{}, "p", 0, "w", "eu"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := loadWorld(row.text, row.name, row.o)
			require.NoError(t, err)
			require.Equal(t, row.scenario, s.Name)
			require.NotEmpty(t, s.WorldName)
			require.Equal(t, row.provider, s.World.Providers[0].Name)
			require.Equal(t, row.region, s.World.Providers[0].Region)
			require.Len(t, s.Timeline, row.events)
		})
	}
}

func TestLoadWorldErrors(t *testing.T) {
	for name, row := range map[string]struct {
		text, name string
		o          scenarios.Options
		want       string
	}{
		"no such name":      {"", "three-provider", scenarios.Options{}, `the library has no scenario and no world "three-provider" (did you mean "three-providers"?)`},
		"a bad scenario":    {"version: 1", "w.yaml", scenarios.Options{}, `w.yaml:1:1: duration: a scenario needs "duration"`},
		"a bad provider":    {"providers: {p: {model: {}}}", "w.yaml", scenarios.Options{}, `w.yaml:1:17: providers.p.model: unknown key "model" (did you mean "models"?)`},
		"no provider":       {"providers: {}", "w.yaml", scenarios.Options{}, "w.yaml:1:12: providers: the world has no provider"},
		"a route to nobody": {bareWorld + "routes: {r: [p/x]}", "w.yaml", scenarios.Options{}, `w.yaml:4:14: routes.r[0]: "p/x": no such model at p (one of: m)`},
		"a task for nobody": {bareWorld + "tasks: [{name: t, model: x, prompt_tokens: 1, output_tokens: 1}]", "w.yaml", scenarios.Options{}, `w.yaml:4:26: tasks[0].model: "x" is neither a route nor provider/model (one of: p/m)`},
		"another world":     {bareWorld, "w.yaml", scenarios.Options{World: "three-providers"}, "w.yaml: this is a world already, and only a scenario can be given another one"},
		"a change outside":  {bareWorld, "w.yaml", scenarios.Options{Set: []string{"duration=1h"}}, "--set duration=1h: a world by itself has nothing else to change (world.providers.NAME.rtt=50ms)"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := loadWorld(row.text, row.name, row.o)
			require.Nil(t, s)
			require.ErrorContains(t, err, row.want)
		})
	}
}
