package fake_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/fake"
)

const broken = `fault: {kind: status, status: 503}`

func TestFaultRevertsByItself(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		require.Equal(t, 200, r.chat(0))
		got := r.must(201, "POST", "/admin/faults", `{"id":"x","at":"1m","for":"5m","vendor":"acme","fault":{"kind":"status","status":503}}`)
		require.Equal(t, []any{"one"}, got["providers"])
		require.Equal(t, "admin", got["source"])
		for _, step := range []struct {
			wait  time.Duration
			state map[string]string
			code  int
		}{
			{0, map[string]string{"x": "waiting"}, 200},
			{time.Minute, map[string]string{"x": "active"}, 503},
			{4*time.Minute + 59*time.Second, map[string]string{"x": "active"}, 503},
			{time.Second + time.Millisecond, map[string]string{}, 200},
		} {
			time.Sleep(step.wait)
			require.Equal(t, step.state, r.faults())
			require.Equal(t, step.code, r.chat(0))
			require.NotEqual(t, 503, r.chat(1), "it is not aimed at the other one")
		}
		r.must(404, "GET", "/admin/faults/x", "")
	})
}

func TestFaultIsWithdrawn(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		require.Equal(t, "status-1", r.must(201, "POST", "/admin/faults", "{ttl: 1h, "+broken+"}")["id"])
		require.Equal(t, "status-2", r.must(201, "POST", "/admin/faults", "{ttl: 1h, "+broken+"}")["id"])
		require.Equal(t, 503, r.chat(0))
		r.must(204, "DELETE", "/admin/faults/status-1", "")
		r.must(404, "DELETE", "/admin/faults/status-1", "")
		require.Equal(t, 503, r.chat(0), "the other one is there")
		require.EqualValues(t, 1, r.must(200, "DELETE", "/admin/faults", "")["withdrawn"])
		require.Equal(t, 200, r.chat(0))
		// Its timer must not end another one of the same name.
		r.must(201, "POST", "/admin/faults", "{id: status-1, ttl: 2h, "+broken+"}")
		time.Sleep(90 * time.Minute)
		require.Equal(t, map[string]string{"status-1": "active"}, r.faults())
	})
}

func TestTimeline(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, incident), Timeline: true}, func(r *rig) {
		require.Equal(t, map[string]string{"outage": "waiting"}, r.faults())
		r.must(409, "POST", "/admin/faults", "{id: outage, for: 1m, "+broken+"}")
		time.Sleep(11 * time.Minute)
		require.Equal(t, 503, r.chat(0))
		require.Equal(t, 200, r.chat(1))
		r.must(409, "DELETE", "/admin/faults/outage", "")
		r.must(204, "POST", "/admin/reset", "")
		require.Equal(t, 503, r.chat(0), "the timeline goes on where it is")
		time.Sleep(5 * time.Minute)
		require.Equal(t, 200, r.chat(0))
		require.Equal(t, map[string]string{"outage": "over"}, r.faults())
	})
	in(t, fake.Options{Scenario: load(t, incident)}, func(r *rig) {
		time.Sleep(11 * time.Minute)
		require.Empty(t, r.faults())
		require.Equal(t, 200, r.chat(0), "by hand, nothing fails by itself")
	})
}

func TestReset(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		r.must(201, "POST", "/admin/faults", "{ttl: 1h, provider: one, "+broken+"}")
		require.Equal(t, []int{503, 200, 200, 429}, []int{r.chat(0), r.chat(1), r.chat(1), r.chat(1)})
		r.must(204, "POST", "/admin/reset", "")
		require.Empty(t, r.ask("GET", "/admin/journal", "").Body.String())
		require.Equal(t, []int{200, 200, 200, 429}, []int{r.chat(0), r.chat(1), r.chat(1), r.chat(1)})
		require.Equal(t, 4, strings.Count(r.ask("GET", "/admin/journal", "").Body.String(), "\n"))
		require.Contains(t, r.ask("GET", "/admin/journal?limit=1", "").Body.String(), `"seq":5,`, "numbers go on")
	})
}

// TestFaultErrors: the words are those of the scenario language.
func TestFaultErrors(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		for name, row := range map[string]struct {
			body   string
			status int
			want   string
		}{
			"no ttl":           {"{" + broken + "}", 400, `needs \"for\" or \"ttl\"`},
			"unknown kind":     {"{for: 1m, fault: hnag}", 400, `did you mean \"hang\"?`},
			"unknown provider": {"{for: 1m, provider: twoo, " + broken + "}", 400, `did you mean \"two\"?`},
			"a field":          {"{for: 1m, fault: {kind: status, status: 200}}", 400, `"field":"fault.status"`},
			"two mistakes":     {"{for: 1m, fro: 2, falt: 3}", 400, `"column":11`},
			"nothing":          {"", 400, "the file is empty"},
			"not YAML":         {"{for: [", 400, "not readable as YAML"},
			"too large":        {strings.Repeat("#", 70_000), 413, "more than 65536 bytes"},
		} {
			w := r.ask("POST", "/admin/faults", row.body)
			require.Equal(t, row.status, w.Code, name)
			require.Contains(t, w.Body.String(), row.want, name)
		}
		require.Empty(t, r.faults())
		require.Equal(t, 405, r.ask("PUT", "/admin/faults", "").Code)
		require.Equal(t, 404, r.ask("GET", "/admin/nothing", "").Code)
	})
}

