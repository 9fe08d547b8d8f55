package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/swarm"
)

// The schemas are judged by a validator that is not ours: they take every file of
// the project that our loaders take, and refuse a list of bad ones, which our
// loaders refuse too.

// compiled is the schema of a kind of file, ready to validate with.
func compiled(t *testing.T, kind string) *validator.Schema {
	t.Helper()
	s, err := compiler(t, kind).Compile("schema.json")
	require.NoError(t, err)
	return s
}

// compiler knows the schema of a kind of file as schema.json.
func compiler(t *testing.T, kind string) *validator.Compiler {
	t.Helper()
	text, err := schemaText(kind)
	require.NoError(t, err)
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := validator.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", doc))
	return c
}

var variable = regexp.MustCompile(`\$\{\w+\}`)

// validates asks the validator about a file in YAML.
func validates(t *testing.T, s *validator.Schema, text []byte) error {
	t.Helper()
	data, err := yaml.YAMLToJSON(variable.ReplaceAll(text, []byte("x")))
	require.NoError(t, err)
	v, err := validator.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return s.Validate(v)
}

// TestSchemasTakeEveryFile: the library, the fixtures of the loaders, the built-in
// policies and the examples of the documents.
func TestSchemasTakeEveryFile(t *testing.T) {
	schemas := map[string]*validator.Schema{}
	for _, kind := range []string{"scenario", "world", "config", "project", "preset"} {
		schemas[kind] = compiled(t, kind)
	}
	count := map[string]int{}
	check := func(name, kind string, text []byte) {
		t.Run(name, func(t *testing.T) { require.NoError(t, validates(t, schemas[kind], text), kind) })
		count[kind]++
	}
	for _, folder := range []string{"scenarios", "router/config", "sim"} {
		root := filepath.Join("../..", folder)
		require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			name := filepath.ToSlash(path)
			if err != nil || !strings.HasSuffix(name, ".yaml") || strings.HasPrefix(filepath.Base(name), "bad-") || strings.Contains(name, "/fuzz/") {
				return err
			}
			text, err := os.ReadFile(path)
			switch {
			case err != nil:
				return err
			case strings.Contains(name, "/presets/"):
				check(name, "preset", text)
			case !strings.Contains(name, "testdata") || loads(name, text):
				check(name, kindOf(name), text)
			}
			return nil
		}))
	}
	for _, name := range documents {
		text, err := os.ReadFile(filepath.Join("../..", name))
		require.NoError(t, err)
		for _, m := range fileBlock.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(m[1], ".yaml") {
				check(name+":"+m[1], kindOfText([]byte(m[2])), []byte(m[2]))
			}
		}
	}
	for kind, least := range map[string]int{"scenario": 90, "world": 3, "config": 10, "project": 1, "preset": 7} {
		require.GreaterOrEqual(t, count[kind], least, "files of kind %s", kind)
	}
}

// TestSchemasTakeDrawnScenarios: what the swarm draws says nearly everything that a
// scenario can say.
func TestSchemasTakeDrawnScenarios(t *testing.T) {
	s := compiled(t, "scenario")
	for seed := range uint64(200) {
		text := swarm.Scenario(seed, sim.Vocabulary())
		require.NoError(t, validates(t, s, []byte(text)), "seed %d\n%s", seed, text)
	}
}

// TestExamplesOfSchemas: each is valid where it stands, and every section has some.
func TestExamplesOfSchemas(t *testing.T) {
	for kind, least := range map[string]int{"scenario": 200, "world": 100, "config": 60, "project": 5} {
		text, err := schemaText(kind)
		require.NoError(t, err)
		doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		count, c := 0, compiler(t, kind)
		var walk func(at any, pointer string)
		walk = func(at any, pointer string) {
			switch v := at.(type) {
			case map[string]any:
				if examples, ok := v["examples"].([]any); ok {
					s, err := c.Compile("schema.json#" + pointer)
					require.NoError(t, err)
					for _, example := range examples {
						require.NoError(t, s.Validate(example), "%s%s", kind, pointer)
						count++
					}
				}
				for key, value := range v {
					if key != "examples" {
						walk(value, pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
					}
				}
			case []any:
				for i, value := range v {
					walk(value, fmt.Sprintf("%s/%d", pointer, i))
				}
			}
		}
		walk(doc, "")
		require.GreaterOrEqual(t, count, least, kind)
	}
}

// kindOf is the name of the schema for a file.
func kindOf(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return "scenario"
	}
	return kindOfText(text)
}

func kindOfText(text []byte) string {
	switch scenarios.Kind("x.yaml", func(string) ([]byte, error) { return text, nil }) {
	case scenarios.WorldFile:
		return "world"
	case scenarios.RouterFile:
		return "config"
	case scenarios.ProjectFile:
		return "project"
	default:
		return "scenario"
	}
}

