package scenarios

import (
	"regexp"
	"slices"
)

// FileKind is what a YAML file of this project is about.
type FileKind string

// The kinds of files. Those of routers are package router/config's to read.
const (
	ScenarioFile FileKind = "scenario"
	WorldFile    FileKind = "world"
	RouterFile   FileKind = "router file"
	ProjectFile  FileKind = "project"
)

// variable is a ${NAME} of a router's file, which may stand without quotes there.
var variable = regexp.MustCompile(`\$\{\w*\}`)

// routerText is what stands in routers' files alone.
var routerText = regexp.MustCompile(`(?m)^(policy|resilience|tenants|idempotency|health|cache|queue|budgets):|\b(base_url|api_key):`)

// Kind tells by its keys what a file is, or what the library has by that name.
// Whatever is neither a world nor a router's file is taken for a scenario, and
// so is what cannot be read: [Load] says what is wrong with it.
func Kind(name string, readFile func(string) ([]byte, error)) FileKind {
	if !isPath(name) {
		if libraryFile(name, scenarioGroups) == "" && libraryFile(name, worldGroup) != "" {
			return WorldFile
		}
		return ScenarioFile
	}
	root, err := read(name, "file", func(name string) ([]byte, error) {
		data, err := readFile(name)
		return variable.ReplaceAll(data, []byte("x")), err
	})
	if err != nil { // as far as its text tells, so that whoever it belongs to says what is wrong
		if data, err := readFile(name); err == nil && routerText.Match(data) {
			return RouterFile
		}
		return ScenarioFile
	}
	has := func(n *node, keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return n.get(key) != nil })
	}
	switch {
	case has(root, "config", "scenarios"):
		return ProjectFile
	case has(root, "world", "duration", "timeline", "policies", "thresholds", "gate"):
		return ScenarioFile
	case has(root, "policy", "resilience", "tenants", "idempotency", "health", "cache", "queue", "budgets"):
		return RouterFile
	}
	providers := root.get("providers")
	switch {
	case providers == nil && has(root, "routes"):
		return RouterFile // a world must have providers
	case providers == nil:
		return ScenarioFile
	}
	for _, p := range providers.pairs {
		if has(p.value, "base_url", "api_key") {
			return RouterFile
		}
	}
	return WorldFile
}
