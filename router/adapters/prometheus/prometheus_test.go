package prometheus_test

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/prometheus"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/front"
)

// fetch is what a Prometheus would: series with their labels as they are written, and
// their values.
func fetch(t *testing.T, m *prometheus.Metrics) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body.String())
	series := map[string]float64{}
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		at := strings.LastIndexByte(lines.Text(), ' ')
		v, err := strconv.ParseFloat(lines.Text()[at+1:], 64)
		require.NoError(t, err, lines.Text())
		series[lines.Text()[:at]] = v
	}
	return series
}

// ours are the series of this package whose value is not 0, without buckets.
func ours(t *testing.T, m *prometheus.Metrics) map[string]float64 {
	t.Helper()
	list := fetch(t, m)
	for name, v := range list {
		if !strings.HasPrefix(name, "routedrill_") || v == 0 || strings.Contains(name, "_bucket{") {
			delete(list, name)
		}
	}
	return list
}

func config() router.Config {
	var c router.Config
	for _, name := range []string{"a", "b"} {
		c.Providers = append(c.Providers, router.Provider{
			Name: name, BaseURL: "http://" + name + ".test/v1", APIKey: "sk-recognisable",
			Models: []router.Model{{Name: "m", Price: router.Price{InputNano: 2000, OutputNano: 8000}}},
		})
	}
	c.Routes = []router.Route{{Name: "smart", Targets: []string{"a/m", "b/m"}}}
	return c
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func attempt(provider, reason string, from, to int) audit.Attempt {
	return audit.Attempt{Target: provider + "/m", Provider: provider, Model: "m", Reason: reason, Start: at(from), End: at(to)}
}

func TestCounts(t *testing.T) {
	served := attempt("b", audit.OK, 40, 900)
	served.Served, served.FirstToken = true, at(400)
	served.PromptTokens, served.CachedTokens, served.CacheWriteTokens, served.OutputTokens, served.CostMicroUSD = 100, 40, 10, 20, 250_000
	hedge := served
	hedge.Hedge = true
	candidates := audit.Choice{Candidates: []audit.Candidate{{Target: "a/m"}, {Target: "b/m"}}}
	for _, tt := range []struct {
		name   string
		record audit.Record
		want   map[string]float64
	}{
		{
			"a failover",
			audit.Record{Route: "smart", Endpoint: "chat", Outcome: audit.Served, Start: start, End: at(1000), Choice: candidates,
				Attempts: []audit.Attempt{attempt("a", audit.TTFTTimeout, 0, 40), served}},
			map[string]float64{
				`routedrill_requests_total{endpoint="chat",outcome="served",route="smart"}`:                1,
				`routedrill_request_duration_seconds_sum{answered="true",route="smart"}`:                   1,
				`routedrill_request_duration_seconds_count{answered="true",route="smart"}`:                 1,
				`routedrill_request_ttft_seconds_sum{route="smart"}`:                                       0.4,
				`routedrill_request_ttft_seconds_count{route="smart"}`:                                     1,
				`routedrill_attempts_total{model="m",origin="request",provider="a",reason="ttft_timeout"}`: 1,
				`routedrill_attempts_total{model="m",origin="request",provider="b",reason="ok"}`:           1,
				`routedrill_attempt_duration_seconds_sum{answered="false",model="m",provider="a"}`:         0.04,
				`routedrill_attempt_duration_seconds_count{answered="false",model="m",provider="a"}`:       1,
				`routedrill_attempt_duration_seconds_sum{answered="true",model="m",provider="b"}`:          0.86,
				`routedrill_attempt_duration_seconds_count{answered="true",model="m",provider="b"}`:        1,
				`routedrill_attempt_ttft_seconds_sum{model="m",provider="b"}`:                              0.36,
				`routedrill_attempt_ttft_seconds_count{model="m",provider="b"}`:                            1,
				`routedrill_timeouts_total{kind="ttft",model="m",provider="a"}`:                            1,
				`routedrill_failovers_total{from="a/m",reason="ttft_timeout",to="b/m"}`:                    1,
				`routedrill_tokens_total{model="m",provider="b",route="smart",type="input"}`:               50,
				`routedrill_tokens_total{model="m",provider="b",route="smart",type="cached_input"}`:        40,
				`routedrill_tokens_total{model="m",provider="b",route="smart",type="cache_write"}`:         10,
				`routedrill_tokens_total{model="m",provider="b",route="smart",type="output"}`:              20,
				`routedrill_spend_dollars_total{model="m",provider="b",route="smart"}`:                     0.25,
			},
		},
		{
			"past an open breaker",
			audit.Record{Route: "smart", Endpoint: "chat", Outcome: audit.Failed, Start: start, End: at(1000), Choice: candidates,
				Skips: []audit.Skip{{Target: "a/m", Reason: audit.BreakerOpen, At: start}}, Attempts: []audit.Attempt{attempt("b", audit.ServerError, 0, 500)}},
			map[string]float64{
				`routedrill_requests_total{endpoint="chat",outcome="failed",route="smart"}`:                1,
				`routedrill_request_duration_seconds_sum{answered="false",route="smart"}`:                  1,
				`routedrill_request_duration_seconds_count{answered="false",route="smart"}`:                1,
				`routedrill_attempts_total{model="m",origin="request",provider="b",reason="server_error"}`: 1,
				`routedrill_attempt_duration_seconds_sum{answered="false",model="m",provider="b"}`:         0.5,
				`routedrill_attempt_duration_seconds_count{answered="false",model="m",provider="b"}`:       1,
				`routedrill_skips_total{model="m",provider="a",reason="breaker_open"}`:                     1,
				`routedrill_failovers_total{from="a/m",reason="breaker_open",to="b/m"}`:                    1,
			},
		},
		{
			"out of the cache",
			audit.Record{Route: "smart", Endpoint: "chat", Outcome: audit.Cached, Cache: audit.CacheUse{State: audit.Hit}, Start: start, End: at(2)},
			map[string]float64{
				`routedrill_requests_total{endpoint="chat",outcome="cached",route="smart"}`: 1,
				`routedrill_request_duration_seconds_sum{answered="true",route="smart"}`:    0.002,
				`routedrill_request_duration_seconds_count{answered="true",route="smart"}`:  1,
				`routedrill_cache_requests_total{route="smart",state="hit"}`:                1,
			},
		},
		{
			"deferred",
			audit.Record{Route: "smart", Endpoint: "chat", Outcome: audit.Deferred, Start: start, End: at(2)},
			map[string]float64{`routedrill_requests_total{endpoint="chat",outcome="deferred",route="smart"}`: 1},
		},
		{
			"a job",
			audit.Record{JobOf: "r1", Route: "smart", Endpoint: "chat", Outcome: audit.Refused, Start: start, End: at(2)},
			map[string]float64{`routedrill_job_tries_total{outcome="refused",route="smart"}`: 1},
		},
		{
			"a probe",
			audit.Record{Probe: true, Route: "a/m", Endpoint: "chat", Outcome: audit.Failed, Start: start, End: at(2), Attempts: []audit.Attempt{attempt("a", audit.ConnectTimeout, 0, 500)}},
			map[string]float64{
				`routedrill_attempts_total{model="m",origin="probe",provider="a",reason="connect_timeout"}`: 1,
				`routedrill_attempt_duration_seconds_sum{answered="false",model="m",provider="a"}`:          0.5,
				`routedrill_attempt_duration_seconds_count{answered="false",model="m",provider="a"}`:        1,
				`routedrill_timeouts_total{kind="connect",model="m",provider="a"}`:                          1,
			},
		},
		{
			"a hedge is no failover",
			audit.Record{ShadowOf: "", Route: "smart", Endpoint: "chat", Outcome: audit.Cancelled, Start: start, End: at(2), Choice: candidates,
				Attempts: []audit.Attempt{attempt("a", audit.HedgeLost, 0, 500), hedge}},
			map[string]float64{`routedrill_extra_attempts_total{kind="hedge",model="m",provider="b"}`: 1},
		},
		{
			"a model that does not exist",
			audit.Record{Route: "gpt-99", Endpoint: "chat", Outcome: audit.Rejected, Start: start, End: at(2)},
			map[string]float64{`routedrill_requests_total{endpoint="chat",outcome="rejected",route="other"}`: 1},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := prometheus.New(prometheus.Sources{})
			c := config()
			m.Know(&c)
			m.Request(&tt.record)
			got := ours(t, m)
			for name, v := range tt.want {
				require.InDelta(t, v, got[name], 1e-9, name)
			}
			if len(tt.want) > 3 { // the whole of it
				for name := range got {
					require.Contains(t, tt.want, name)
				}
			}
			for name := range got {
				require.False(t, strings.HasPrefix(name, "routedrill_failovers") && tt.want[name] == 0, name)
			}
		})
	}
}