// loads reports whether our own loader takes a file.
func loads(name string, text []byte) bool { return loadAs(kindOfText(text), name, text) == nil }

func loadAs(kind, name string, text []byte) error {
	read := func(asked string) ([]byte, error) {
		if asked == name {
			return text, nil
		}
		return readFile(asked)
	}
	var err error
	switch kind {
	case "config":
		_, err = config.Load(name, text)
	case "project":
		_, err = scenarios.LoadProject(name, read, sim.Vocabulary())
	case "world":
		_, err = scenarios.LoadWorld(name, scenarios.Options{ReadFile: read}, sim.Vocabulary())
	default:
		var s *scenarios.Scenario
		if s, err = scenarios.Load(name, scenarios.Options{ReadFile: read}, sim.Vocabulary()); err == nil {
			_, err = sim.Validate(s, nil, readFile, openFile) // the keys of policies
		}
	}
	return err
}

const (
	goodScenario = `version: 1
name: outage
start: 2024-12-11T22:46:00Z
duration: 20m
seed: 7
world: three-providers
load: {rate: 2/s}
timeline:
  - {id: down, at: 5m, for: 5m, vendor: openai, fault: {kind: status, status: 503, rate: 0.9}, ramp: {in: 1m}}
  - {id: up-and-down, at: 12m, for: 5m, provider: openai, fault: hang, flap: {period: 1m, duty: 0.5}}
policies: [single-provider, {name: quick, from: priority, resilience: {attempt_timeout: 5s}}]
gate: {except: [single-provider], ttft_p95: {tolerance: 5%}}
thresholds:
  availability{phase:down}: [">= 99%"]
  ttft: "p95 < 4s"
`
	goodWorld = `version: 1
providers:
  ours:
    wire: openai
    rtt: 20ms
    capacity: {concurrency: 40, queue: 20, status: 429}
    quotas: {rpm: 600, tpm: 2M}
    models:
      large: {price: {input: 2.00, output: 8.00}, ttft: {p50: 600ms, p95: 1200ms}, itl: 12ms, quality: 0.8}
  theirs: {preset: anthropic}
routes: {smart: [ours/large, theirs/claude-sonnet-4-6]}
load: {stages: [{for: 10m, rate: 2/s}, {for: 10m, from: 2/s, to: 4/s}]}
tasks:
  - {name: chat, model: smart, stream: true, prompt_tokens: {p50: 600, p95: 3000}, client: {preset: openai-python, timeout: 60s}}
`
	goodProject = `version: 1
config: router.yaml
world: three-providers
scenarios: ['incidents/*']
seeds: 5
budget: 60s
gate: {availability: {tolerance: 0.05pp}}
`
	goodConfig = `version: 1
providers:
  openai: {wire: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}", models: {gpt-4.1: {price: {input: 2, output: 8}}}}
  azure: {wire: azure, base_url: "https://ours.openai.azure.com/openai", api_version: 2024-10-21}
routes:
  smart: {targets: [openai/gpt-4.1, azure/our-gpt], resilience: {ttft_timeout: 6s}}
policy: {strategy: balanced, weights: {latency: 0.7, cost: 0.3}}
resilience:
  total_timeout: 30s
  max_attempts: 3
  retry_budget: 20%
  stream: {commit: first_token}
  breaker: {window: 30s, failure_rate: 0.5}
`
)

