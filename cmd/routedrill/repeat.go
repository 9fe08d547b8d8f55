package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/report/gate"
)

// command is the command that repeats the comparison: as it was typed, where a
// project fills in the rest.
func (f *diffFlags) command(args []string, given func(flag string) bool) string {
	b := []string{"routedrill diff"}
	for _, arg := range args {
		b = append(b, quote(filepath.ToSlash(arg)))
	}
	add := func(flag, value string) { b = append(b, flag, quote(value)) }
	if f.world != "" {
		add("--world", f.world)
	}
	for _, v := range f.set {
		add("--set", v)
	}
	if given("seed") {
		add("--seed", strconv.FormatUint(f.seed, 10))
	}
	if given("seeds") || len(args) > 2 {
		add("--seeds", strconv.Itoa(f.seeds))
	}
	if f.maxSeeds > f.seeds {
		add("--max-seeds", strconv.Itoa(f.maxSeeds))
	}
	if f.budget > 0 {
		add("--budget", f.budget.String())
	}
	if f.commands {
		b = append(append(b, "--target-cmd"), f.target.replay()...)
	}
	return strings.Join(b, " ")
}

// ran is the command that repeats what a budget had room for, without one: it
// gives the same figures on any machine. It reports false where scenarios have
// different numbers of seeds.
func (f *diffFlags) ran(base, head string, r *gate.Result, project bool, given func(flag string) bool) (string, bool) {
	whole, args := *f, []string{base, head}
	whole.budget, whole.maxSeeds = 0, 0
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if i > 0 && len(s.Seeds) != whole.seeds {
			return "", false
		}
		name := s.File
		if strings.HasPrefix(name, "library/") {
			name = s.Name
		}
		whole.seeds, args = len(s.Seeds), append(args, name)
	}
	text := whole.command(args, given)
	if project {
		text += " --budget 0s"
	}
	return text, len(args) > 2
}
