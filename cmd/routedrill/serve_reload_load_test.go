package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var reloads = flag.Int("reloads", 8, "how often TestReloadUnderLoad changes the config")

// TestReloadUnderLoad changes the config again and again, to good ones and bad ones,
// while requests, streams and jobs come: none is lost, and nothing is forgotten that
// should be kept.
func TestReloadUnderLoad(t *testing.T) {
	var l loaded
	l.broken = l.provider(t, true)
	l.works = l.provider(t, false)
	s := serve(t, l.good(0))
	for n := range 12 { // it takes that many for the breaker to open
		l.expect(t, s, fmt.Sprint("opens ", n), nil)
	}
	open := l.asked.Load()
	l.expect(t, s, "cached", http.Header{"X-Routedrill-Task": {"faq"}})
	l.expect(t, s, "once", http.Header{"Idempotency-Key": {"k"}})

	stop := make(chan struct{})
	var workers sync.WaitGroup
	var requests, jobs atomic.Int64
	for w := range 6 {
		workers.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				header := http.Header{}
				if n%10 == 9 {
					header.Set("X-Routedrill-Class", "batch")
				}
				status, body, err := post(client, s.base, fmt.Sprintf("load %d %d", w, n), n%3 == 1 && n%10 != 9, header)
				switch {
				case err != nil:
					t.Errorf("worker %d, request %d: %v", w, n, err)
				case n%10 == 9 && status == 202:
					jobs.Add(1)
				case status != 200 || !strings.Contains(body, "hello") || n%3 == 1 && !strings.HasSuffix(body, "data: [DONE]\n\n"):
					t.Errorf("worker %d, request %d: %d %q", w, n, status, body)
				}
				requests.Add(1)
			}
		})
	}
	applied, refused, spent := 0, 0, 0.0
	for n := 1; n <= *reloads && !t.Failed(); n++ {
		text, good := l.good(n), n%3 != 0
		if !good {
			text = l.bad(n)
		}
		s.swap(text)
		if n%2 == 0 { // the odd ones are seen to change
			require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
		}
		if good {
			applied++
			s.waitFor(func() bool { return strings.Contains(page(t, s.base+"/v1/models"), fmt.Sprintf(`"generation-%d"`, n)) })
		} else {
			refused++
			s.waitFor(func() bool { _, v := readyz(t, s.base); return !v.Reloaded })
		}
		l.expect(t, s, "cached", http.Header{"X-Routedrill-Task": {"faq"}})
		l.expect(t, s, "once", http.Header{"Idempotency-Key": {"k"}})
		require.Contains(t, page(t, s.base+"/v1/routedrill/health"), `"state":"open"`)
		now := spending(t, s)
		require.GreaterOrEqual(t, now, spent, "the ledger goes on")
		spent = now
	}
	close(stop)
	workers.Wait()
	require.Equal(t, open, l.asked.Load(), "an open breaker stays open")
	s.waitFor(func() bool {
		return strings.Contains(page(t, s.base+"/v1/routedrill/health"), fmt.Sprintf(`"queue":{"queued":0,"running":0,"done":%d,"dead":0`, jobs.Load()))
	})
	require.Positive(t, jobs.Load())
	l.sees(t, "cached", 1)
	l.sees(t, "once", 1)
	require.InDelta(t, float64(l.served.Load())*0.0005, spending(t, s), 1e-9, "each answer is booked once")
	require.InDelta(t, spending(t, s), budgetSpent(t, s), 1e-9, "and counts against the budget")
	t.Logf("%d configs taken up, %d refused, under %d requests (%d jobs among them)", applied, refused, requests.Load(), jobs.Load())
}

// loaded are the providers of TestReloadUnderLoad: one that always fails, and one that
// answers with 100 + 50 tokens.
type loaded struct {
	broken, works string
	asked, served atomic.Int64 // requests to the one, answers of the other

	mu      sync.Mutex
	prompts map[string]int // to the one that works
}

