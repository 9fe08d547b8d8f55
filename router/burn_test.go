package router_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// heard keeps alerts.
type heard struct {
	mu   sync.Mutex
	list []audit.Alert
}

func (h *heard) Alert(a audit.Alert) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, a)
}

// words are the alerts in words: target, endpoint, signal, burn, and when.
func (h *heard) words(start time.Time) (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.list {
		what := "raised"
		if a.Cleared {
			what = "cleared"
		}
		list = append(list, fmt.Sprintf("%s %s %s %s %s after %s", a.Target, a.Endpoint, a.Burn, a.Signal, what, a.At.Sub(start).Round(time.Minute)))
	}
	return list
}

// alarmed is a rig whose alerts are heard.
func alarmed(t *testing.T, steps map[string][]step, change ...func(*router.Config)) (*rig, *heard, *strings.Builder) {
	t.Helper()
	c := config()
	c.Health.Alerts = router.DefaultAlerts()
	c.Health.Alerts.P95 = 5 * time.Second
	for _, f := range change {
		f(&c)
	}
	g, h, text := &rig{fakes: &fakes{steps: steps}, log: &log{}}, &heard{}, &strings.Builder{}
	r, err := router.New(c, router.WithTransport(g.fakes), router.WithAudit(g.log), router.WithSeed(1), router.WithAlerts(nil, h),
		router.WithLogger(slog.New(slog.NewTextHandler(text, nil))))
	require.NoError(t, err)
	g.Router = r
	return g, h, text
}

// An outage raises both alerts within minutes, though its breaker lets next to nothing
// through; they clear after it, the one that looks back further later. A steady hour
// before has none.
func TestAlertsOfAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g, h, text := alarmed(t, map[string][]step{"a": {ok()}, "b": {ok()}})
		defer g.Close()
		start := time.Now()
		load := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); {
				require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
				time.Sleep(2 * time.Second)
			}
		}
		load(time.Hour)
		require.Empty(t, h.words(start))
		g.fakes.play("a", answer(503, `{}`))
		load(30 * time.Minute)
		require.Contains(t, g.do(get("/v1/routedrill/health")).Body.String(), `"alerts":[{"signal":"errors","burn":"fast","since":`)
		g.fakes.play("a", ok())
		load(2 * time.Hour)
		require.NotContains(t, g.do(get("/v1/routedrill/health")).Body.String(), `"alerts"`)
		require.Equal(t, []string{
			"a/m chat slow errors raised after 1h3m0s", "a/m chat fast errors raised after 1h6m0s", // it began after 1h
			"a/m chat fast errors cleared after 1h41m0s", "a/m chat slow errors cleared after 2h5m0s", // and ended after 1h30m
		}, h.words(start))
		require.Contains(t, text.String(), `level=ERROR msg="alert raised" target=a/m endpoint=chat signal=errors burn=fast`)
		require.Contains(t, text.String(), `level=INFO msg="alert cleared"`)
	})
}

func TestAlertsOnLatency(t *testing.T) {
	for _, row := range []struct {
		name   string
		stream bool
		step   step
		want   bool
	}{
		{"whole answers in time", false, after(4*time.Second, ok()), false},
		{"late ones", false, after(6*time.Second, ok()), true},
		{"a long stream that begins in time", true, sse(role, time.Second, token, 5*time.Second, token, finish, usage, done), false},
		{"streams that begin late", true, sse(role, 6*time.Second, token, finish, usage, done), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g, h, _ := alarmed(t, map[string][]step{"a": {row.step}})
				defer g.Close()
				start := time.Now()
				for range 200 {
					require.Equal(t, 200, g.do(chat(t.Context(), "only", row.stream)).Code)
					time.Sleep(time.Second)
				}
				require.Equal(t, row.want, len(h.list) > 0, "%v", h.words(start))
				for _, a := range h.list {
					require.Equal(t, audit.SignalLatency, a.Signal)
				}
			})
		})
	}
}

// Without the key nothing runs; what is wrong with it is said.
func TestAlertSettings(t *testing.T) {
	for _, row := range []struct {
		change func(*router.Alerts)
		want   string
	}{
		{func(a *router.Alerts) { a.Objective = 0.5 }, "health.alerts.objective: 0.5 is not within 0.95 and 0.9999"},
		{func(a *router.Alerts) { a.Objective = 1 }, "health.alerts.objective: 1"},
		{func(a *router.Alerts) { a.P95 = -1 }, "health.alerts.p95"},
		{func(a *router.Alerts) { a.Window = time.Second }, "health.alerts.window: 1s is not within 1m and 4h"},
		{func(a *router.Alerts) { a.Raise = -1 }, "health.alerts.raise"},
		{func(a *router.Alerts) { a.Clear = 25 * time.Hour }, "health.alerts.clear: 25h0m0s is not within 0s and 24h"},
		{func(a *router.Alerts) { a.Hold = -1 }, "health.alerts.hold"},
	} {
		c := config()
		c.Health.Alerts = router.DefaultAlerts()
		row.change(&c.Health.Alerts)
		_, err := router.New(c)
		require.ErrorContains(t, err, row.want)
	}
	bubble(t, func(t *testing.T) { // which ends only when no goroutine is left
		g, h, _ := alarmed(t, map[string][]step{"a": {answer(503, `{}`)}}, func(c *router.Config) { c.Health.Alerts = router.Alerts{} })
		for range 50 {
			g.do(chat(t.Context(), "only", false))
			time.Sleep(10 * time.Second)
		}
		require.Empty(t, h.list)
	})
}
