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

// grammar is testdata/junit.xsd in short: of each element the children, the needed
// attributes and others.
var grammar = map[string][3][]string{
	"":           {{"testsuites"}, nil, nil},
	"testsuites": {{"testsuite"}, nil, nil},
	"testsuite": {
		{"properties", "testcase", "system-out", "system-err"},
		{"id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "time"},
		{"skipped"},
	},
	"properties": {{"property"}, nil, nil},
	"property":   {nil, []string{"name", "value"}, nil},
	"testcase":   {{"failure", "error", "skipped"}, []string{"name", "classname", "time"}, nil},
	"failure":    {nil, []string{"type"}, []string{"message"}},
	"error":      {nil, []string{"type"}, []string{"message"}},
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
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(doc, &all))
	sums := map[string]int{}
	for _, s := range all.Suites {
		sums["testcase"] += s.Tests
		sums["failure"] += s.Failures
		sums["error"] += s.Errors
		sums["skipped"] += s.Skipped
	}
	for name, sum := range sums {
		require.Equal(t, counts[name], sum, name)
	}
	require.Positive(t, sums["testcase"])
}

// An invariant about the inside of a gateway that is not ours was not checked: it has
// not passed.
func TestWhatCannotBeSeenIsSkipped(t *testing.T) {
	run := synthetic.Run()
	unseen := map[int][]report.Invariant{0: {{Number: 7, Name: "a bulkhead holds", NotVisible: true}, {Number: 1, Name: "whole", Checked: 9}}}
	var b bytes.Buffer
	require.NoError(t, junit.Write(&b, report.Compute(run, unseen)))
	require.Regexp(t, `<testcase name="invariant 7: a bulkhead holds"[^>]*>\s*<skipped></skipped>`, b.String())
	require.NotRegexp(t, `<testcase name="invariant 1: whole"[^>]*>\s*<skipped>`, b.String())
	valid(t, b.Bytes())
}

func TestGatedMetricsThatCannotBeSeenAreSkipped(t *testing.T) {
	r := synthetic.Diff()
	row := &r.Scenarios[0].Rows[0]
	row.Gated, row.NotVisible, row.Verdict = false, true, ""
	var b bytes.Buffer
	require.NoError(t, junit.WriteDiff(&b, r))
	require.Regexp(t, `<testcase name="`+row.Metric+` within [^"]*" classname="outage"[^>]*>\s*<skipped></skipped>`, b.String())
	valid(t, b.Bytes())
}