func (l *loaded) provider(t *testing.T, broken bool) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if broken {
			l.asked.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var body struct {
			Stream   bool
			Messages []struct{ Content string }
		}
		_ = json.NewDecoder(q.Body).Decode(&body)
		l.mu.Lock()
		if l.prompts == nil {
			l.prompts = map[string]int{}
		}
		l.prompts[body.Messages[0].Content]++
		l.mu.Unlock()
		l.served.Add(1)
		const usage = `"usage":{"prompt_tokens":100,"completion_tokens":50}`
		if !body.Stream {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],`+usage+`}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, event := range []string{
			`{"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hello"}}]}`,
			`{"model":"m","choices":[{"index":0,"delta":{"content":" there"}}]}`,
			`{"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
			`{"model":"m","choices":[],` + usage + `}`, `[DONE]`,
		} {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", event)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond) // so that configs change under it
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// good is the nth config: whatever differs leaves what is known as it is.
func (l *loaded) good(n int) string {
	return fmt.Sprintf(`
version: 1
providers:
  broken: {base_url: %s/v1, api_key: k, models: {m: {price: {input: 3, output: 4}}}}
  works: {base_url: %s/v1, api_key: key-%d, models: {m: {price: {input: 3, output: 4}}}}
routes: {smart: [broken/m, works/m], generation-%d: [works/m]}
resilience: {attempt_timeout: %ds, breaker: {open_for: 60m, max_open_for: 60m}, backoff: {base: %dms}, last_resort: false}
idempotency: {ttl: 1h, entries: %d}
cache: {ttl: {faq: 1h}, entries: %d}
budgets: {all: {limit: %d, per: month, soft: 80%%}}
queue: {workers: 2}
`, l.broken, l.works, n%5, n, 20+n%3, 50+n%4, 1000+n, 1000+n, 1000+n)
}

// bad is one that must be refused.
func (l *loaded) bad(n int) string {
	return []string{
		"", "version: 1\n", "version: 1\nproviders: {a: [", l.good(n) + "unknown: 1\n",
		strings.ReplaceAll(l.good(n), "works/m]", "nobody/m]"), strings.ReplaceAll(l.good(n), "api_key: k,", `api_key: "${NO_SUCH_VARIABLE}",`),
		l.good(n)[:len(l.good(n))/2],
	}[n/3%7]
}

// expect asks, and wants an answer.
func (l *loaded) expect(t *testing.T, s *serving, prompt string, header http.Header) {
	t.Helper()
	status, body, err := post(http.DefaultClient, s.base, prompt, false, header)
	require.NoError(t, err)
	require.Equal(t, 200, status, body)
	require.Contains(t, body, "hello")
}

// sees checks how often the provider got a prompt.
func (l *loaded) sees(t *testing.T, prompt string, n int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Equal(t, n, l.prompts[prompt], prompt)
}

func post(client *http.Client, base, prompt string, stream bool, header http.Header) (int, string, error) {
	q, err := http.NewRequest(http.MethodPost, base+"/v1/chat/completions", bytes.NewReader(fmt.Appendf(nil,
		`{"model":"smart","stream":%v,"max_tokens":50,"messages":[{"role":"user","content":%q}]}`, stream, prompt)))
	if err != nil {
		return 0, "", err
	}
	for name, v := range header {
		q.Header[name] = v
	}
	resp, err := client.Do(q)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(bufio.NewReader(resp.Body))
	return resp.StatusCode, string(body), err
}

func (s *serving) waitFor(f func() bool) {
	s.t.Helper()
	require.Eventually(s.t, f, 30*time.Second, 5*time.Millisecond, "the log:\n%s", &s.log)
}

// spending is what the ledger says was spent in all, in USD.
func spending(t *testing.T, s *serving) (usd float64) {
	t.Helper()
	var v struct {
		Providers []struct {
			TotalUSD float64 `json:"total_usd"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(page(t, s.admin+"/spending")), &v))
	for _, p := range v.Providers {
		usd += p.TotalUSD
	}
	return usd
}

// budgetSpent is what the one budget says.
func budgetSpent(t *testing.T, s *serving) float64 {
	t.Helper()
	var v struct {
		Budgets []struct {
			SpentUSD float64 `json:"spent_usd"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(page(t, s.base+"/v1/routedrill/health")), &v))
	require.Len(t, v.Budgets, 1)
	return v.Budgets[0].SpentUSD
}