// badFiles are good files with one thing changed.
var badFiles = []struct{ kind, name, from, to string }{
	{"scenario", "a key that is misspelt", "duration: 20m", "durations: 20m"},
	{"scenario", "no duration", "duration: 20m\n", ""},
	{"scenario", "no world", "world: three-providers\n", ""},
	{"scenario", "a version to come", "version: 1", "version: 2"},
	{"scenario", "a duration that is a bare number", "duration: 20m", "duration: 20"},
	{"scenario", "a duration in words", "at: 5m", "at: soon"},
	{"scenario", "a name with a space", "name: outage", "name: our outage"},
	{"scenario", "an instant without a time", "2024-12-11T22:46:00Z", "2024-12-11"},
	{"scenario", "a seed below zero", "seed: 7", "seed: -7"},
	{"scenario", "a kind of fault that is not known", "kind: status", "kind: statsu"},
	{"scenario", "a parameter of another kind of fault", "status: 503, rate", "factor: 2, status: 503, rate"},
	{"scenario", "a fault without what its kind needs", "status: 503, ", ""},
	{"scenario", "a status that is none of an error", "status: 503", "status: 200"},
	{"scenario", "a share above one", "rate: 0.9", "rate: 90"},
	{"scenario", "an event without its length", "at: 12m, for: 5m", "at: 12m"},
	{"scenario", "a fault that is always active and flaps", "duty: 0.5", "duty: 1"},
	{"scenario", "two rates of load", "load: {rate: 2/s}", "load: {rate: 2/s, stages: [{for: 20m, rate: 1/s}]}"},
	{"scenario", "a policy that is not built in", "[single-provider,", "[single-providers,"},
	{"scenario", "a policy of its own without a base", "name: quick, from: priority", "name: quick"},
	{"scenario", "a router's key that is misspelt in a policy", "attempt_timeout", "attempt_timeuot"},
	{"scenario", "a metric that is not known", "ttft: ", "tftt: "},
	{"scenario", "a threshold without a comparison", "p95 < 4s", "p95 4s"},
	{"scenario", "a gated metric without its tolerance", "{tolerance: 5%}", "{}"},
	{"scenario", "a tolerance that is no number", "tolerance: 5%", "tolerance: little"},
	{"world", "no provider", "providers:", "provider:"},
	{"world", "an API that nobody speaks", "wire: openai", "wire: opneai"},
	{"world", "a capacity without its size", "concurrency: 40, ", ""},
	{"world", "a model without a price", "price: {input: 2.00, output: 8.00}, ", ""},
	{"world", "a price in words", "input: 2.00", "input: cheap"},
	{"world", "percentiles that are mixed up with another distribution's key", "{p50: 600ms, p95: 1200ms}", "{p50: 600ms, p96: 1200ms}"},
	{"world", "a quality above one", "quality: 0.8", "quality: 80"},
	{"world", "a quota of nothing", "rpm: 600", "rpm: 0"},
	{"world", "a route without targets", "[ours/large, theirs/claude-sonnet-4-6]", "[]"},
	{"world", "a stage without a rate", "{for: 10m, rate: 2/s}", "{for: 10m}"},
	{"world", "a task without a name", "name: chat, ", ""},
	{"world", "an SDK that is not known", "preset: openai-python", "preset: openai-rust"},
	{"project", "no config", "config: router.yaml\n", ""},
	{"project", "a config that is no file", "config: router.yaml", "config: priority"},
	{"project", "no scenarios", "['incidents/*']", "[]"},
	{"project", "too few seeds", "seeds: 5", "seeds: 1"},
	{"project", "a budget without its unit", "budget: 60s", "budget: 60"},
	{"config", "no version", "version: 1\n", ""},
	{"config", "a key that is misspelt", "max_attempts", "max_atempts"},
	{"config", "a strategy that is not known", "strategy: balanced", "strategy: best"},
	{"config", "a weight below zero", "latency: 0.7", "latency: -1"},
	{"config", "a route without targets", "targets: [openai/gpt-4.1, azure/our-gpt]", "targets: []"},
	{"config", "a target without a model", "[openai/gpt-4.1, azure", "[openai, azure"},
	{"config", "a timeout without its unit", "total_timeout: 30s", "total_timeout: 30"},
	{"config", "no attempts", "max_attempts: 3", "max_attempts: 0"},
	{"config", "a commit point that is none", "commit: first_token", "commit: later"},
	{"config", "a failure rate above one", "failure_rate: 0.5", "failure_rate: 5"},
	{"config", "a price without the output's", "{input: 2, output: 8}", "{input: 2}"},
	{"config", "a breaker in a route", "resilience: {ttft_timeout: 6s}", "resilience: {breaker: {probes: 1}}"},
	{"config", "an API that nobody speaks", "wire: azure", "wire: azur"},
}

func TestSchemasRefuseWhatTheLoadersRefuse(t *testing.T) {
	good := map[string]string{"scenario": goodScenario, "world": goodWorld, "project": goodProject, "config": goodConfig}
	schemas := map[string]*validator.Schema{}
	for kind, text := range good {
		schemas[kind] = compiled(t, kind)
		require.NoError(t, loadAs(kind, kind+".yaml", []byte(text)))
		require.NoError(t, validates(t, schemas[kind], []byte(text)))
	}
	require.GreaterOrEqual(t, len(badFiles), 30)
	for _, tt := range badFiles {
		t.Run(tt.kind+"/"+tt.name, func(t *testing.T) {
			require.Contains(t, good[tt.kind], tt.from)
			text := []byte(strings.Replace(good[tt.kind], tt.from, tt.to, 1))
			require.Error(t, loadAs(tt.kind, tt.kind+".yaml", text), "our loader")
			require.Error(t, validates(t, schemas[tt.kind], text), "the schema")
		})
	}
}
