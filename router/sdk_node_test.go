package router_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	front "github.com/routedrill/routedrill/router/gateway"
)

// nodeGateway is a gateway in front of fakes, on ports: one healthy of each API,
// and one for each way to be out of order.
func nodeGateway(t *testing.T, sink audit.Sink) (base string) {
	t.Helper()
	c := router.Config{
		Routes: []router.Route{
			{Name: "to-anthropic", Targets: []string{"refused/m", "anthropic/m"}},
			{Name: "to-gemini", Targets: []string{"refused/m", "gemini/m"}},
		},
		Resilience: router.DefaultResilience(),
	}
	c.Resilience.MaxWait = 0
	c.Resilience.RetryBudget = router.RetryBudget{} // SDKs get no token: they are told not to retry
	c.Resilience.Breaker.MinSamples = 1000          // every check is to meet its target
	c.Resilience.Cooldown = router.Cooldown{}
	for _, p := range []struct {
		name, wire, path string
		api              wire.API
		fault            string
		values           fault.Values
	}{
		{name: "openai", path: "/v1"},
		{name: "anthropic", wire: "anthropic", path: "/v1", api: anthropic.API{}},
		{name: "gemini", wire: "gemini", path: "/v1beta", api: gemini.API{}},
		{name: "refused", path: "/v1", fault: "reset"},
		{name: "down", path: "/v1", fault: "status", values: fault.Values{"status": {Num: 503}}},
		{name: "limited", path: "/v1", fault: "status", values: fault.Values{"status": {Num: 429}}},
		{name: "locked", path: "/v1", fault: "false_unauthorized"},
		{name: "broken", path: "/v1", fault: "stream_error", values: fault.Values{"after": {Num: 4}}},
		{name: "silent", path: "/v1", fault: "hang"},
		{name: "stalling", path: "/v1", fault: "stall", values: fault.Values{"after": {Num: 4}}},
	} {
		f := fakeproviders.Config{
			Name: p.name, API: p.api,
			Models: []fakeproviders.Model{{Name: "m", Context: 8000}, {Name: "e", Endpoints: []string{wire.Embeddings}}},
			Demand: func(string) (fakeproviders.Demand, bool) {
				return fakeproviders.Demand{OutputTokens: 12, Tools: true}, true
			},
		}
		if p.fault != "" {
			broken, err := fault.New(p.fault, p.values)
			require.NoError(t, err)
			f.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: broken}}
		}
		fake, err := fakeproviders.New(f)
		require.NoError(t, err)
		server := httptest.NewServer(fake)
		t.Cleanup(server.Close)
		models := []router.Model{{Name: "m"}, {Name: "e"}}
		if p.wire == "anthropic" {
			models = models[:1]
		}
		c.Providers = append(c.Providers, router.Provider{Name: p.name, Wire: p.wire, BaseURL: server.URL + p.path, Models: models})
	}
	engine, err := router.New(c, router.WithAudit(sink))
	require.NoError(t, err)
	g, err := front.Listen(front.Config{Addr: "127.0.0.1:0", Handler: engine, Drain: time.Second})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
	return "http://" + g.Addr() + "/v1"
}

// TestNodeSDKThroughTheGateway runs the checks of testdata/node, where Node and the
// SDKs are there: `make sdk-node` installs the ones for the other.
func TestNodeSDKThroughTheGateway(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node on the PATH")
	}
	if _, err := os.Stat("testdata/node/node_modules/ai"); err != nil {
		t.Skip("needs the SDKs in router/testdata/node/node_modules: make sdk-node")
	}
	for script, left := range map[string][]string{
		"check.mjs": {"silent/m", "stalling/m"},
		"ai.mjs":    {"silent/m", "silent/m", "stalling/m", "stalling/m"},
	} {
		t.Run(script, func(t *testing.T) {
			sink := &log{}
			base := nodeGateway(t, sink)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			check := exec.CommandContext(ctx, node, script, base)
			check.Dir = "testdata/node"
			out, err := check.CombinedOutput()
			require.NoError(t, err, "%s", out)
			t.Logf("%s", out)
			require.True(t, strings.HasSuffix(string(out), "done\n"), "%s", out)

			// The gateway has seen the clients leave that left, and no other.
			cancelled := func() (models []string) {
				sink.mu.Lock()
				defer sink.mu.Unlock()
				for i := range sink.records {
					if sink.records[i].Outcome == audit.Cancelled {
						models = append(models, sink.records[i].Route)
					}
				}
				return models
			}
			require.Eventually(t, func() bool { return len(cancelled()) >= len(left) }, 10*time.Second, 10*time.Millisecond)
			require.ElementsMatch(t, left, cancelled())
		})
	}
}
