package table_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/sim/record"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9]+m")

func render(t *testing.T, r *report.Result, o table.Options) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, table.Write(&b, r, o))
	return b.String()
}

func requireFits(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimRight(ansi.ReplaceAllString(line, ""), "\n")
		require.LessOrEqual(t, twwidth.WidthWithOptions(line, twwidth.Options{}), width, "%q", line)
		require.Equal(t, strings.TrimRight(line, " "), line, "blanks at the end of a line")
	}
}

func TestGolden(t *testing.T) {
	one, seeds := synthetic.Run(), synthetic.Seeds()
	tests := []struct {
		name    string
		run     *record.Run
		broken  bool
		options table.Options
	}{
		{"width-80.txt", one, false, table.Options{}},
		{"width-120.txt", one, true, table.Options{Width: 120}},
		{"width-80-color-ascii.txt", one, true, table.Options{Width: 80, Color: true, ASCII: true}},
		{"seeds-80.txt", seeds, false, table.Options{Width: 80}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := render(t, report.Compute(tt.run, synthetic.Invariants(tt.run, tt.broken)), tt.options)
			requireFits(t, text, max(tt.options.Width, table.DefaultWidth))
			golden.Equal(t, tt.name, []byte(text), os.ReadFile, os.WriteFile)
		})
	}
}

// strange gives a run names of every awkward kind.
func strange() *report.Result {
	run := synthetic.Run()
	names := []string{
		"\x1b[2J\x1b]0;owned\x07policy\nwith a second line",
		"日本語のとても長いポリシー名日本語のとても長い",
		strings.Repeat("long-", 30),
	}
	for i := range run.Cells {
		run.Cells[i].Policy = names[i]
		run.Cells[i].Providers = []string{"👩‍👩‍👧 emoji provider with many words in its name", strings.Repeat("x", 90)}
	}
	for i := range run.Cells {
		run.Cells[i].Targets[0].Name = "together-us-east/meta-llama/Llama-3.3-70B-Instruct-Turbo"
	}
	run.Summary = strings.Repeat("a summary of many words ", 20)
	run.Scenario = "\u202etxt.exe"
	run.Findings = []string{strings.Repeat("word", 60)}
	run.Thresholds[0].Source = strings.Repeat("availability ", 12)
	return report.Compute(run, synthetic.Invariants(run, true))
}

func TestEveryWidthIsKept(t *testing.T) {
	result := strange()
	for _, width := range []int{1, 40, 60, 79, 80, 81, 100, 120, 200, 400} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			text := render(t, result, table.Options{Width: width, Color: width%2 == 0})
			requireFits(t, text, max(width, table.MinWidth, 42)) // 42: the longest word of the replay command, indented
		})
	}
}

// What failed, and how often, stands in one row with whose failure it was.
func TestFailuresAtTargetsWithLongNames(t *testing.T) {
	const long = "together-us-east/meta-llama/Llama-3.3-70B-Instruct-Turbo-Free"
	result := &report.Result{Cells: []report.Cell{{Policy: strings.Repeat("p", 20), Part: report.Part{Traffic: new(report.Traffic)}, Endings: []report.Ending{
		{Target: "openai/gpt-4.1", Reason: "connection_refused", Attempts: 7},
		{Target: long, Reason: "connection_refused", Attempts: 123_456},
	}}}}
	text := render(t, result, table.Options{})
	requireFits(t, text, table.DefaultWidth)
	require.Equal(t, 1, strings.Count(text, "seen by"), text)
	require.Regexp(t, `(?m)^p+  together-us-east/\S* +connection_refused +123456$`, text)
	var name string // the name's parts, one below the other
	for line := range strings.Lines(text) {
		if strings.Contains(line, "together") || name != "" && strings.HasPrefix(line, " ") {
			name += strings.Fields(strings.TrimLeft(line, "p"))[0]
		}
	}
	require.Equal(t, long, name, text)
	text = render(t, result, table.Options{Width: 130})
	require.Contains(t, text, long, "nothing is broken where there is room")
}

func TestNothingControlsTheTerminal(t *testing.T) {
	text := render(t, strange(), table.Options{Color: true})
	plain := ansi.ReplaceAllString(text, "")
	require.NotContains(t, plain, "\x1b")
	require.NotContains(t, plain, "\x07")
	require.NotContains(t, plain, "\u202e")
	require.Contains(t, plain, "?[2J?]0;owned?policy?wit")
	require.NotContains(t, render(t, strange(), table.Options{}), "\x1b")
}

func TestColorIsOnlyPaint(t *testing.T) {
	result := report.Compute(synthetic.Run(), nil)
	plain, painted := render(t, result, table.Options{}), render(t, result, table.Options{Color: true})
	require.NotEqual(t, plain, painted)
	require.Equal(t, plain, ansi.ReplaceAllString(painted, ""))
}

func TestWideTablesAreNotSplit(t *testing.T) {
	result := report.Compute(synthetic.Run(), nil)
	require.Equal(t, 2, strings.Count(render(t, result, table.Options{Width: 80}), "\nphase ")/len(result.Cells))
	require.Equal(t, 1, strings.Count(render(t, result, table.Options{Width: 120}), "\nphase ")/len(result.Cells))
}

func TestReplayCommandCanBeCopied(t *testing.T) {
	result := report.Compute(&record.Run{
		Replay: "routedrill run x.yaml --set 'a.b=some words that must stay together' --policy one --policy two",
	}, nil)
	text := render(t, result, table.Options{Width: 60})
	_, command, found := strings.Cut(text, "replay: ")
	require.True(t, found)
	require.Equal(t, "routedrill run x.yaml --set \\\n"+
		"    'a.b=some words that must stay together' --policy one \\\n    --policy two\n", command)
}

func TestEmptyResult(t *testing.T) {
	text := render(t, report.Compute(nil, nil), table.Options{})
	require.Contains(t, text, "verdict: inconclusive")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errDisk }

var errDisk = errors.New("disk full")

func TestWriterErrorIsReturned(t *testing.T) {
	require.ErrorIs(t, table.Write(full{}, report.Compute(nil, nil), table.Options{}), errDisk)
}
