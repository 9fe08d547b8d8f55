package main

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/scenarios"
)

// expand returns the scenarios that an argument stands for: a path or a name itself, a
// glob what it matches in the library, else among files.
func expand(arg string) ([]string, error) {
	names, err := scenarios.Expand(arg)
	if err != nil {
		return nil, &exit{codeUsage, err}
	}
	if !slices.Equal(names, []string{arg}) || exists(arg) {
		return names, nil
	}
	group, rest, grouped := strings.Cut(arg, "/")
	glob := strings.ContainsAny(arg, "*?[")
	if glob {
		files, err := filepath.Glob(arg)
		if err != nil {
			return nil, usage("%.80q is no pattern: %w", arg, err)
		}
		if len(files) > 0 {
			return files, nil
		}
	}
	if !grouped || !glob && (isYAML(rest) || strings.Contains(rest, "/")) {
		return names, nil
	}
	groups, members := library(group)
	switch {
	case len(members) > 0:
		return nil, usage("the library's group %s has nothing like %.80q, only: %s", group, rest, strings.Join(members, ", "))
	case glob:
		return nil, usage("no file matches %.80q, and the library has no such group; it has: %s", arg, strings.Join(groups, ", "))
	}
	return names, nil
}

// isScenario reports whether a name or a glob is one of the library's, and neither a
// policy nor a revision of that name.
func isScenario(arg string) bool {
	names, err := scenarios.Expand(arg)
	if err != nil || exists(arg) || len(names) == 1 && names[0] == arg && isFile(arg) {
		return false
	}
	return !isRevision(arg)
}

// library is the groups of the library, and the scenarios of one of them.
func library(group string) (groups, members []string) {
	for _, s := range scenarios.List() {
		if s.Group == group {
			members = append(members, s.Name)
		}
		groups = append(groups, cmp.Or(s.Group, "(none)"))
	}
	groups = slices.DeleteFunc(slices.Compact(groups), func(g string) bool { return g == "(none)" })
	return groups, members
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}
