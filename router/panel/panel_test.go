package panel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/panel"
)

// facts are what a panel is told in place of a router's.
type facts struct {
	status    router.Status
	spending  router.Spending
	incidents []incident.Incident
	asked     int // how often for the status

	mu sync.Mutex // of what changes while a stream is open
}

func (f *facts) panel() *panel.Panel {
	return panel.New(panel.Config{
		Status: func() router.Status {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.asked++
			s := f.status
			s.Targets = slices.Clone(s.Targets)
			return s
		},
		Spending:  func() router.Spending { return f.spending },
		Incidents: func(time.Time) []incident.Incident { return f.incidents },
	})
}

func get(p *panel.Panel, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

// text is what a page says, without its tags.
func text(page string) string {
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}

func full(minute, five float64, n int) []router.SpanStatus {
	return []router.SpanStatus{
		{Seconds: 10, Samples: n, FailureRate: 1},
		{Seconds: 60, Samples: n, FailureRate: minute, TimeoutRate: minute / 2},
		{
			Seconds: 300, Samples: n, FailureRate: five, TimeoutRate: five / 2,
			Latency: &router.Timing{Samples: n, P50: 850, P95: 2140}, TTFT: &router.Timing{Samples: n, P50: 320, P95: 12345}, TokensPerSecond: 88.44,
		},
	}
}

// served is the record of a request that its first choice answered, or else another.
func served(by, first, reason string, at time.Time) *audit.Record {
	r := &audit.Record{
		Route: "smart", Endpoint: "chat", Outcome: audit.Served, Start: at, End: at,
		Choice: audit.Choice{Candidates: []audit.Candidate{{Target: "z/unfit", Out: "tools"}, {Target: first}, {Target: by}}},
	}
	switch reason {
	case "":
	case audit.BreakerOpen:
		r.Skips = []audit.Skip{{Target: first, Reason: reason}}
	default:
		r.Attempts = []audit.Attempt{{Target: first, Reason: reason, CostMicroUSD: 500}}
	}
	r.Attempts = append(r.Attempts, audit.Attempt{Target: by, Reason: audit.OK, Served: true, CostMicroUSD: 1_000_000})
	return r
}

func TestPageShowsWhatItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		share, since, probe := 0.43, now.Add(-42*time.Second), now.Add(3*time.Second)
		f := facts{
			status: router.Status{
				Targets: []router.TargetStatus{
					{Target: "openai/gpt", Endpoint: "chat", Region: "us-east", State: "open", Reason: "server_error", Since: &since, NextProbeAt: &probe, Health: "down", Spans: full(0.5, 0.031, 214)},
					{Target: "openai/emb", Endpoint: "embeddings", Region: "us-east", State: "closed", Share: &share, Health: "degraded", HealthReason: "slow", Spans: full(0, 0.0004, 19)},
					{Target: "azure/gpt", State: "closed", Health: "healthy"},
				},
				Bulkheads: []router.BulkheadStatus{{Provider: "openai", InFlight: 7, MaxConcurrent: 40}, {Provider: "openai", Target: "openai/gpt", InFlight: 9}},
				Budgets:   []router.BudgetStatus{{Name: "daily", Per: "day", State: "budget_soft", LimitUSD: 20, SpentUSD: 17.5}},
				Queue:     &router.QueueStatus{Queued: 30, Running: 4, Done: 12, Dead: 1, Bytes: 2048},
			},
			spending: router.Spending{Providers: []router.SpendingRow{{Name: "openai", HourUSD: 1.5, DayUSD: 12.25, TotalUSD: 99}}},
			incidents: []incident.Incident{
				{ID: "I-2", Provider: "openai", Phase: incident.Mitigated, Routes: []string{"smart"}, Targets: []string{"openai/gpt"}, Endpoints: []string{"chat"}, Started: now.Add(-65 * time.Second), Counts: incident.Counts{Requests: 12, Elsewhere: 11, Failed: 1, FailedAttempts: 9, Reasons: map[string]int{"server_error": 8, "idle_timeout": 1}}},
				{ID: "I-1", Provider: "azure", Phase: incident.Resolved},
			},
		}
		p := f.panel()
		for range 3 {
			p.Request(served("azure/gpt", "openai/gpt", audit.ServerError, now))
		}
		p.Request(served("openai/gpt", "openai/gpt", "", now))
		lost := served("azure/gpt", "openai/gpt", audit.BreakerOpen, now)
		lost.Outcome, lost.Attempts = audit.Failed, nil
		p.Request(lost)
		shadow := served("azure/gpt", "azure/gpt", "", now)
		shadow.ShadowOf = "x"
		p.Request(shadow)
		for n := range 10 {
			p.Request(&audit.Record{Outcome: audit.Deferred, JobID: "j", End: now})
			if n < 5 {
				p.Request(&audit.Record{Outcome: audit.Served, JobOf: "r", JobID: "j", End: now})
			}
		}
		p.Breaker(audit.BreakerEvent{Target: "openai/gpt", Endpoint: "chat", At: now, To: audit.Open, Reason: "server_error"})
		page := get(p, "/panel")
		require.Equal(t, 200, page.Code)
		said := text(page.Body.String())
		for _, want := range []string{
			"1 of 3 targets is out",
			"openai mitigated since 23:58:55 for 1 min 5 s", "12 requests 11 were answered elsewhere, 1 failed", "9 attempts server error, idle timeout", "1 of them resolved",
			"openai us-east 7 under way of 40 · spent $1.50 this hour, $12.25 today",
			"gpt chat open server error, for 42 s may be probed in 3 s 850 ms / 2.14 s 214 answers 320 ms / 12.3 s 50 % / 3.1 % 25 % / 1.6 % 88.4 25 % $1.00",
			"emb embeddings closed degraded: slow takes 43 % of its traffic again 850 ms / – 19 answers 320 ms / – 0 % / &lt; 0.1 % 0 % / &lt; 0.1 %",
			"azure spent $0 this hour", "gpt not asked yet – / – – / – – / – – / – – – $0",
			"openai/gpt → to azure/gpt server error · 3 × over 0 s, last 0 s ago · smart , chat",
			"openai/gpt → to nobody: no answer breaker open · 1 ×",
			"00:00:00 openai/gpt chat open server error",
			"queued 30 jobs does not drain at this rate", "coming in 2.00/min", "done 1.00/min",
			"daily soft $17.50 of $20.00 per day",
			"answered 27 % 4 requests in 5 min", "failed 6.7 % 1 request",
		} {
			require.Contains(t, said, want)
		}
		require.Contains(t, page.Body.String(), `href="incidents/I-2/post-mortem"`)
		require.Contains(t, page.Body.String(), `<a href="panel" id="refresh">Refresh</a>`, "for who has no script")
		require.Equal(t, 1, f.asked, "made once a second")
		get(p, "/panel")
		require.Equal(t, 1, f.asked)
		time.Sleep(panel.Every)
		get(p, "/panel")
		require.Equal(t, 2, f.asked)
	})
}

