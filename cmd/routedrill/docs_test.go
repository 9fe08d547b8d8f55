package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documents are the texts whose examples are run: files come from YAML and CSV blocks
// marked `<!-- file: NAME -->`, commands from indented lines that start with
// `routedrill` or `go run ./cmd/routedrill`. Every command has to exit with 0.
var documents = []string{
	"README.md", "scenarios/README.md", "router/README.md", "report/README.md", "fakeproviders/README.md",
	".github/CONTRIBUTING.md",
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
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, m := range fileBlock.FindAllStringSubmatch(string(text), -1) {
				require.NoError(t, os.WriteFile(m[1], []byte(m[2]), 0o600))
			}
			for _, m := range commandLine.FindAllStringSubmatch(string(text), -1) {
				line, _, _ := strings.Cut(m[1], "#")
				var stdout, stderr bytes.Buffer
				code := execute(strings.Fields(line), system{stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }})
				require.Zero(t, code, "routedrill %s\n%s%s", line, &stdout, &stderr)
				require.NotEmpty(t, stdout.String(), line)
				if m := outputBlock.FindStringSubmatch(string(text)); m != nil && strings.Contains(line, "openai-2024-12-11") && commands == 0 {
					require.Contains(t, stdout.String(), m[1], "the output the document shows")
				}
				commands++
			}
		})
	}
	require.Greater(t, commands, 5, "the documents have lost their examples")
}

// The examples in --help of every command are commands that exist.
func TestHelpExamplesParse(t *testing.T) {
	for _, example := range strings.Split(runExample, "\n") {
		args := strings.Fields(example)
		require.Equal(t, []string{"routedrill", "run"}, args[:2])
		cmd := runCommand(system{getenv: os.Getenv})
		require.NoError(t, cmd.ParseFlags(args[2:]), example)
	}
}
