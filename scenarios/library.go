package scenarios

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed library
var libraryFS embed.FS

const (
	libraryRoot = "library"
	worldGroup  = "worlds"
	presetGroup = "presets"

	scenarioGroups = "" // every other folder, and the top one
)

// groups are the folders of what can be named by itself.
var groups = map[string]string{"scenario": scenarioGroups, "world": worldGroup}

// Summary is one line of the library's table of contents.
type Summary struct {
	Name     string        // what to give to Load, or to Options.World
	Group    string        // its folder in the library; "" for the top one
	Summary  string        // its summary
	Duration time.Duration // 0 for a world and a preset
	Source   string        // where its facts come from
}

// libraryFiles lists the files of the library that belong to worlds, presets or
// scenarios, in the order of their paths.
func libraryFiles(of string) []string {
	var files []string
	// The file system is embedded: walking it does not fail.
	_ = fs.WalkDir(libraryFS, libraryRoot, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(file, ".yaml") && kindOf(file) == of {
			files = append(files, file)
		}
		return nil
	})
	return files
}

func group(file string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path.Dir(file), libraryRoot), "/")
}

// kindOf is worldGroup, presetGroup or scenarioGroups.
func kindOf(file string) string {
	if g := group(file); g == worldGroup || g == presetGroup {
		return g
	}
	return scenarioGroups
}

func libraryNames(of string) []string {
	files := libraryFiles(of)
	for i, file := range files {
		files[i] = baseName(file)
	}
	return files
}

// List returns the scenarios of the library, by group and name.
func List() []Summary { return summaries(scenarioGroups) }

// Worlds returns the worlds of the library, by name.
func Worlds() []Summary { return summaries(worldGroup) }

// Presets returns the presets a provider may start from, by name.
func Presets() []Summary { return summaries(presetGroup) }

func summaries(of string) []Summary {
	var out []Summary
	for _, file := range libraryFiles(of) {
		s := Summary{Name: baseName(file), Group: group(file)}
		if root, err := parseLibrary(file); err == nil {
			for key, dst := range map[string]*string{"summary": &s.Summary, "source": &s.Source} {
				if n := root.get(key); n != nil && n.kind == kindString {
					*dst = n.text
				}
			}
			if n := root.get("duration"); n != nil {
				s.Duration, _ = parseDuration(n.text) // the tests load every file
			}
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Summary) int { return strings.Compare(a.Group, b.Group) })
	return out
}

// Source returns the text of a library scenario, world or preset.
func Source(name string) ([]byte, error) {
	var all []string
	for _, of := range []string{scenarioGroups, worldGroup, presetGroup} {
		if file := libraryFile(name, of); file != "" {
			return libraryFS.ReadFile(file)
		}
		all = append(all, libraryNames(of)...)
	}
	return nil, &Error{Message: fmt.Sprintf("the library has no %.80q", name), Hint: didYouMean(name, all)}
}

// Expand returns the names a pattern stands for: the matching library
// scenarios for a glob with *, ? or [, the pattern itself otherwise, be it a
// path or a name. One of the form group/name picks from one folder of the
// library: conduct/* is all of that, and conduct/conduct-cut one of it. It fails
// for a name or glob that the library does not have.
func Expand(pattern string) ([]string, error) {
	glob := strings.ContainsAny(pattern, `*?[`)
	if isPath(pattern) {
		if names := inGroup(pattern); len(names) > 0 {
			return names, nil
		}
		return []string{pattern}, nil
	}
	names := libraryNames(scenarioGroups)
	if !glob {
		if !slices.Contains(names, pattern) {
			return nil, notFound(pattern, "scenario")
		}
		return []string{pattern}, nil
	}
	var out []string
	for _, name := range names {
		matched, err := path.Match(pattern, name)
		if err != nil {
			return nil, &Error{Message: fmt.Sprintf("%.80q is not a pattern: %v", pattern, err)}
		}
		if matched {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return nil, notFound(pattern, "scenario")
	}
	return out, nil
}

// inGroup returns the library scenarios that a glob of the form group/name
// matches.
func inGroup(pattern string) (names []string) {
	for _, file := range libraryFiles(scenarioGroups) {
		name := baseName(file)
		if matched, err := path.Match(pattern, group(file)+"/"+name); err == nil && matched {
			names = append(names, name)
		}
	}
	return names
}

func notFound(name, what string) error {
	return &Error{
		Message: fmt.Sprintf("the library has no %s %.80q", what, name),
		Hint:    cmp.Or(didYouMean(name, libraryNames(groups[what])), likely(name, libraryNames(groups[what]))),
	}
}

// likely names a few that have the word in them, or says where all of them are listed.
func likely(word string, names []string) string {
	const few = 6
	var some []string
	for _, name := range names {
		if word != "" && strings.Contains(name, strings.ToLower(word)) {
			some = append(some, name)
		}
	}
	switch {
	case len(some) == 0:
		return "'routedrill list' has them all"
	case len(some) > few:
		return fmt.Sprintf("such as %s; %d more have it in their names", strings.Join(some[:few], ", "), len(some)-few)
	}
	return "such as " + strings.Join(some, ", ")
}

func libraryFile(name, of string) string {
	for _, file := range libraryFiles(of) {
		if baseName(file) == name {
			return file
		}
	}
	return ""
}

func readLibrary(name, what string) (*node, error) {
	file := libraryFile(name, groups[what])
	if file == "" {
		return nil, notFound(name, what)
	}
	return parseLibrary(file)
}

func parseLibrary(file string) (*node, error) {
	data, err := libraryFS.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("scenarios: reading the library: %w", err)
	}
	return parse(data, &origin{file: file, base: true})
}