// What fails is said first, whatever the breakers say.
func TestHeadlineOfFailures(t *testing.T) {
	f := facts{status: router.Status{Targets: []router.TargetStatus{{Target: "a/m", Endpoint: "chat", State: "closed", Health: "healthy"}}}}
	for _, row := range []struct {
		failed, served int
		want           string
	}{
		{4, 0, "1 target is well ·"}, {5, 496, "1 target is well ·"},
		{5, 495, "1 target is well, and 1.0 % of the requests of the last minute failed ·"},
	} {
		p := f.panel()
		for range row.failed {
			p.Request(&audit.Record{Outcome: audit.Refused, End: time.Now()})
		}
		for range row.served {
			p.Request(&audit.Record{Outcome: audit.Served, End: time.Now()})
			p.Request(&audit.Record{Outcome: audit.Served, JobOf: "x", End: time.Now()})
		}
		require.Contains(t, text(get(p, "/panel").Body.String()), row.want)
	}
}

func TestHeadline(t *testing.T) {
	closed := router.TargetStatus{Target: "a/m", Endpoint: "chat", State: "closed", Health: "healthy"}
	slow, probed, unused := closed, closed, closed
	slow.Health, probed.State, unused.Endpoint = "degraded", "half-open", ""
	ended := time.Unix(1, 0)
	for _, row := range []struct {
		name      string
		targets   []router.TargetStatus
		incidents []incident.Incident
		want      string
	}{
		{"nothing yet", []router.TargetStatus{unused}, nil, "Nothing has been asked for yet"},
		{"one", []router.TargetStatus{closed, unused}, nil, "1 target is well, 1 not asked yet ·"},
		{"one of three rows", []router.TargetStatus{slow, unused, unused}, nil, "1 of 3 targets needs a look"},
		{"two", []router.TargetStatus{closed, closed}, nil, "2 targets are well"},
		{"slow", []router.TargetStatus{closed, slow}, nil, "1 of 2 targets needs a look"},
		{"half-open", []router.TargetStatus{probed}, nil, "1 of 1 target needs a look"},
		{"a route is out", []router.TargetStatus{slow}, []incident.Incident{{Full: true}}, "A route has no target left"},
		{"it was", []router.TargetStatus{closed}, []incident.Incident{{Full: true, Ended: &ended, Phase: incident.Monitoring}}, "Recovering: all targets answer again"},
		{"over", []router.TargetStatus{closed}, []incident.Incident{{Phase: incident.Resolved}}, "1 target is well"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts{status: router.Status{Targets: row.targets}, incidents: row.incidents}
			require.Contains(t, text(get(f.panel(), "/panel").Body.String()), row.want)
		})
	}
}

