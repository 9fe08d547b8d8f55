package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/scenarios"
)

// starter is what init writes.
//
//go:embed starter
var starter embed.FS

// starterFiles are where in a repository the files of starter go.
var starterFiles = []struct{ from, to, about string }{
	{"world.yaml", "world.yaml", "your providers and your traffic"},
	{"router.yaml", "router.yaml", "the router's config, which is drilled"},
	{scenarios.ProjectName, scenarios.ProjectName, "which outages, how many seeds, what may become worse"},
	{"workflow.yml", ".github/workflows/routedrill.yml", "the gate in pull requests"},
}

const initHelp = `Write what a repository needs to drill its router's config: a world, a config, a
routedrill.yaml and a workflow for GitHub Actions.

They work at once, and are meant to be changed: put your own providers, routes and
traffic into the world, and your router's own settings into the config. Files that
are there already are kept, unless --force says otherwise; .gitignore gets results/.`

func initCommand(sys system) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use:     "init [DIR]",
		Short:   "Write a starter: world, config, routedrill.yaml and a CI workflow",
		Long:    initHelp,
		Example: "  routedrill init\n  routedrill init services/router",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return writeStarter(sys, dir, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there")
	return cmd
}

// writeStarter writes the files that are not there, or all of them, and says
// what to do next.
func writeStarter(sys system, dir string, force bool) error {
	var said bytes.Buffer
	for _, f := range starterFiles {
		// The workflow has to lie at the repository's root.
		root, data := dir, starterText(f.from)
		if f.from == "workflow.yml" {
			var err error
			if root, data, err = workflowFor(dir, data); err != nil {
				return err
			}
		}
		name := filepath.Join(root, filepath.FromSlash(f.to))
		word := "wrote"
		switch info, err := os.Lstat(name); {
		case err == nil && !info.Mode().IsRegular():
			return usage("init: %s is there and is no file", name)
		case err == nil && !force:
			word = "kept "
		case err != nil && !errors.Is(err, os.ErrNotExist):
			return usage("init: %w", err)
		}
		if word == "wrote" {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return usage("init: %w", err)
			}
			err := writeFile(filepath.Dir(name), filepath.Base(name), func(w io.Writer) error {
				_, err := w.Write(data)
				return err
			})
			if err != nil {
				return err
			}
		}
		fmt.Fprintf(&said, "%s %s: %s\n", word, filepath.ToSlash(name), f.about)
	}
	word, err := ignoreResults(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(&said, "%s %s: reports of runs stay out of git\n", word, filepath.ToSlash(filepath.Join(dir, gitignore)))
	said.WriteString("\nNext:\n")
	if dir != "." {
		fmt.Fprintf(&said, "  cd %s\n", quote(filepath.ToSlash(dir)))
	}
	if abs, err := filepath.Abs(dir); err == nil && !exists(filepath.Join(repositoryRoot(abs), ".git")) {
		said.WriteString("  git init -b main                   # diff compares with what is committed\n")
	}
	said.WriteString(initNext)
	if _, err := io.WriteString(sys.stdout, visible(said.String())); err != nil {
		return fmt.Errorf("cannot write: %w", err)
	}
	return nil
}

// gitignore is git's list, and resultsDir the --out that all examples and CI use.
const gitignore, resultsDir = ".gitignore", "results/"

// ignoreResults puts the folder of results on git's list, and says what that took.
func ignoreResults(dir string) (word string, err error) {
	name := filepath.Join(dir, gitignore)
	data, err := os.ReadFile(name) //nolint:gosec // the user names the folder
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", usage("init: %w", err)
	}
	word = "wrote"
	if err == nil {
		word = "added to"
	}
	for line := range strings.Lines(string(data)) {
		if strings.Trim(strings.TrimSpace(line), "/") == strings.Trim(resultsDir, "/") {
			return "kept ", nil
		}
	}
	text := string(data)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	err = writeFile(dir, gitignore, func(w io.Writer) error {
		_, err := io.WriteString(w, text+resultsDir+"\n")
		return err
	})
	return word, err
}

const initNext = `  routedrill run                     # the config in four real outages
  routedrill diff single-provider    # what it is good for, against no failover at all
  git add . && git commit -m "drill the router"    # first, or diff has no BASE
  routedrill diff                    # what you change from now on, against what is committed
Then put your own providers, routes and traffic into world.yaml (routedrill fit makes
one from a request log), and your router's settings into router.yaml.
`

func starterText(name string) []byte {
	data, err := starter.ReadFile("starter/" + name)
	if err != nil {
		panic("init: " + err.Error()) // it is embedded
	}
	return data
}

// actionRef is where in our repository the workflow finds the action: this program's own
// release, or, as a build of anything else has no tag, the main branch.
func actionRef() string {
	if info, ok := debug.ReadBuildInfo(); ok && released.MatchString(info.Main.Version) {
		return info.Main.Version
	}
	return "main"
}

// released is the version of a tagged release, not that of a commit in between.
var released = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)

// workflowFor returns where the workflow of a project belongs, the root of its
// repository, and its text.
func workflowFor(dir string, text []byte) (root string, data []byte, err error) {
	ref := actionRef()
	data = bytes.ReplaceAll(text, []byte("@VERSION"), []byte("@"+ref))
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, fmt.Errorf("init: %w", err)
	}
	top := repositoryRoot(abs)
	below, err := filepath.Rel(top, abs)
	if err != nil || below == "." {
		return dir, data, nil //nolint:nilerr // no way from there to here: it is no repository of ours
	}
	up, err := filepath.Rel(abs, top)
	if err != nil {
		return "", nil, fmt.Errorf("init: %w", err)
	}
	with := fmt.Sprintf("@%s\n        with:\n          directory: %q\n", ref, filepath.ToSlash(below))
	data = bytes.Replace(data, []byte("@"+ref+"\n"), []byte(with), 1)
	return filepath.Join(dir, up), data, nil
}
