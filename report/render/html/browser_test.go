package html_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/html"
	renderjson "github.com/routedrill/routedrill/report/render/json"
	"github.com/routedrill/routedrill/report/timeline"
)

var (
	pageFile = flag.String("page", "", "a report.html to look at in place of one made up")
	shots    = flag.String("shots", "", "folder in which to leave a picture of every look at the page")
)

// looks are the ways in which a page is looked at.
var looks = []struct {
	name          string
	width, height int64
	scheme, media string
}{
	{"wide-light", 1440, 1000, "light", "screen"},
	{"wide-dark", 1440, 1000, "dark", "screen"},
	{"narrow-light", 390, 844, "light", "screen"},
	{"narrow-dark", 390, 844, "dark", "screen"},
	{"print", 1032, 700, "light", "print"},
}

// browser starts Chromium, and collects what it complains about. The test is
// skipped where there is none.
func browser(t *testing.T) (ctx context.Context, complaints func() []string) {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		t.Skip("no Chromium here: the page is not looked at (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	said := make(chan string, 100)
	listen := func(e any) {
		text := ""
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			text = e.ExceptionDetails.Text
		case *runtime.EventConsoleAPICalled:
			text = "console." + e.Type.String()
		case *log.EventEntryAdded:
			text = e.Entry.Text
		}
		if text != "" {
			select {
			case said <- text:
			default: // enough
			}
		}
	}
	require.NoError(t, chromedp.Listen(ctx, listen))
	require.NoError(t, chromedp.Do(ctx, command(log.Enable, cdp.Empty{})))
	return ctx, func() (list []string) {
		for len(said) > 0 {
			list = append(list, <-said)
		}
		return list
	}
}

// command is one of the protocol's own.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	return v
}

// written is a page to look at, as an address.
func written(t *testing.T) string {
	t.Helper()
	file := *pageFile
	if file == "" {
		run := synthetic.Seeds()
		var b bytes.Buffer
		require.NoError(t, html.Write(&b, report.Compute(run, synthetic.Invariants(run, true)), timeline.Of(run)))
		file = filepath.Join(t.TempDir(), "report.html")
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
	}
	file, err := filepath.Abs(file)
	require.NoError(t, err)
	return "file://" + file
}

func TestBrowserLooks(t *testing.T) {
	ctx, complaints := browser(t)
	address := written(t)
	axe, err := os.ReadFile("testdata/node/node_modules/axe-core/axe.min.js")
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("no axe-core here: accessibility is not checked ('make page' installs it)")
	}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx,
				chromedp.EmulateViewport(look.width, look.height),
				command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Media: look.media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
				}),
				chromedp.Navigate(address),
			))
			wide := ask[int](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
			require.Empty(t, complaints())
			require.Zero(t, wide, "the page is wider than the screen")
			if *shots != "" {
				require.NoError(t, os.MkdirAll(*shots, 0o755))
				picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(*shots, look.name+".png"), picture, 0o644))
			}
			if axe != nil && look.media == "screen" {
				requireAccessible(t, ctx, string(axe))
			}
		})
	}
}

// requireAccessible lets axe-core look at the page.
func requireAccessible(t *testing.T, ctx context.Context, axe string) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe+"; 0")))
	found := ask[[]string](t, ctx, `axe.run().then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html + " " + n.failureSummary).join(" | ")))`)
	require.Empty(t, found)
}

