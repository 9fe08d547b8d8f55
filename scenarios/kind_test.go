package scenarios_test

import (
	"fmt"
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

// Whatever is given in the place of something else is named once, as a whole.
func TestMistakenFiles(t *testing.T) {
	files := map[string]string{
		"scenario.yaml": "version: 1\nduration: 1m\nworld: three-providers\n",
		"world.yaml":    "providers: {a: {preset: openai}}\n",
		"router.yaml":   "version: 1\nproviders: {a: {base_url: \"http://a\"}}\npolicy: {strategy: priority}\n",
		"bare.yaml":     "providers: {a: {base_url: http://a, api_key: ${KEY}}}\npolicy: {}\n",
		"project.yaml":  "version: 1\nconfig: r.yaml\nscenarios: [steady]\n",
		"in.yaml":       "version: 1\nduration: 1m\nworld: ./router.yaml\n",
	}
	read := func(name string) ([]byte, error) { return []byte(files[name]), nil }
	tests := []struct{ scenario, world, want string }{
		{"router.yaml", "", "router.yaml: this looks like a router file and not like a scenario (give it as --policy to run, as BASE or HEAD to diff, as --config to serve)"},
		{"bare.yaml", "", "bare.yaml: this looks like a router file and not like a scenario (give it as --policy to run, as BASE or HEAD to diff, as --config to serve)"},
		{"world.yaml", "", "world.yaml: this looks like a world and not like a scenario (give it as --world)"},
		{"project.yaml", "", "project.yaml: this looks like a project and not like a scenario (run and diff read routedrill.yaml by themselves)"},
		{"scenario.yaml", "router.yaml", "router.yaml: this looks like a router file and not like a world (give it as --policy to run, as BASE or HEAD to diff, as --config to serve)"},
		{"steady", "scenario.yaml", "scenario.yaml: this looks like a scenario and not like a world (give it to run or diff as a SCENARIO)"},
		{"in.yaml", "", "router.yaml: this looks like a router file and not like a world (give it as --policy to run, as BASE or HEAD to diff, as --config to serve)"},
		{"scenario.yaml", "world.yaml", ""},
	}
	for _, tt := range tests {
		t.Run(tt.scenario+" "+tt.world, func(t *testing.T) {
			_, err := scenarios.Load(tt.scenario, scenarios.Options{World: tt.world, ReadFile: read}, words())
			if tt.want == "" {
				require.NotContains(t, fmt.Sprint(err), "this looks like")
				return
			}
			require.EqualError(t, err, tt.want)
		})
	}
	_, err := scenarios.LoadProject("world.yaml", read, words())
	require.EqualError(t, err, "world.yaml: this looks like a world and not like a project (give it as --world)")
}
