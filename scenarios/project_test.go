package scenarios_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func project(name, text string) (*scenarios.Project, error) {
	return scenarios.LoadProject(name, func(string) ([]byte, error) { return []byte(text), nil }, words())
}

func TestProject(t *testing.T) {
	text, err := os.ReadFile("testdata/project/good-v1.yaml")
	require.NoError(t, err)
	p, err := project("up/routedrill.yaml", string(text))
	require.NoError(t, err)
	require.Equal(t, "up/router.yaml", p.Config)
	require.Equal(t, "up/worlds/ours.yaml", p.World)
	require.Equal(t, []scenarios.Named{{"up/drills/*.yaml", 6}, {"incidents/openai-*", 7}, {"steady", 8}}, p.Scenarios)
	require.Equal(t, 7, p.Seeds)
	require.Equal(t, 90*time.Second, p.Budget)
	require.Len(t, p.Gate, 1)
	require.Equal(t, "availability", p.Gate[0].Source)
	require.Equal(t, "up/routedrill.yaml", p.Gate[0].File)
	require.Equal(t, 11, p.Gate[0].Line)
	require.InDelta(t, 0.001, p.Gate[0].Tolerance, 1e-12)

	p, err = project("routedrill.yaml", "version: 1\nconfig: ./router\nworld: three-providers\nscenarios: [a.yaml]\n")
	require.NoError(t, err)
	require.Equal(t, &scenarios.Project{
		File: "routedrill.yaml", Config: "router", World: "three-providers", Scenarios: []scenarios.Named{{"a.yaml", 4}},
		ConfigLine: 2, WorldLine: 3,
	}, p)
}

func TestProjectErrors(t *testing.T) {
	const start = "version: 1\nconfig: router.yaml\nscenarios: [steady]\n"
	tests := []struct{ name, text, want string }{
		{"unknown key", start + "wrld: x\n", `routedrill.yaml:4:1: wrld: unknown key "wrld" (did you mean "world"?)`},
		{"nothing", "{}", `a project needs "version"`},
		{"another version", "version: 2\nconfig: r.yaml\nscenarios: [steady]\n", "routedrill.yaml:1:10: version: the version of the language is 1"},
		{"no mapping", "- 1", "a project is a mapping of keys, found a list"},
		{"no YAML", "{", "routedrill.yaml"},
		{"config is no path", "version: 1\nconfig: priority\nscenarios: [steady]\n", `routedrill.yaml:2:9: config: "priority" is not the path of a router file`},
		{"no such world", start + "world: two-providers\n", `routedrill.yaml:4:8: world: the library has no world "two-providers"`},
		{"no such scenario", "version: 1\nconfig: r.yaml\nscenarios: [stedy]\n", `routedrill.yaml:3:13: scenarios[0]: the library has no scenario "stedy" (did you mean "steady"?)`},
		{"no scenarios", "version: 1\nconfig: r.yaml\nscenarios: []\n", "routedrill.yaml:3:12: scenarios: the list is empty"},
		{"few seeds", start + "seeds: 4\n", "from 5 to 1000"},
		{"no budget", start + "budget: 0\n", "routedrill.yaml:4:9: budget: 0 is too short; at least 1s"},
		{"unknown metric", start + "gate: {availabiliti: {tolerance: 1pp}}\n", `unknown metric "availabiliti" (did you mean "availability"?)`},
		{"selector", start + "gate: {'availability{phase:recovery}': {tolerance: 1pp}}\n", "a project's gate is for every scenario and takes no selector"},
		{"except", start + "gate: {except: [priority]}\n", `unknown metric "except"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := project("routedrill.yaml", tt.text)
			require.ErrorContains(t, err, tt.want)
			require.Nil(t, p)
		})
	}
}

// FuzzLoadProject reads anything as a project: it answers with one, or with an error.
func FuzzLoadProject(f *testing.F) {
	f.Add([]byte("version: 1\nconfig: router.yaml\nscenarios: [steady, 'x/*']\nbudget: 60s\ngate: {availability: {tolerance: 1pp}}\n"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := project("fuzz.yaml", string(data))
		if (p == nil) == (err == nil) {
			t.Fatalf("project %v, error %v", p, err)
		}
	})
}