// hostile are names that want to be more than a name, or to break the page.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</main></html><!--`, "{{.}}", "javascript:alert(1)",
	"\u202egnp.exe", "مزود العربية", "😀👩‍👩‍👧‍👦", strings.Repeat("w", 200), "a\r\nevent: view\r\ndata: forged\n\ndata: more", "\x00\xff",
}

// Nothing a name says is markup, an event or a script, wherever it stands.
func TestHostileNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		var f facts
		p := f.panel()
		for _, name := range hostile {
			f.status.Targets = append(f.status.Targets, router.TargetStatus{Target: name + "/" + name, Endpoint: name, Region: name, State: "open", Reason: name, Health: name})
			f.status.Budgets = append(f.status.Budgets, router.BudgetStatus{Name: name, State: name, Per: name})
			f.incidents = append(f.incidents, incident.Incident{ID: name, Provider: name, Phase: incident.Phase(name), Routes: []string{name}, Targets: []string{name}, Endpoints: []string{name}, Counts: incident.Counts{Reasons: map[string]int{name: 1}}})
			r := served(name+"/x", name+"/y", name, now)
			r.Route, r.Endpoint = name, name
			p.Request(r)
			p.Breaker(audit.BreakerEvent{Target: name, Endpoint: name, Reason: name, To: audit.Open})
		}
		page := get(p, "/panel").Body.String()
		quoted := regexp.MustCompile(`"[^"<>]*"`)
		tags := regexp.MustCompile(`<[a-zA-Z/!][^>]*>`).FindAllString(page, -1)
		require.Greater(t, len(tags), 500)
		for _, tag := range tags {
			require.NotRegexp(t, `(?i)\bon\w+\s*=|<img|\sstyle`, quoted.ReplaceAllString(tag, ""))
			if _, to, ok := strings.Cut(tag, `href="`); ok {
				require.Regexp(t, `^(incidents|panel|#)`, to)
			}
		}
		require.Equal(t, 1, strings.Count(page, "<script"), "its own")
		require.Equal(t, 1, strings.Count(page, "</main>"))
		require.NotContains(t, page, "\x00")
		require.Equal(t, strings.Count(page, "<bdi>"), strings.Count(page, "</bdi>"))
		require.Contains(t, page, "<bdi>\u202egnp.exe", "what runs backwards does so in a place of its own")

		s := open(t, p)
		p.Breaker(audit.BreakerEvent{Target: hostile[10], Endpoint: "chat", Reason: "x"})
		time.Sleep(panel.Every)
		synctest.Wait()
		names := map[string]bool{}
		for _, e := range s.close() {
			names[e.name] = true
			require.NotEqual(t, "forged", strings.TrimSpace(e.data))
		}
		require.Equal(t, map[string]bool{"view": true, "title": true, "change": true}, names)
	})
}

