package junit_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/junit"
)

func TestGolden(t *testing.T) {
	run := synthetic.Run()
	var b bytes.Buffer
	require.NoError(t, junit.Write(&b, report.Compute(run, synthetic.Invariants(run, true))))
	golden.Equal(t, "junit.xml", b.Bytes(), os.ReadFile, os.WriteFile)
	valid(t, b.Bytes())
	b.Reset()
	require.NoError(t, junit.WriteDiff(&b, synthetic.Diff()))
	golden.Equal(t, "diff.xml", b.Bytes(), os.ReadFile, os.WriteFile)
	valid(t, b.Bytes())
}

func TestNamesCannotLeaveTheirAttribute(t *testing.T) {
	run := synthetic.Run()
	run.Scenario, run.Cells[0].Policy = "a\"b<c&\x00d", "]]>\x1b[31m"
	var b bytes.Buffer
	require.NoError(t, junit.Write(&b, report.Compute(run, nil)))
	valid(t, b.Bytes())
}

// grammar is what the schema of Jenkins's xUnit plugin (junit-10.xsd, read at its
// commit 031e285e) lets stand in each element that is used here: children, needed
// attributes, others.
var grammar = map[string][3][]string{
	"":           {{"testsuites"}, nil, nil},
	"testsuites": {{"testsuite"}, nil, []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite": {{"testcase"}, []string{"name", "tests", "failures", "errors"}, []string{
		"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url",
	}},
	"testcase": {{"failure", "error", "skipped"}, []string{"name"}, []string{"classname", "time", "group"}},
	"failure":  {nil, nil, []string{"type", "message"}},
	"error":    {nil, nil, []string{"type", "message"}},
}

// valid requires that a document is well-formed, keeps the grammar, and counts
// itself right.
func valid(t *testing.T, doc []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(doc))
	path := []string{""}
	counts := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			require.Contains(t, grammar[path[len(path)-1]][0], name)
			counts[name]++
			has := map[string]bool{}
			for _, a := range e.Attr {
				has[a.Name.Local] = true
				require.True(t, slices.Contains(grammar[name][1], a.Name.Local) || slices.Contains(grammar[name][2], a.Name.Local), "%s.%s", name, a.Name.Local)
			}
			for _, needed := range grammar[name][1] {
				require.True(t, has[needed], "%s needs %s", name, needed)
			}
			path = append(path, name)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
	var all struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	require.NoError(t, xml.Unmarshal(doc, &all))
	require.Equal(t, counts["testcase"], all.Tests)
	require.Equal(t, counts["failure"], all.Failures)
	require.Equal(t, counts["error"], all.Errors)
	require.Positive(t, all.Tests)
}