// Three numbers are read off the page, and each is that of result.json.
func TestBrowserShowsTheNumbersOfTheResult(t *testing.T) {
	ctx, _ := browser(t)
	run := synthetic.Run()
	result := report.Compute(run, synthetic.Invariants(run, false))
	var text, data bytes.Buffer
	require.NoError(t, html.Write(&text, result, timeline.Of(run)))
	require.NoError(t, renderjson.Write(&data, result))
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
	var stored struct {
		Cells []struct {
			Policy       string
			Availability float64
			Latency      map[string]float64 `json:"latency_ms"`
			Cost         float64            `json:"cost_per_1k_usd"`
		}
	}
	require.NoError(t, json.Unmarshal(data.Bytes(), &stored))
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("file://"+file)))
	shown := ask[map[string]map[string]string](t, ctx, `(() => { // by policy and column
		const table = document.querySelector("#policies table"), out = {};
		const names = [...table.tHead.rows[0].cells].map(c => c.innerText.trim());
		for (const row of table.tBodies[0].rows) {
			const own = out[row.cells[0].innerText.trim()] = {};
			[...row.cells].forEach((c, i) => own[names[i]] = [...c.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join("").trim());
		}
		return out;
	})()`)
	number := func(text, unit string) float64 {
		v, err := strconv.ParseFloat(strings.Trim(text, unit), 64)
		require.NoError(t, err, text)
		return v
	}
	require.Len(t, stored.Cells, 3)
	for _, c := range stored.Cells {
		own := shown[c.Policy]
		require.InDelta(t, 100*c.Availability, number(own["avail"], "%"), 0.01, "%s", c.Policy)
		require.InDelta(t, c.Latency["p95"]/1000, number(own["p95"], "s"), 0.005, "%s", c.Policy)
		require.InDelta(t, c.Cost, number(own["$/1k"], "$"), 0.0005, "%s", c.Policy)
	}
}

func TestBrowserSortsHidesAndReads(t *testing.T) {
	ctx, complaints := browser(t)
	run := synthetic.Run()
	var text bytes.Buffer
	require.NoError(t, html.Write(&text, report.Compute(run, nil), timeline.Of(run)))
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate("file://"+file)))
	do := func(script string) { ask[int](t, ctx, "(() => {"+script+"; return 0})()") }
	first := func() string { return ask[string](t, ctx, `document.querySelector("#policies tbody tr th").innerText`) }
	readout := func() string { return ask[string](t, ctx, `document.querySelector(".panel .readout").innerText`) }
	key := func(name string) {
		do(`document.querySelector(".panel .plots").dispatchEvent(new KeyboardEvent("keydown", {key: "` + name + `"}))`)
	}
	shown := func() int {
		return ask[int](t, ctx, `document.querySelectorAll("[data-policy='0']:not([hidden])").length`)
	}

	do(`document.querySelector("#policies thead th:nth-child(3) button").click()`)
	require.Equal(t, "single-provider", first(), "the lowest availability")
	do(`document.querySelector("#policies thead th:nth-child(3) button").click()`)
	require.Equal(t, "priority", first())

	key("Home")
	require.Contains(t, readout(), "00:00:00 UTC, 0s · 0.5 requests/s · 100.00% answered · openai 0.5/s · p50 ")
	key("ArrowRight")
	require.Contains(t, readout(), "00:00:30 UTC")
	do(`const b = document.querySelector(".panel .over").getBoundingClientRect();
		document.querySelector(".panel .plots").dispatchEvent(new PointerEvent("pointermove", {clientX: b.left + b.width * 0.351, clientY: b.top + 5}))`)
	require.Contains(t, readout(), ", 7m · 0.5 requests/s · 0.00% answered · p50 –", "in the middle of the outage")

	require.Positive(t, shown())
	do(`document.querySelector("[data-toggle='0']").click()`)
	require.Zero(t, shown())
	require.Equal(t, "priority,round-robin", ask[string](t, ctx, `[...document.querySelectorAll(".panel:not([hidden]) .who")].map(e => e.innerText).join()`))
	require.Empty(t, complaints())
}

// TestBrowserPicture takes the pictures of the README: the timelines of a page, in a
// light and in a dark scheme.
func TestBrowserPicture(t *testing.T) {
	if *pageFile == "" || *shots == "" {
		t.Skip("pictures need -page and -shots: see 'make pictures'")
	}
	ctx, _ := browser(t)
	for _, scheme := range []string{"light", "dark"} {
		require.NoError(t, chromedp.Do(ctx,
			chromedp.EmulateViewport(1240, 1110),
			command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			}),
			chromedp.Navigate(written(t)),
			chromedp.Evaluate[chromedp.Void](`document.getElementById("timelines").scrollIntoView()`),
		))
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(*shots, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(*shots, "report-"+scheme+".png"), picture, 0o644))
	}
}
