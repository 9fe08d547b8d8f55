package panel_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/panel"
)

// outage is a router before fakes of two providers, and its panel.
type outage struct {
	first *fakeproviders.Provider // fails and recovers
	page  string
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	var o outage
	c := router.Config{Resilience: router.DefaultResilience(), Routes: []router.Route{{Name: "smart", Targets: []string{"openai/gpt-4.1", "azure/gpt-4.1"}}}}
	c.Resilience.Breaker.OpenFor, c.Resilience.Breaker.MaxOpenFor = 2*time.Second, 2*time.Second
	ttft, err := latency.LogNormal(40e6, 90e6) // ns
	require.NoError(t, err)
	itl, err := latency.LogNormal(1e6, 2e6)
	require.NoError(t, err)
	for _, name := range []string{"openai", "azure"} {
		p, err := fakeproviders.New(fakeproviders.Config{Name: name, Seed: 1, Models: []fakeproviders.Model{{
			Name: "gpt-4.1", TTFT: ttft, ITL: itl,
		}}})
		require.NoError(t, err)
		if o.first == nil {
			o.first = p
		}
		server := httptest.NewServer(p)
		t.Cleanup(server.Close)
		c.Providers = append(c.Providers, router.Provider{
			Name: name, BaseURL: server.URL + "/v1", APIKey: "k", Region: "us-east",
			Models: []router.Model{{Name: "gpt-4.1", Price: router.Price{InputNano: 2000, OutputNano: 8000}}},
		})
	}
	tracker, err := incident.New(incident.Config{Routes: []incident.Route{{Name: "smart", Targets: c.Routes[0].Targets}}})
	require.NoError(t, err)
	var r *router.Router
	p := panel.New(panel.Config{
		Status: func() router.Status { return r.Status() }, Spending: func() router.Spending { return r.Spending() }, Incidents: tracker.Incidents,
	})
	r, err = router.New(c, router.WithAudit(audit.Sinks{tracker, p}))
	require.NoError(t, err)
	t.Cleanup(r.Close)
	o.page = listening(t, p)

	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	load.Go(func() {
		for ctx.Err() == nil {
			load.Go(func() {
				r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/v1/chat/completions",
					strings.NewReader(`{"model":"smart","stream":true,"max_tokens":40,"messages":[{"role":"user","content":"hello"}]}`)))
			})
			time.Sleep(30 * time.Millisecond)
		}
	})
	t.Cleanup(func() {
		stop()
		load.Wait()
	})
	return &o
}

// fail makes the first provider fail, until it is told to recover.
func (o *outage) fail(t *testing.T) {
	t.Helper()
	f, err := fault.New("status", fault.Values{"status": {Num: 503}})
	require.NoError(t, err)
	require.NoError(t, o.first.Inject(fakeproviders.Event{ID: "outage", End: time.Hour, Rate: 1, Fault: f}))
}

func (o *outage) recover() { o.first.Withdraw("outage") }

// row is the words of the row of a target at chat.
const row = `document.querySelector("tr[data-key='openai/gpt-4.1 chat']").innerText`

// A breaker opens and closes before the eyes of who looks at the page, who loses
// neither the focus nor what a screen reader has said.
func TestBrowserWatchesABreaker(t *testing.T) {
	ctx, complaints := browser(t)
	o := newOutage(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(o.page)))
	sees(t, ctx, row+`.includes("closed") && document.querySelector("h1").innerText.trim() === "1 target is well, 1 not asked yet"`)
	ask[int](t, ctx, `window.first = document.querySelector("h1"), document.querySelector("#incidents").parentNode.querySelector("a").focus(), 0`)
	if *shots != "" {
		time.Sleep(20 * time.Second) // for figures of more than a moment
	}

	o.fail(t)
	sees(t, ctx, row+`.includes("open") && `+row+`.includes("server error, for")`)
	sees(t, ctx, `document.getElementById("said").innerText.includes("openai/gpt-4.1 chat is open, server error.")`)
	sees(t, ctx, `document.getElementById("failovers").parentNode.textContent.replace(/\s+/g, " ").includes("openai/gpt-4.1 → to azure/gpt-4.1")`)
	sees(t, ctx, `document.querySelector("article.incident h3").innerText.includes("openai")`)
	require.Equal(t, "1 of 2 targets is out · Routedrill", ask[string](t, ctx, `document.title`))
	for _, scheme := range []string{"light", "dark"} {
		take(t, "panel-"+scheme, func() ([]byte, error) {
			params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(1240, 940), command(emulation.SetEmulatedMedia, params)); err != nil {
				return nil, err
			}
			return chromedp.Run(ctx, chromedp.CaptureScreenshot())
		})
	}

	o.recover()
	sees(t, ctx, row+`.includes("closed")`)
	sees(t, ctx, `document.getElementById("changes").parentNode.innerText.match(/closed/)`)
	require.True(t, ask[bool](t, ctx, `window.first === document.querySelector("h1")`), "the page was changed, and not made anew")
	require.Equal(t, "All incidents as JSON", ask[string](t, ctx, `document.activeElement.innerText`), "the focus is where it was")
	require.Empty(t, complaints())
}

// Who stops the page to read sees that it stands still, and can let it go on.
func TestBrowserPauses(t *testing.T) {
	ctx, complaints := browser(t)
	var f facts
	p := f.panel()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(listening(t, p))))
	sees(t, ctx, `document.getElementById("live").innerText === "Live."`)
	ask[int](t, ctx, `document.getElementById("pause").click(), 0`)
	sees(t, ctx, `document.getElementById("live").innerText === "Paused: what you see is old." && document.getElementById("refresh").offsetParent`)
	require.Eventually(t, func() bool { return p.Clients() == 0 }, time.Minute, 10*time.Millisecond)
	ask[int](t, ctx, `document.getElementById("pause").click(), 0`)
	sees(t, ctx, `document.getElementById("live").innerText === "Live."`)
	require.Empty(t, complaints())
	p.Close()
	sees(t, ctx, `document.getElementById("live").innerText === "Connection lost: what you see is old."`)
}
