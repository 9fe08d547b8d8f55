package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// project is what routedrill.yaml fills in where the command line says nothing.
// The zero value is a place without one: it fills in nothing.
type project struct {
	*scenarios.Project
	root string // of the git repository; "" outside of one
}

// findProject looks for routedrill.yaml here and in the folders above, up to the
// root of the repository.
func findProject() (project, error) {
	here, err := os.Getwd()
	if err != nil {
		return project{}, fmt.Errorf("cannot tell the working directory: %w", err)
	}
	root := repositoryRoot(here)
	dir := here
	for dir != root && !exists(filepath.Join(dir, scenarios.ProjectName)) {
		dir = filepath.Dir(dir)
	}
	rel, err := filepath.Rel(here, dir)
	name := filepath.Join(rel, scenarios.ProjectName)
	if err != nil || !exists(name) {
		return project{}, nil //nolint:nilerr // no way from here to there is no project here
	}
	p, err := scenarios.LoadProject(name, readFile, sim.Vocabulary())
	if err != nil {
		return project{}, &exit{codeUsage, err}
	}
	out := project{Project: p}
	if exists(filepath.Join(root, ".git")) {
		out.root = root
	}
	return out, nil
}

// repositoryRoot is the nearest folder with a .git, from here upwards; here where
// there is none.
func repositoryRoot(here string) string {
	for dir := here; ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, ".git")) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return here
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// scenarioNames are the scenarios of the project, with globs of files resolved.
func (p project) scenarioNames() ([]string, error) {
	var out []string
	for _, s := range p.Scenarios {
		if isFile(s.Name) {
			if err := p.present("scenarios", s.Name, s.Line); err != nil {
				return nil, err
			}
			out = append(out, s.Name)
			continue
		}
		names, err := expand(s.Name)
		if err != nil {
			return nil, usage("%s:%d: scenarios: %w", p.File, s.Line, err)
		}
		out = append(out, names...)
	}
	return out, nil
}

// present checks that a file is there, at the line of the project that names it.
func (p project) present(key, name string, line int) error {
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return &exit{codeUsage, &scenarios.Error{File: p.File, Line: line, Field: key, Message: "there is no file " + filepath.ToSlash(name)}}
	}
	return nil
}

// configPresent checks that the config is there.
func (p project) configPresent() error { return p.present("config", p.Config, p.ConfigLine) }

// worldPresent checks that the world is there, if it is a file.
func (p project) worldPresent() error {
	if !isFile(p.World) {
		return nil
	}
	return p.present("world", p.World, p.WorldLine)
}

// isFile tells a path from a name of the library and from a glob.
func isFile(name string) bool {
	return !strings.ContainsAny(name, "*?[") && (strings.ContainsAny(name, `/\`) || isYAML(name))
}

// gate gives the project's tolerances to the scenarios that have none.
func (p project) gate(all []*scenarios.Scenario) {
	if p.Project == nil {
		return
	}
	for _, s := range all {
		if len(s.Gate.Metrics) == 0 {
			s.Gate.Metrics = p.Gate
		}
	}
}

// revision turns the name of a git revision into that of the project's config
// there. What names a file or a built-in policy already, and anything outside of
// a project, stays as it is.
func (p project) revision(name string) string {
	if p.Project == nil || strings.Contains(name, ":") || exists(name) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		return name
	}
	if _, err := config.Builtin(name); err == nil || p.root == "" {
		return name
	}
	file, err := filepath.Abs(p.Config)
	if err != nil {
		return name
	}
	path, err := filepath.Rel(p.root, file)
	if err != nil {
		return name
	}
	return name + ":" + filepath.ToSlash(path)
}

// errNoProject explains what would make a command work without arguments.
func errNoProject() error {
	if below := projectBelow("."); below != "" {
		return fmt.Errorf("there is no %s here or above, but one in %s: cd there", scenarios.ProjectName, quote(filepath.ToSlash(below)))
	}
	return errors.New("there is no " + scenarios.ProjectName + " here or above that could say so; 'routedrill init' writes one")
}

// projectBelow is the folder of a project not far below; "" for none. It looks at no
// more than a few thousand names.
func projectBelow(dir string) (found string) {
	const deepest, most = 4, 5000
	seen := 0
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		seen++
		switch {
		case err != nil:
			return nil //nolint:nilerr // what cannot be read is none of ours
		case seen > most:
			return filepath.SkipAll
		case entry.Name() == scenarios.ProjectName && !entry.IsDir():
			found = filepath.Dir(path)
			return filepath.SkipAll
		case entry.IsDir() && path != dir && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || strings.Count(path, string(filepath.Separator)) >= deepest):
			return filepath.SkipDir
		}
		return nil
	})
	return found
}

// validateProject checks a project and all that it names.
func validateProject(name string) (text string, bad error) {
	file, err := scenarios.LoadProject(name, readFile, sim.Vocabulary())
	if err != nil {
		return "", err
	}
	p := project{Project: file}
	names, err := p.scenarioNames()
	err = errors.Join(p.configPresent(), p.worldPresent(), err)
	if err != nil {
		return "", err
	}
	all, err := loadAll(names, p.World, nil)
	if err != nil {
		return "", err
	}
	var findings []string
	for _, s := range all {
		found, err := sim.Validate(s, []string{p.Config}, readFile, openFile)
		if err != nil {
			return "", fmt.Errorf("%s: %w", s.File, err)
		}
		for _, f := range found {
			if !slices.Contains(findings, f) {
				findings = append(findings, f)
			}
		}
	}
	text = fmt.Sprintf("%s: valid project (config %s, scenarios: %d)\n", name, p.Config, len(all))
	for _, f := range findings {
		text += fmt.Sprintf("%s: finding: %s\n", name, f)
	}
	return text, nil
}