// TestFaultsAreBounded: 64 bits stand for faults in the journal.
func TestFaultsAreBounded(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, incident), Timeline: true}, func(r *rig) {
		for i := range 63 {
			r.must(201, "POST", "/admin/faults", fmt.Sprintf("{id: f%d, ttl: %dm, provider: two, fault: none}", i, i+1))
		}
		r.must(409, "POST", "/admin/faults", "{ttl: 1m, fault: none}")
		time.Sleep(time.Minute + time.Second)
		r.must(201, "POST", "/admin/faults", "{id: again, ttl: 1m, provider: two, fault: none}")
		require.Equal(t, 200, r.chat(1))
		journal := r.ask("GET", "/admin/journal", "").Body.String()
		require.Contains(t, journal, `"f62"`)
		require.Contains(t, journal, `"again"`)
		require.NotContains(t, journal, `"f0"`)
		require.Len(t, r.faults(), 64)
	})
}

func TestJournal(t *testing.T) {
	var file strings.Builder
	in(t, fake.Options{Scenario: load(t, world), Journal: &file}, func(r *rig) {
		r.must(201, "POST", "/admin/faults", "{id: x, ttl: 1h, provider: one, "+broken+"}")
		require.Equal(t, []int{503, 200, 200, 429}, []int{r.chat(0), r.chat(1), r.chat(1), r.chat(1)})
		w := r.ask("GET", "/admin/journal", "")
		require.Equal(t, "application/x-ndjson", w.Header().Get("Content-Type"))
		lines := strings.SplitAfter(w.Body.String(), "\n")
		require.Len(t, lines, 5)
		require.Contains(t, lines[0], `"seq":1,`)
		require.Contains(t, lines[0], `"end":"error","status":503,"faults":["x"],"ttft_ms":null`)
		require.Contains(t, lines[1], `"provider":"two","model":"n","endpoint":"chat"`)
		require.Contains(t, lines[1], `"end":"complete","status":200,"faults":[]`)
		require.NotContains(t, w.Body.String(), "secret")
		require.Equal(t, lines[2]+lines[3], r.ask("GET", "/admin/journal?since=2", "").Body.String())
		require.Equal(t, lines[2], r.ask("GET", "/admin/journal?since=2&limit=1", "").Body.String())
		require.Empty(t, r.ask("GET", "/admin/journal?since=4", "").Body.String())
		require.Empty(t, r.ask("GET", "/admin/journal?since=99999", "").Body.String())
		for _, bad := range []string{"since=-1", "since=x", "limit=1.5"} {
			r.must(400, "GET", "/admin/journal?"+bad, "")
		}
		r.fleet.Shutdown(r.t.Context())
		require.Equal(t, w.Body.String(), file.String(), "the file has the same lines")
	})
}

// A request that breaks off has its line too, at the time when it did.
func TestJournalOfHalfARequest(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		start := time.Now()
		time.Sleep(time.Second)
		body := io.MultiReader(strings.NewReader(`{"model"`), iotest.ErrReader(io.ErrUnexpectedEOF))
		r.fleet.Handler(0).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/v1/chat/completions", body))
		line := r.ask("GET", "/admin/journal", "").Body.String()
		require.Contains(t, line, `"time":"`+start.Add(time.Second).UTC().Format(time.RFC3339Nano)+`"`)
		require.Contains(t, line, `"model":"",`)
		require.Contains(t, line, `"end":"cancelled","status":0,`)
		require.Contains(t, line, `"duration_ms":0,`)
	})
}

func TestJournalIsARing(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		for range 10_003 {
			r.chat(0)
		}
		lines := strings.SplitAfter(r.ask("GET", "/admin/journal?limit=99999", "").Body.String(), "\n")
		require.Len(t, lines, 10_001)
		require.Contains(t, lines[0], `"seq":4,`)
		require.Contains(t, lines[9_999], `"seq":10003,`)
	})
}

// stuck is a file on a disk that does not answer.
type stuck struct{ free chan struct{} }

func (s stuck) Write(b []byte) (int, error) { <-s.free; return len(b), nil }

func TestSlowJournalDropsLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := stuck{make(chan struct{})}
		fleet, err := fake.New(fake.Options{Scenario: load(t, world), Journal: file})
		require.NoError(t, err)
		r := &rig{t: t, fleet: fleet, admin: fleet.Admin()}
		for range 4_096 + 100 {
			require.Equal(t, 200, r.chat(0), "nobody waits for the disk")
		}
		metrics := r.ask("GET", "/metrics", "").Body.String()
		require.Contains(t, metrics, "routedrill_fake_journal_dropped_total 99\n", "one is with the file, 4,096 wait")
		close(file.free)
		fleet.Shutdown(context.Background())
	})
}

