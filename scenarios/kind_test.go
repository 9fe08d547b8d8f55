package scenarios_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func TestKind(t *testing.T) {
	tests := []struct {
		name, text string
		want       scenarios.FileKind
	}{
		{"a scenario", "version: 1\nname: x\nduration: 1m\nworld: {providers: {}}\n", scenarios.ScenarioFile},
		{"a router file with keys", "providers: {a: {base_url: http://a, models: {m: {}}}}\n", scenarios.RouterFile},
		{"a router file with variables", "providers: {a: {base_url: http://a, api_key: ${KEY}}}\n", scenarios.RouterFile},
		{"a policy alone", "version: 1\npolicy: {strategy: priority}\n", scenarios.RouterFile},
		{"routes alone", "version: 1\nroutes: {smart: [a/m]}\n", scenarios.RouterFile},
		{"a world", "providers: {a: {preset: openai}}\nroutes: {smart: [a/m]}\n", scenarios.WorldFile},
		{"a project", "version: 1\nconfig: router.yaml\nworld: w.yaml\nscenarios: [steady]\ngate: {}\n", scenarios.ProjectFile},
		{"nothing known", "hello: world\n", scenarios.ScenarioFile},
		{"no mapping", "- 1\n", scenarios.ScenarioFile},
		{"no YAML", "{", scenarios.ScenarioFile},
		{"a router file that is not readable", "providers: {a: {base_url: http://a, api_key: ${KEY}}}\npolicy: {}\npolicy: {}\n", scenarios.RouterFile},
		{"a scenario that is not readable", "duration: 1m\nduration: 2m\n", scenarios.ScenarioFile},
		{"empty", "", scenarios.ScenarioFile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := scenarios.Kind("x.yaml", func(string) ([]byte, error) { return []byte(tt.text), nil })
			require.Equal(t, tt.want, got)
		})
	}
	require.Equal(t, scenarios.WorldFile, scenarios.Kind("three-providers", nil))
	require.Equal(t, scenarios.ScenarioFile, scenarios.Kind("steady", nil))
	require.Equal(t, scenarios.ScenarioFile, scenarios.Kind("nowhere.yaml", os.ReadFile))
}
