package prometheus

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of README.md")

var rows = regexp.MustCompile(`(?m)^\| metric \| type \| labels \| what \|\n(\|.*\n)+`)

// TestReadme: the table of metrics is that of README.md. With -update it is written.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, s := range table {
		labels := strings.ReplaceAll("`"+strings.Join(s.names(), "`, `")+"`", "``", "")
		b.WriteString("| `" + s.name + "` | " + string(s.kind) + " | " + labels + " | " + s.help + " |\n")
	}
	want := rows.ReplaceAllLiteralString(string(data), b.String())
	require.Contains(t, want, b.String())
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(data), "go test ./router/adapters/prometheus -update writes the table")
}

// TestTable holds the table against what is registered, and against the conventions
// for names.
func TestTable(t *testing.T) {
	registered := map[string]bool{}
	for _, s := range table {
		require.False(t, registered[s.name], "%s stands twice", s.name)
		registered[s.name] = true
		require.Equal(t, s.kind == counter, strings.HasSuffix(s.name, "_total"), s.name)
		require.Regexp(t, `^routedrill_[a-z_]+$`, s.name)
		require.True(t, strings.HasSuffix(s.help, "."), s.name)
		if s.kind == histogram {
			require.True(t, strings.HasSuffix(s.name, "_seconds"), s.name)
		}
	}
	descs := make(chan *prometheus.Desc, 1000)
	New(Sources{}).registry.Describe(descs)
	close(descs)
	var found []string
	name := regexp.MustCompile(`fqName: "(routedrill_[a-z_]+)"`)
	for d := range descs {
		if m := name.FindStringSubmatch(d.String()); m != nil {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	require.Equal(t, Names(), found)
}
