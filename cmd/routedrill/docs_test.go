package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// documents are the texts whose examples are run: files come from YAML and CSV blocks
// marked `<!-- file: NAME -->`, commands from indented lines that start with
// `routedrill` or `go run ./cmd/routedrill`. Every command has to exit with 0.
var documents = []string{
	"README.md", "scenarios/README.md", "router/README.md", "report/README.md", "fakeproviders/README.md",
	"sim/fake/README.md", "scenarios/library/policies/README.md", ".github/CONTRIBUTING.md", "cmd/routedrill/README.md",
}

var (
	fileBlock   = regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n```(?:yaml|csv)\n(.*?)```")
	outputBlock = regexp.MustCompile("(?s)\n```\n(.*?)```\n") // of the document's first command
	commandLine = regexp.MustCompile(`(?m)^ {4}(?:routedrill|go run \./cmd/routedrill) (.*)$`)
)

func TestDocumentedExamples(t *testing.T) {
	commands := 0
	for _, name := range documents {
		text, err := os.ReadFile(filepath.Join("../..", name))
		require.NoError(t, err)
		root, err := filepath.Abs("../..")
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			for _, m := range fileBlock.FindAllStringSubmatch(string(text), -1) {
				require.NoError(t, os.WriteFile(m[1], []byte(m[2]), 0o600))
			}
			run := map[string]bool{}
			for _, m := range commandLine.FindAllStringSubmatch(string(text), -1) {
				line, _, _ := strings.Cut(m[1], "#")
				line, _, _ = strings.Cut(line, " > ")
				args := shellWords(line)
				if run[strings.Join(args, " ")] {
					continue // the document shows it twice
				}
				run[strings.Join(args, " ")] = true
				if slices.Contains(args, "--target") { // it needs a gateway, which is not there
					require.NoError(t, runCommand(system{getenv: os.Getenv}).ParseFlags(args[1:]), line)
					continue
				}
				if service(t, args) {
					commands++
					continue
				}
				var stdout, stderr bytes.Buffer
				code := execute(args, system{stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }})
				require.Zero(t, code, "routedrill %s\n%s%s", line, &stdout, &stderr)
				require.NotEmpty(t, stdout.String(), line)
				if slices.Contains(args, "--post-mortem") {
					requirePostMortem(t, root, stdout.Bytes())
				}
				if m := outputBlock.FindStringSubmatch(string(text)); m != nil && strings.Contains(line, "openai-2024-12-11") && commands == 0 {
					require.Contains(t, stdout.String(), m[1], "the output the document shows")
				}
				commands++
			}
		})
	}
	require.Greater(t, commands, 5, "the documents have lost their examples")
}

// requirePostMortem holds the post-mortem that the documents link against what the
// documented command wrote, or with -update writes it.
func requirePostMortem(t *testing.T, root string, got []byte) {
	t.Helper()
	name := filepath.Join(root, "router/incident/openai-2024-12-11.md")
	if *update {
		require.NoError(t, os.WriteFile(name, got, 0o644)) //nolint:gosec // a document
	}
	want, err := os.ReadFile(name) //nolint:gosec // the document's name is fixed
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run the test with -update to write it anew")
}

var shellWord = regexp.MustCompile(`'[^']*'|\S+`)

// shellWords splits a command as a shell would: what stands in single quotes is one
// word.
func shellWords(line string) []string {
	words := shellWord.FindAllString(line, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	return words
}

// services are the commands that run until they are stopped, with what makes
// them run beside others.
var services = map[string][]string{
	"serve": {"--listen", "127.0.0.1:0"},
	"fake":  {"--port", "0", "--admin", "127.0.0.1:0"},
}

// service starts a command that runs until it is stopped, and stops it once it
// has said that it is there. It reports false for any other command.
func service(t *testing.T, args []string) bool {
	t.Helper()
	more, is := services[args[0]]
	if !is {
		return false
	}
	for _, key := range []string{"OPENAI_API_KEY", "AZURE_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"} {
		t.Setenv(key, "sk-from-the-environment")
	}
	var stderr lockedBuffer
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- execute(append(args, more...), system{stdout: in, stderr: &stderr, getenv: os.Getenv})
		_ = in.Close()
	}()
	_, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "routedrill %s\n%s", strings.Join(args, " "), &stderr)
	go func() { _, _ = io.Copy(io.Discard, out) }() // what else it says
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	require.Zero(t, <-code, "routedrill %s\n%s", strings.Join(args, " "), &stderr)
	return true
}

// The examples in --help of every command are commands that exist.
func TestHelpExamplesParse(t *testing.T) {
	for _, command := range []*cobra.Command{runCommand(system{getenv: os.Getenv}), diffCommand(system{getenv: os.Getenv}), fakeCommand(system{getenv: os.Getenv})} {
		for _, example := range strings.Split(command.Example, "\n") {
			args := strings.Fields(strings.Split(example, " > ")[0])
			if args[0] == "curl" {
				continue
			}
			require.Equal(t, []string{"routedrill", command.Name()}, args[:2])
			require.NoError(t, command.ParseFlags(args[2:]), example)
		}
	}
}
