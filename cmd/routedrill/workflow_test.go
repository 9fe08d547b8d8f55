package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/require"
)

const actionDir = "../../.github/actions/routedrill"

// lint holds a workflow against actionlint, in a repository that has our action.
func lint(t *testing.T, workflow string) []string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"action.yml", "gate.sh", "comment.sh"} {
		data, err := os.ReadFile(filepath.Join(actionDir, name))
		require.NoError(t, err)
		to := filepath.Join(dir, ".github/actions/routedrill", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, os.WriteFile(to, data, 0o600))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".git"), 0o755))
	file := filepath.Join(dir, ".github/workflows/routedrill.yml")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(workflow), 0o600))
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: dir})
	require.NoError(t, err)
	found, err := linter.LintFile(file, nil)
	require.NoError(t, err)
	var out []string
	for _, e := range found {
		out = append(out, fmt.Sprintf("%d: %s", e.Line, e.Message))
	}
	return out
}

const oursAtHome = "./.github/actions/routedrill"

func TestWorkflowsAreValid(t *testing.T) {
	_, made, err := workflowFor(".", starterText("workflow.yml"))
	require.NoError(t, err)
	local := strings.Replace(string(made), "routedrill/routedrill/.github/actions/routedrill@main", oursAtHome, 1)
	require.NotEqual(t, string(made), local)
	action, err := os.ReadFile(filepath.Join(actionDir, "action.yml"))
	require.NoError(t, err)
	_, steps, found := strings.Cut(string(action), "\n  steps:\n")
	require.True(t, found)
	// The steps of an action stand in it as in a job, and its inputs are those of a
	// workflow that others call.
	inside := "on:\n  workflow_call:\n    inputs:\n"
	for _, name := range []string{"directory", "base", "args", "inconclusive", "comment", "token"} {
		require.Contains(t, string(action), "\n  "+name+":\n")
		inside += "      " + name + ": {type: string}\n"
	}
	inside += "jobs:\n  action:\n    runs-on: ubuntu-latest\n    steps:\n"
	for line := range strings.Lines(steps) {
		inside += "  " + line
	}
	inside = strings.ReplaceAll(inside, "github.action_path", "github.workspace") // known inside of an action only
	for name, workflow := range map[string]string{"generated": string(made), "with the action at hand": local, "the action's steps": inside} {
		require.Empty(t, lint(t, workflow), name)
	}
	for _, name := range []string{"ci.yml", "nightly.yml"} {
		data, err := os.ReadFile("../../.github/workflows/" + name)
		require.NoError(t, err)
		require.Empty(t, lint(t, string(data)), name)
	}
	// The linter does look.
	require.NotEmpty(t, lint(t, strings.Replace(local, "uses: "+oursAtHome, "uses: "+oursAtHome+"\n        with: {directry: x}", 1)))
	require.NotEmpty(t, lint(t, strings.Replace(inside, "steps.gate.outputs", "steps.gte.outputs", 1)))
}

// tools skips a test where a tool of GitHub's runners is not there.
func tools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

// comments is as much of GitHub as comment.sh meets.
type comments struct {
	list      []comment
	forbidden string // a method that is answered with 403
	calls     []string
}

type comment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User struct {
		Type string `json:"type"`
	} `json:"user"`
}

func (c *comments) add(kind, body string) {
	next := comment{ID: len(c.list) + 1, Body: body}
	next.User.Type = kind
	c.list = append(c.list, next)
}

