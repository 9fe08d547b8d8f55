package panel_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/panel"
)

var (
	panelAt = flag.String("panel", "", "URL of a panel to look at in place of one made up")
	shots   = flag.String("shots", "", "folder in which to leave a picture of every look at the page")
)

// looks are the ways in which the page is looked at.
var looks = []struct {
	name          string
	width, height int64
	scheme        string
}{
	{"wide-light", 1440, 1000, "light"},
	{"wide-dark", 1440, 1000, "dark"},
	{"narrow-light", 390, 844, "light"},
	{"narrow-dark", 390, 844, "dark"},
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
		t.Skip("no Chromium here: the panel is not looked at (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	said := make(chan string, 100)
	require.NoError(t, chromedp.Listen(ctx, func(e any) {
		text := ""
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			text = e.ExceptionDetails.Text
		case *runtime.EventConsoleAPICalled:
			text = "console." + e.Type.String()
		case *log.EventEntryAdded:
			text = e.Entry.Text
		}
		if text != "" && !strings.Contains(text, "favicon.ico") && !strings.Contains(text, "404") {
			select {
			case said <- text:
			default: // enough
			}
		}
	}))
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

// sees waits until an expression is true in the page.
func sees(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	ok := ask[bool](t, ctx, `new Promise(done => {
		const look = () => { if (`+expression+`) done(true); else setTimeout(look, 50); };
		setTimeout(() => done(false), 60000);
		look();
	})`)
	require.True(t, ok, "%s; the page says: %s", expression, ask[string](t, ctx, `document.body.innerText`))
}

// listening is a server for a panel, whose streams end with the test.
func listening(t *testing.T, p *panel.Panel) string {
	t.Helper()
	s := httptest.NewServer(p.Handler())
	t.Cleanup(func() {
		p.Close()
		s.Close()
	})
	return s.URL + "/panel"
}

// busy is a panel that has something of everything, hostile names among it.
func busy() *panel.Panel {
	now := time.Now()
	since, next, share := now.Add(-42*time.Second), now.Add(30*time.Second), 0.43
	f := facts{
		status: router.Status{
			Bulkheads: []router.BulkheadStatus{{Provider: "openai", InFlight: 7, MaxConcurrent: 40}},
			Budgets:   []router.BudgetStatus{{Name: "daily", Per: "day", State: "budget_soft", LimitUSD: 20, SpentUSD: 17.5, EndsAt: &next}},
			Queue:     &router.QueueStatus{Queued: 30, Running: 4, Done: 12},
			Targets: []router.TargetStatus{
				{Target: "openai/gpt-4.1", Endpoint: "chat", Region: "us-east", State: "open", Reason: "server_error", Since: &since, NextProbeAt: &next, Health: "down", Spans: full(0.5, 0.031, 214)},
				{Target: "openai/text-embedding-3-small", Endpoint: "embeddings", Region: "us-east", State: "half-open", Reason: "open_time_over", Since: &since, Probing: 1, Health: "down", Spans: full(0, 0.0004, 19)},
				{Target: "azure/gpt-4.1", Endpoint: "chat", State: "closed", Share: &share, Health: "healthy", Spans: full(0, 0.01, 300)},
				{Target: "azure/unused", State: "closed", Health: "healthy"},
			},
		},
		incidents: []incident.Incident{{
			ID: "20260102T030405Z-1", Provider: "openai", Phase: incident.Mitigated, Routes: []string{"smart"}, Targets: []string{"openai/gpt-4.1"},
			Endpoints: []string{"chat"}, Started: since, Counts: incident.Counts{Requests: 12, Elsewhere: 11, Failed: 1, FailedAttempts: 9, Reasons: map[string]int{"server_error": 9}},
		}},
	}
	p := f.panel()
	for _, name := range hostile {
		f.status.Targets = append(f.status.Targets, router.TargetStatus{Target: "azure/" + name, Endpoint: "chat", Region: name, State: "closed", Health: "healthy", Spans: full(0, 0, 40)})
		p.Request(served("azure/"+name, "openai/gpt-4.1", audit.ServerError, now))
		p.Breaker(audit.BreakerEvent{Target: "azure/" + name, Endpoint: "chat", At: now, To: audit.Open, Reason: "server_error"})
	}
	return p
}

// take leaves a picture, if pictures are wanted.
func take(t *testing.T, name string, picture func() ([]byte, error)) {
	t.Helper()
	if *shots == "" {
		return
	}
	data, err := picture()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(*shots, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(*shots, name+".png"), data, 0o644))
}

func TestBrowserLooks(t *testing.T) {
	ctx, complaints := browser(t)
	address := *panelAt
	if address == "" {
		address = listening(t, busy())
	}
	axe, err := os.ReadFile("../../report/render/html/testdata/node/node_modules/axe-core/axe.min.js")
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("no axe-core here: accessibility is not checked ('make page' installs it)")
	}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx,
				chromedp.EmulateViewport(look.width, look.height),
				command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
				}),
				chromedp.Navigate(address),
			))
			sees(t, ctx, `document.getElementById("live").textContent === "Live."`)
			require.Empty(t, complaints(), "the policy of the page lets nothing of it be blocked")
			require.Zero(t, ask[int](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`), "the page is wider than the screen")
			require.Zero(t, ask[int](t, ctx, `document.querySelectorAll("main script, main img, main iframe").length`))
			take(t, look.name, func() ([]byte, error) { return chromedp.Run(ctx, chromedp.FullScreenshot(100)) })
			if axe != nil {
				found := ask[[]string](t, ctx, string(axe)+`; axe.run().then(r => r.violations
					.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html + " " + n.failureSummary).join(" | ")))`)
				require.Empty(t, found)
			}
		})
	}
}