func TestProviders(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		r.must(201, "POST", "/admin/faults", "{id: x, ttl: 1h, provider: one, "+broken+"}")
		list := r.must(200, "GET", "/admin/providers", "")["providers"].([]any)
		require.Len(t, list, 2)
		require.Equal(t, map[string]any{
			"name": "one", "vendor": "acme", "region": "eu", "wire": "openai", "base_url": "", "models": []any{"m"},
			"in_flight": 0.0, "faults": []any{"x"},
		}, list[0])
		require.Equal(t, "ok", r.must(200, "GET", "/healthz", "")["status"])
	})
}

// Many small bills are a sum without rounding errors.
func TestBillsAreSummedExactly(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		for range 50 {
			r.chat(0)
			time.Sleep(time.Second)
			require.Regexp(t, `routedrill_fake_billed_usd_total{endpoint="chat",model="m",provider="one"} (0\.\d{1,6}|\d\.?\d*e-0[56])\n`,
				r.ask("GET", "/metrics", "").Body.String())
		}
	})
}

func TestMetricsAreBounded(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		for i := range 300 {
			r.must(201, "POST", "/admin/faults", fmt.Sprintf("{id: f%d, ttl: 1ms, provider: one, fault: none}", i))
			req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/v1/chat/completions",
				strings.NewReader(fmt.Sprintf(`{"model":"x%d","messages":[{"role":"user","content":"a"}]}`, i)))
			r.fleet.Handler(0).ServeHTTP(httptest.NewRecorder(), req)
			r.chat(0)
			time.Sleep(time.Second)
		}
		text := r.ask("GET", "/metrics", "").Body.String()
		require.Contains(t, text, `routedrill_fake_requests_total{endpoint="chat",model="other",provider="one",status="4xx"} 300`)
		require.Contains(t, text, `routedrill_fake_requests_total{endpoint="chat",model="m",provider="one",status="2xx"} 300`)
		require.Contains(t, text, `routedrill_fake_fault_hits_total{fault="other",provider="one"} 44`)
		require.Contains(t, text, `routedrill_fake_ttft_seconds_count{endpoint="chat",model="m",provider="one"} 300`)
		require.Contains(t, text, "go_goroutines")
		require.NotContains(t, text, "x17")
		require.Less(t, strings.Count(text, "\n"), 1000)
	})
}

func TestToken(t *testing.T) {
	const token = "0123456789abcdef"
	in(t, fake.Options{Scenario: load(t, world), Token: token}, func(r *rig) {
		paths := []string{"GET /admin/faults", "POST /admin/faults", "DELETE /admin/faults/x", "POST /admin/reset", "GET /admin/journal", "GET /admin/providers", "GET /metrics"}
		for _, wrong := range []string{"", "0123456789abcdeF", token + "x", "Bearer"} {
			r.token = wrong
			for _, p := range paths {
				method, path, _ := strings.Cut(p, " ")
				w := r.ask(method, path, "")
				require.Equal(t, 401, w.Code, "%s with %q", p, wrong)
				require.NotContains(t, w.Body.String(), token)
				require.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
			}
			require.Equal(t, 200, r.ask("GET", "/healthz", "").Code)
		}
		r.token = token
		r.must(200, "GET", "/admin/faults", "")
	})
}

// TestWebPagesAreKeptOut: without a token, a page in a browser on this machine must
// not reach the admin API, be it as another site or under a name of its own.
func TestWebPagesAreKeptOut(t *testing.T) {
	in(t, fake.Options{Scenario: load(t, world)}, func(r *rig) {
		for name, row := range map[string]struct {
			host, origin string
			status       int
		}{
			"a program":           {"127.0.0.1:8100", "", 200},
			"by name":             {"localhost:8100", "", 200},
			"without a port":      {"localhost", "", 200},
			"IPv6":                {"[::1]:8100", "", 200},
			"another site":        {"127.0.0.1:8100", "https://evil.example", 403},
			"a name of its own":   {"evil.example:8100", "", 403},
			"a name like an IP":   {"127.0.0.1.evil.example", "", 403},
			"from another device": {"192.168.1.2:8100", "", 403},
		} {
			req := httptest.NewRequestWithContext(r.t.Context(), http.MethodGet, "/admin/faults", nil)
			req.Host = row.host
			if row.origin != "" {
				req.Header.Set("Origin", row.origin)
			}
			w := httptest.NewRecorder()
			r.admin.ServeHTTP(w, req)
			require.Equal(t, row.status, w.Code, name)
		}
	})
}

func TestNeedsToken(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:1": false, "localhost:1": false, "[::1]:1": false, "127.9.9.9:1": false,
		":1": true, "0.0.0.0:1": true, "[::]:1": true, "192.168.1.2:1": true, "example.com:1": true, "localhost.example:1": true,
	} {
		require.Equal(t, want, fake.NeedsToken(address), address)
	}
}
