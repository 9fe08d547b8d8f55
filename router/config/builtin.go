package config

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed policies/*.yaml
var policies embed.FS

// Builtins returns the names of the built-in policies, sorted.
func Builtins() []string {
	entries, _ := policies.ReadDir("policies") // embedded: cannot fail
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// Builtin returns a new copy of a built-in policy: a file with neither
// providers nor routes. The error names the nearest policy there is.
func Builtin(name string) (*File, error) {
	data, err := policies.ReadFile("policies/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("config: no built-in policy is named %q (%s)", name, didYouMean(name, Builtins()))
	}
	return Load(name, data)
}
