package table_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/report/timeline"
)

func TestTimelineGolden(t *testing.T) {
	run := synthetic.Run()
	result, series := report.Compute(run, synthetic.Invariants(run, false)), timeline.Of(run)
	tests := []struct {
		name    string
		options table.Options
	}{
		{"timeline-80.txt", table.Options{}},
		{"timeline-120.txt", table.Options{Width: 120}},
		{"timeline-80-ascii.txt", table.Options{ASCII: true}},
		{"plain-80.txt", table.Options{Plain: true, Color: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Timeline = series
			text := render(t, result, tt.options)
			requireFits(t, text, max(tt.options.Width, table.DefaultWidth))
			golden.Equal(t, tt.name, []byte(text), os.ReadFile, os.WriteFile)
			if tt.options.ASCII || tt.options.Plain {
				for _, r := range text {
					require.Less(t, r, rune(128), "%q in %s", r, text)
				}
			}
		})
	}
}

// stepped is two policies over ten columns: one loses everything in columns 3 to 5
// and a tenth in column 8, the other moves from a to b and back.
func stepped() (*report.Result, *timeline.Timeline) {
	minutes := func(n int) report.Seconds { return report.Seconds(time.Duration(n) * time.Minute) }
	none := timeline.Values{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	all := []int{10, 10, 10, 10, 10, 10, 10, 10, 10, 0}
	series := &timeline.Timeline{Version: 1, Bucket: minutes(1), End: minutes(10), Cells: []timeline.Cell{
		{
			Policy: "lossy", Requests: all, Answered: []int{10, 10, 10, 0, 0, 0, 10, 10, 9, 0}, P50: none, P95: none, TTFTP95: none, Spend: none,
			Served: []timeline.Served{{Provider: "a", Answers: []int{10, 10, 10, 0, 0, 0, 10, 10, 9, 0}}},
		},
		{
			Policy: "moves", Requests: all, Answered: all, P50: none, P95: none, TTFTP95: none, Spend: none,
			Served: []timeline.Served{
				{Provider: "a", Answers: []int{10, 10, 10, 5, 0, 0, 10, 10, 10, 0}}, {Provider: "b", Answers: []int{0, 0, 0, 5, 10, 10, 0, 0, 0, 0}},
			},
		},
	}}
	result := &report.Result{Scenario: "s", Seeds: []uint64{1}, Faults: []report.FaultInfo{
		{ID: "once", Start: minutes(3), End: minutes(6)},
		{ID: "again", Start: minutes(1), End: minutes(2), Every: minutes(4)},
	}}
	return result, series
}

// drawn returns the glyphs behind a name, the nth time it stands at the start of a
// line.
func drawn(t *testing.T, text, name string, nth int) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name+" ") {
			if nth--; nth < 0 {
				line = strings.TrimRight(line, "\n") + strings.Repeat(" ", 24)
				return string([]rune(line)[12:22])
			}
		}
	}
	require.Fail(t, "no such line", "%s in %s", name, text)
	return ""
}

func TestAStepOfTheSeriesIsAStepOfTheDrawing(t *testing.T) {
	result, series := stepped()
	text := render(t, result, table.Options{Timeline: series, ASCII: true})
	require.Equal(t, "...===....", drawn(t, text, "once", 0))
	require.Equal(t, ".=...=...=", drawn(t, text, "again", 0))
	require.Equal(t, "###___##9 ", drawn(t, text, "  answered", 0))
	require.Equal(t, "######### ", drawn(t, text, "  answered", 1))
	require.Equal(t, "###5__### ", drawn(t, text, "  a", 1))
	require.Equal(t, "___5##___ ", drawn(t, text, "  b", 0))
	text = render(t, result, table.Options{Timeline: series})
	require.Equal(t, "███···██▇ ", drawn(t, text, "  answered", 0))
	require.Equal(t, "───━━━────", drawn(t, text, "once", 0))
}

func TestTimelineInWords(t *testing.T) {
	result, series := stepped()
	text := render(t, result, table.Options{Timeline: series, Plain: true})
	require.Contains(t, text, `lossy:
  from 0s: 99% or more answered, by a
  from 3m00s: none answered
  from 6m00s: 99% or more answered, by a
  from 8m00s: about 90% answered, by a
moves:
  from 0s: 99% or more answered, by a
  from 3m00s: 99% or more answered, by a, b
  from 4m00s: 99% or more answered, by b
  from 6m00s: 99% or more answered, by a
`)
}
