package junit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// xsd validates documents against testdata/junit.xsd with a validator that is not
// ours, xmllint or the JDK's, and returns what it says of each that is not valid.
// It reports false where neither is there.
func xsd(t *testing.T, files ...string) (problems map[string]string, ok bool) {
	t.Helper()
	problems = map[string]string{}
	const schema = "testdata/junit.xsd"
	if lint, err := exec.LookPath("xmllint"); err == nil {
		for _, name := range files {
			if out, err := exec.CommandContext(t.Context(), lint, "--noout", "--schema", schema, name).CombinedOutput(); err != nil {
				problems[name] = string(out)
			}
		}
		return problems, true
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, false
	}
	out, err := exec.CommandContext(t.Context(), java, append([]string{"testdata/Validate.java", schema}, files...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	said := 0
	for line := range strings.Lines(string(out)) {
		verdict, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, why, _ := strings.Cut(rest, ": ")
		if verdict == "invalid" {
			problems[name] = why
		}
		said++
	}
	require.Equal(t, len(files), said, "%s", out)
	return problems, true
}

// TestDocumentsKeepTheSchema holds every JUnit document among the golden files
// against the common schema, and the schema against documents that break it.
func TestDocumentsKeepTheSchema(t *testing.T) {
	good, err := filepath.Glob("testdata/*.xml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(good), 2)
	doc, err := os.ReadFile("testdata/junit.xml")
	require.NoError(t, err)
	dir := t.TempDir()
	var bad []string
	for _, tt := range []struct{ name, from, to string }{
		{"an attribute of the whole", "<testsuites>", `<testsuites name="all">`},
		{"a suite without its count", ` tests="1"`, ""},
		{"a suite without a timestamp", ` timestamp="2025-01-01T00:00:00"`, ""},
		{"a timestamp with a zone", `timestamp="2025-01-01T00:00:00"`, `timestamp="2025-01-01T00:00:00Z"`},
		{"a case without a class", ` classname="two-outages"`, ""},
		{"a time in words", ` time="0"`, ` time="long"`},
		{"a failure without its type", ` type="threshold"`, ""},
		{"an element of our own", "<system-out>", "<output></output><system-out>"},
		{"two suites of one id", `id="1"`, `id="0"`},
	} {
		require.Contains(t, string(doc), tt.from, tt.name)
		name := filepath.Join(dir, strings.ReplaceAll(tt.name, " ", "-")+".xml")
		require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(doc), tt.from, tt.to, 1)), 0o600))
		bad = append(bad, name)
	}
	problems, ok := xsd(t, append(good, bad...)...)
	if !ok {
		t.Skip("neither xmllint nor java is here; TestGolden checks the same rules by itself")
	}
	for _, name := range good {
		require.Empty(t, problems[name], name)
	}
	for _, name := range bad {
		require.NotEmpty(t, problems[name], filepath.Base(name))
	}
}