func TestHeaders(t *testing.T) {
	var f facts
	p := f.panel()
	for path, contentType := range map[string]string{
		"/panel": "text/html; charset=utf-8", "/panel/panel.js": "text/javascript; charset=utf-8", "/panel/panel.css": "text/css; charset=utf-8",
	} {
		w := get(p, path)
		require.Equal(t, 200, w.Code, path)
		require.Equal(t, contentType, w.Header().Get("Content-Type"))
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		csp := w.Header().Get("Content-Security-Policy")
		require.Contains(t, csp, "default-src 'none'; script-src 'self'; style-src 'self'")
		require.NotContains(t, csp, "unsafe")
		require.NotRegexp(t, `https?://|\sstyle=|\son\w+=`, w.Body.String(), "nothing from elsewhere, nothing inline: %s", path)
	}
	require.Equal(t, "/panel", get(p, "/panel/").Header().Get("Location"))
	require.Equal(t, 404, get(p, "/panel/nothing").Code)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/panel", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code, "it only reads")
}

// However many names there are, and however long, the panel remembers a bounded number.
func TestBounds(t *testing.T) {
	now := time.Now()
	var f facts
	p := f.panel()
	long := strings.Repeat("é", 1000)
	for n := range 5000 {
		name := fmt.Sprintf("%d-%s", n, long)
		r := served("b/"+name, "a/"+name, audit.ServerError, now.Add(time.Duration(n)))
		r.Route = name
		p.Request(r)
		p.Breaker(audit.BreakerEvent{Target: name, Endpoint: name, Reason: "x", At: now})
	}
	places, failovers, changes, longest := p.Held()
	require.Equal(t, []int{1024, 64, 64}, []int{places, failovers, changes})
	require.LessOrEqual(t, longest, 256+len("…"))
	page := get(p, "/panel").Body.String()
	require.Less(t, len(page), 200<<10)
	require.Contains(t, page, "4999-é", "the latest are there")

	p.Request(served("c/new", "c/new", "", now.Add(6*time.Minute)))
	places, _, _, _ = p.Held()
	require.Equal(t, 1, places, "what has been idle makes room")
}

func TestFailovers(t *testing.T) {
	now := time.Now()
	hedge := served("b/m", "a/m", audit.HedgeLost, now)
	cached := served("b/m", "a/m", audit.ServerError, now)
	cached.Outcome = audit.Cached
	job := served("b/m", "a/m", audit.RateLimited, now)
	job.JobOf = "r"
	broken := served("b/m", "a/m", audit.ServerError, now)
	broken.Outcome = audit.Broken
	unplanned := &audit.Record{Outcome: audit.Refused, End: now}
	for _, row := range []struct {
		name string
		r    *audit.Record
		want string
	}{
		{"its own first choice", served("a/m", "a/m", "", now), "None in the last"},
		{"another after a failure", served("b/m", "a/m", audit.ServerError, now), "a/m → to b/m server error · 1 ×"},
		{"another, the first being out", served("b/m", "a/m", audit.BreakerOpen, now), "a/m → to b/m breaker open · 1 ×"},
		{"a hedge that won", hedge, "None in the last"},
		{"out of the cache", cached, "None in the last"},
		{"a job", job, "a/m → to b/m rate limited"},
		{"broken off after that", broken, "a/m → to nobody: no answer server error"},
		{"never planned", unplanned, "None in the last"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var f facts
			p := f.panel()
			p.Request(row.r)
			require.Contains(t, text(get(p, "/panel").Body.String()), row.want)
		})
	}
}

func TestFailoversAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f facts
		p := f.panel()
		for range 3 {
			p.Request(served("b/m", "a/m", audit.ServerError, time.Now()))
			time.Sleep(time.Minute)
		}
		require.Contains(t, text(get(p, "/panel").Body.String()), "server error · 3 × over 2 min 0 s, last 1 min 0 s ago")
		time.Sleep(15 * time.Minute)
		require.Contains(t, text(get(p, "/panel").Body.String()), "None in the last 15 minutes")
		p.Request(served("b/m", "a/m", audit.ServerError, time.Now()))
		time.Sleep(panel.Every)
		require.Contains(t, text(get(p, "/panel").Body.String()), "server error · 1 × over 0 s, last 1 s ago")
	})
}