func TestReloads(t *testing.T) {
	m := prometheus.New(prometheus.Sources{})
	require.Contains(t, fetch(t, m), `routedrill_config_reloads_total{result="refused"}`, "before there is one")
	m.Loaded(at(0))
	m.Reloaded(true, at(1000))
	m.Reloaded(false, at(2000))
	require.Equal(t, map[string]float64{
		`routedrill_config_reloads_total{result="ok"}`:            1,
		`routedrill_config_reloads_total{result="refused"}`:       1,
		"routedrill_config_last_reload_success_timestamp_seconds": float64(at(1000).Unix()),
	}, ours(t, m))
	m.Reloaded(true, at(3000))
	require.Equal(t, 1.0, fetch(t, m)["routedrill_config_last_reload_successful"])
}

// provider answers for the hosts that are up; the others are down.
type provider func(host string) bool

func (up provider) RoundTrip(q *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, q.Body)
	status, body := 503, `{"error":{"message":"down"}}`
	if up(q.URL.Host) {
		status, body = 200, `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],`+
			`"usage":{"prompt_tokens":100,"completion_tokens":50}}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func ask(h http.Handler, model string, header ...string) int {
	q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hello"}]}`, model)))
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Code
}

// TestStates asks a router whose first target is down: its breaker, its budget, its
// queue, and what stands in front of it.
func TestStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var engine *router.Router
		f, err := front.New(front.Config{})
		require.NoError(t, err)
		m := prometheus.New(prometheus.Sources{Router: func() *router.Router { return engine }, Front: f.Stats})
		require.NotContains(t, fetch(t, m), "routedrill_cache_entries", "before there is a router")
		c := config()
		c.Budgets = []router.Budget{{Name: "all", Per: router.PerMonth, LimitMicroUSD: 2_000_000}}
		c.Queue = router.Queue{Workers: 1}
		c.Resilience = router.DefaultResilience()
		c.Providers[0].Bulkhead = router.Bulkhead{MaxConcurrent: 7}
		m.Know(&c)
		engine, err = router.New(c, router.WithAudit(m), router.WithSeed(1), router.WithTransport(provider(func(host string) bool { return host == "b.test" })))
		require.NoError(t, err)
		defer engine.Close()
		h := f.Before(engine)
		for range 20 {
			require.Equal(t, 200, ask(h, "smart"))
		}
		got := fetch(t, m)
		for name, want := range map[string]float64{
			`routedrill_breaker_state{endpoint="chat",model="m",provider="a"}`:                                             2,
			`routedrill_breaker_state{endpoint="chat",model="m",provider="b"}`:                                             0,
			`routedrill_breaker_transitions_total{endpoint="chat",model="m",provider="a",reason="server_error",to="open"}`: 1,
			`routedrill_attempts_in_flight{provider="a"}`:                                                                  0,
			`routedrill_attempts_in_flight_limit{provider="a"}`:                                                            7,
			`routedrill_budget_limit_dollars{budget="all"}`:                                                                2,
			`routedrill_budget_spent_dollars{budget="all"}`:                                                                0.012, // 20 × (100 × 2 + 50 × 8) micro-USD
			`routedrill_budget_left_dollars{budget="all"}`:                                                                 1.988,
			`routedrill_spend_dollars_total{model="m",provider="b",route="smart"}`:                                         0.012,
			`routedrill_queue_jobs{state="queued"}`:                                                                        0,
			`routedrill_refused_total{reason="shed"}`:                                                                      0,
			`routedrill_requests_in_flight`:                                                                                0,
			`routedrill_requests_total{endpoint="chat",outcome="served",route="smart"}`:                                    20,
		} {
			v, is := got[name]
			require.True(t, is, name)
			require.InDelta(t, want, v, 1e-9, name)
		}
		moved := got[`routedrill_failovers_total{from="a/m",reason="server_error",to="b/m"}`] + got[`routedrill_failovers_total{from="a/m",reason="breaker_open",to="b/m"}`]
		require.Equal(t, 20.0, moved, "each request was moved once")
	})
}

