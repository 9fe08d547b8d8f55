package html_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/html"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/sim/record"
)

func page(t *testing.T, run *record.Run) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, html.Write(&b, report.Compute(run, synthetic.Invariants(run, false)), timeline.Of(run)))
	return b.String()
}

var (
	elided = regexp.MustCompile(`(?s)(<style>).*?(</style>)|(<script[^>]*>).*?(</script>)`)
	drawn  = regexp.MustCompile(` d="[^"]*"`)
)

// skeleton leaves out the style, the scripts and the shapes.
func skeleton(text string) string {
	text = elided.ReplaceAllString(text, "$1$3…$2$4")
	return drawn.ReplaceAllString(text, ` d="…"`)
}

func TestGolden(t *testing.T) {
	golden.Equal(t, "page.html", []byte(skeleton(page(t, synthetic.Run()))), os.ReadFile, os.WriteFile)
	golden.Equal(t, "seeds.html", []byte(skeleton(page(t, synthetic.Seeds()))), os.ReadFile, os.WriteFile)
}

// Nothing is fetched: no address stands where a browser would load it.
func TestThePageNeedsNoNetwork(t *testing.T) {
	text := page(t, synthetic.Run())
	for _, m := range regexp.MustCompile(`(?i)(src=|href=|action=|url\()["']?([^"')\s>]*)`).FindAllStringSubmatch(text, -1) {
		if m[2] == "https://example.com/postmortem" {
			continue // the source, a link
		}
		require.Regexp(t, `^(#|data:,$|$)`, m[2], m[0])
	}
	require.NotContains(t, text, "@import")
}

// hostile are names that a page must show as they are.
var hostile = map[string]string{
	"markup":    `<script>alert(1)</script><img src=x onerror=alert(2)>`,
	"attribute": `" onmouseover="alert(3)`,
	"script":    `</script><script>alert(4)//`,
	"template":  "{{.Scenario}}${alert(5)}`",
	"RTL":       "\u202egnp.exe\u202c",
	"Arabic":    "مزود الخدمة",
	"long":      strings.Repeat("x", 200),
	"emoji":     "👩‍👩‍👧 provider ❤️",
	"control":   "a\x00b\x1b[2Jc\nd",
}

func TestHostileNamesAreText(t *testing.T) {
	for kind, evil := range hostile {
		t.Run(kind, func(t *testing.T) {
			run := synthetic.Run()
			run.Scenario, run.Summary, run.World, run.Source, run.Version = evil, evil, evil, "javascript:"+evil, evil
			run.Findings = []string{evil}
			run.Faults[0].ID, run.Faults[0].Scope = evil, evil
			for i := range run.Thresholds {
				run.Thresholds[i].Source = evil
			}
			for i := range run.Cells {
				c := &run.Cells[i]
				c.Policy += evil
				c.Tasks = []string{evil, evil + "2"}
				c.Providers = []string{evil, evil + "2"}
				for k := range c.Targets {
					c.Targets[k].Name = evil + "/" + evil
				}
				c.Endpoints, c.Reasons = []string{evil, evil}, []string{"ok", evil}
			}
			text := page(t, run)
			require.Equal(t, 2, strings.Count(text, "<script"), "the page's own: the data and the program")
			require.NotContains(t, text, "<img")
			require.NotContains(t, text, `href="javascript:`)
			require.NotContains(t, text, "ZgotmplZ")
			for _, banned := range []string{"\u202e", "\x00", "\x1b"} {
				require.NotContains(t, text, banned)
			}
			requireAttributesAre(t, text)
			if kind == "Arabic" || kind == "long" || kind == "emoji" {
				require.Contains(t, text, "<bdi>"+evil+"</bdi>")
			}
		})
	}
}

// requireAttributesAre requires that no tag has an attribute that the template
// does not write.
func requireAttributesAre(t *testing.T, text string) {
	t.Helper()
	for _, tag := range regexp.MustCompile(`<[a-z][a-z0-9]*((?:\s+[a-zA-Z:-]+(?:="[^"]*")?)*)\s*/?>`).FindAllStringSubmatch(text, -1) {
		for _, a := range regexp.MustCompile(`([a-zA-Z:-]+)(?:="[^"]*")?`).FindAllStringSubmatch(tag[1], -1) {
			require.NotRegexp(t, `(?i)^on`, a[1], tag[0])
		}
	}
}

// The page is well formed where it can be told: every tag that is opened is
// closed.
func TestTagsAreBalanced(t *testing.T) {
	text := elided.ReplaceAllString(page(t, synthetic.Seeds()), "")
	text = regexp.MustCompile(`<(meta|link|br)([^>]*)>`).ReplaceAllString(text, "<$1$2/>")
	text = regexp.MustCompile(` (hidden|open)([ >])`).ReplaceAllString(text, ` $1="$1"$2`)
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
		case xml.EndElement:
			require.NotEmpty(t, open)
			require.Equal(t, open[len(open)-1], e.Name.Local)
			open = open[:len(open)-1]
		}
	}
	require.Empty(t, open)
}

func TestWithoutTimelineThereAreTables(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, html.Write(&b, report.Compute(synthetic.Run(), nil), nil))
	require.NotContains(t, b.String(), `id="timelines"`)
	require.NotContains(t, b.String(), `id="requests"`)
	require.Contains(t, b.String(), `id="policies"`)
}

func TestEmptyResult(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, html.Write(&b, report.Compute(nil, nil), timeline.Of(&record.Run{})))
	require.Contains(t, b.String(), "inconclusive")
}

type full struct{}

var errDisk = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errDisk }

func TestWriterErrorIsReturned(t *testing.T) {
	require.ErrorIs(t, html.Write(full{}, report.Compute(nil, nil), nil), errDisk)
}