func (c *comments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.calls = append(c.calls, r.Method)
	var sent struct{ Body string }
	_ = json.NewDecoder(r.Body).Decode(&sent)
	switch {
	case r.Header.Get("Authorization") != "Bearer the-token":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == c.forbidden:
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message": "Resource not accessible by integration"}`)
	case len(sent.Body) > 65536:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case r.Method == http.MethodGet:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		from := min((page-1)*100, len(c.list))
		_ = json.NewEncoder(w).Encode(append([]comment{}, c.list[from:min(from+100, len(c.list))]...))
	case r.Method == http.MethodPost && r.URL.Path == "/repos/us/router/issues/7/comments":
		c.add("Bot", sent.Body)
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPatch:
		id, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/repos/us/router/issues/comments/"))
		c.list[id-1].Body = sent.Body
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestCommentIsUpdatedInPlace(t *testing.T) {
	tools(t, "bash", "curl", "jq")
	const mark, other = "<!-- routedrill diff . -->", "<!-- routedrill diff services/a -->"
	tests := []struct {
		name string
		hub  func(c *comments)
		want []string // methods
		at   int      // index of the comment with the report; -1 is none
		says string
	}{
		{"the first", func(*comments) {}, []string{"GET", "POST"}, 0, "There is a comment now."},
		{"ours is there", func(c *comments) { c.add("User", "hi"); c.add("Bot", mark+"\nold") }, []string{"GET", "PATCH"}, 1, "The comment 2 is up to date."},
		{"of another project", func(c *comments) { c.add("Bot", other+"\nold") }, []string{"GET", "POST"}, 1, "now"},
		{"somebody repeats the mark", func(c *comments) { c.add("User", mark+"\nmine") }, []string{"GET", "POST"}, 1, "now"},
		{"on a later page", func(c *comments) {
			for range 150 {
				c.add("User", "hi")
			}
			c.add("Bot", mark+"\nold")
		}, []string{"GET", "GET", "PATCH"}, 150, "151 is up to date"},
		{"a fork's token may read only", func(c *comments) { c.forbidden = "POST" }, []string{"GET", "POST"}, -1, "::notice title=Routedrill::no comment was written"},
		{"nor change", func(c *comments) { c.add("Bot", mark+"\nold"); c.forbidden = "PATCH" }, []string{"GET", "PATCH"}, -1, "::notice"},
		{"nor read", func(c *comments) { c.forbidden = "GET" }, []string{"GET"}, -1, "::notice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hub := new(comments)
			tt.hub(hub)
			server := httptest.NewServer(hub)
			defer server.Close()
			report := filepath.Join(t.TempDir(), "diff.md")
			text := "# Routedrill: worse \"quoted\" \\ `code` ü\n" + strings.Repeat("x", 50_000) + "\n"
			require.NoError(t, os.WriteFile(report, []byte("<!-- routedrill diff -->\n"+text), 0o600))
			cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(actionDir, "comment.sh"))
			cmd.Env = append(os.Environ(), "REPORT="+report, "TOKEN=the-token", "PULL_REQUEST=7", "DIRECTORY=.",
				"GITHUB_REPOSITORY=us/router", "GITHUB_API_URL="+server.URL, "no_proxy=127.0.0.1")
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			require.NoError(t, cmd.Run(), out.String())
			require.Equal(t, tt.want, hub.calls)
			require.Contains(t, out.String(), tt.says)
			require.NotContains(t, out.String(), "the-token")
			for i, c := range hub.list {
				require.Equal(t, i == tt.at, c.Body == mark+"\n"+text, "comment %d", c.ID)
			}
		})
	}
}

// TestSnippetsForOtherCI runs the commands of the snippets for GitLab and Jenkins, but
// for the download of the program, in a clone as such a runner has it.
func TestSnippetsForOtherCI(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	tools(t, "git", "sh")
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	bin := filepath.Dir(build(t))
	origin := t.TempDir()
	git := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", origin, "-c", "user.name=n", "-c", "user.email=e@example.org"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.TrimSpace(string(out))
	}
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(origin, name), []byte(text), 0o600))
	}
	git("init", "-q", "-b", "main")
	write("routedrill.yaml", "version: 1\nconfig: router.yaml\nscenarios: [drill.yaml]\n")
	write("drill.yaml", "version: 1\nduration: 1m\nworld: three-providers\ntimeline: [{at: 10s, for: 40s, provider: openai, fault: {kind: refuse}}]\n")
	write("router.yaml", "version: 1\npolicy: {strategy: priority}\n")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("checkout", "-q", "-b", "change")
	write("router.yaml", "version: 1\npolicy: {strategy: priority}\nresilience: {max_attempts: 1}\n")
	git("commit", "-q", "-a", "-m", "second")
	for name, start := range map[string]string{"gitlab": "- ", "jenkins": "sh '"} {
		_, snippet, found := strings.Cut(string(text), "<!-- ci: "+name+" -->\n")
		require.True(t, found)
		snippet, _, _ = strings.Cut(snippet, "\n```\n")
		clone := t.TempDir()
		git("clone", "-q", "--branch", "change", "file://"+origin, clone)
		code := -1
		for line := range strings.Lines(snippet) {
			command, found := strings.CutPrefix(strings.TrimSpace(line), start)
			command = strings.TrimSuffix(command, "'")
			if !found || !strings.HasPrefix(command, "git ") && !strings.HasPrefix(command, "routedrill ") {
				continue
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
			cmd.Dir = clone
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "XDG_CACHE_HOME="+t.TempDir(),
				"CI_MERGE_REQUEST_DIFF_BASE_SHA="+git("rev-parse", "main"), "CHANGE_TARGET=main")
			out, _ := cmd.CombinedOutput()
			code = cmd.ProcessState.ExitCode()
			if strings.HasPrefix(command, "git ") {
				require.Zero(t, code, string(out))
			} else {
				require.Equal(t, codeCrossed, code, string(out))
			}
		}
		require.Equal(t, codeCrossed, code, "%s has lost its comparison", name)
		require.FileExists(t, filepath.Join(clone, "results/junit.xml"))
	}
}