// TestHostileNames: whatever clients call a model, a tenant, a task or themselves, there
// are no more series for it, and none of it is seen.
func TestHostileNames(t *testing.T) {
	m := prometheus.New(prometheus.Sources{})
	c := config()
	m.Know(&c)
	engine, err := router.New(c, router.WithAudit(m), router.WithTransport(provider(func(string) bool { return true })))
	require.NoError(t, err)
	defer engine.Close()
	send := func(n int) {
		name := fmt.Sprintf("hostile-%d\"}\n\\", n)
		model, want := name, 404
		switch n % 10 {
		case 0:
			model, want = "smart", 200
		case 1:
			model = "a/" + name
		}
		require.Equal(t, want, ask(engine, model, "X-Routedrill-Tenant", fmt.Sprintf("hostile-%d", n), "X-Routedrill-Task", name,
			"X-Client-Request-Id", fmt.Sprintf("hostile-%d", n), "X-Routedrill-Region", name, "Traceparent", name))
	}
	send(0)
	send(1)
	before := ours(t, m)
	for n := range 10_000 {
		send(n)
	}
	after := ours(t, m)
	require.Len(t, after, len(before))
	require.Equal(t, 9_001.0, after[`routedrill_requests_total{endpoint="chat",outcome="rejected",route="other"}`])
	for name, v := range after {
		require.NotContains(t, name, "hostile")
		require.False(t, math.IsNaN(v), name)
	}
}
