package scenarios

import (
	"fmt"
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
	kind, _ := fileKind(name, readFile)
	return kind
}

// fileKind is [Kind] of a path. It reports false where nothing in the file says so.
func fileKind(name string, readFile func(string) ([]byte, error)) (kind FileKind, sure bool) {
	root, err := read(name, "file", func(name string) ([]byte, error) {
		data, err := readFile(name)
		return variable.ReplaceAll(data, []byte("x")), err
	})
	if err != nil { // as far as its text tells, so that whoever it belongs to says what is wrong
		if data, err := readFile(name); err == nil && routerText.Match(data) {
			return RouterFile, true
		}
		return ScenarioFile, false
	}
	has := func(n *node, keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return n.get(key) != nil })
	}
	switch {
	case has(root, "config", "scenarios"):
		return ProjectFile, true
	case has(root, "world", "duration", "timeline", "policies", "thresholds", "gate"):
		return ScenarioFile, true
	case has(root, "policy", "resilience", "tenants", "idempotency", "health", "cache", "queue", "budgets"):
		return RouterFile, true
	}
	providers := root.get("providers")
	switch {
	case providers == nil && has(root, "routes"):
		return RouterFile, true // a world must have providers
	case providers == nil:
		return ScenarioFile, false
	}
	for _, p := range providers.pairs {
		if has(p.value, "base_url", "api_key") {
			return RouterFile, true
		}
	}
	return WorldFile, true
}

// kindGiven is [fileKind] of what may be a name of the library, or may not be read.
func kindGiven(name string, readFile func(string) ([]byte, error)) (kind FileKind, sure bool) {
	if !isPath(name) || readFile == nil {
		return "", false
	}
	return fileKind(name, readFile)
}

// whereGiven says of a kind of file where it is to be given.
var whereGiven = map[FileKind]string{
	ScenarioFile: "give it to run or diff as a SCENARIO",
	WorldFile:    "give it as --world",
	RouterFile:   "give it as --policy to run, as BASE or HEAD to diff, as --config to serve",
	ProjectFile:  "run and diff read " + ProjectName + " by themselves",
}

// mistaken is the error about a file that is of another kind than what was asked for;
// nil where it may well be of that.
func mistaken(name string, readFile func(string) ([]byte, error), want FileKind) error {
	kind, sure := kindGiven(name, readFile)
	if !sure || kind == want {
		return nil
	}
	return &Error{File: name, Message: fmt.Sprintf("this looks like a %s and not like a %s", kind, want), Hint: whereGiven[kind]}
}
