package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// lockedBuffer may be written while it is read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// upstream is a fake provider on a port, which fails with a status unless it is 0.
func upstream(t *testing.T, name string, status int) string {
	t.Helper()
	c := fakeproviders.Config{Name: name, APIKey: "sk-secret-of-" + name, Models: []fakeproviders.Model{{Name: "m"}}}
	if status != 0 {
		f, err := fault.New("status", fault.Values{"status": {Num: float64(status)}})
		require.NoError(t, err)
		c.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: f}}
	}
	p, err := fakeproviders.New(c)
	require.NoError(t, err)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

// page is what GET of a URL brings.
func page(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode, string(body))
	return string(body)
}

// withToken is a URL with the operators' token in it, as a browser would send it.
func withToken(url, token string) string {
	return strings.Replace(url, "://", "://anybody:"+token+"@", 1)
}

// TestServe is the whole command: a config with keys from the environment, a
// request that fails over, the log of it, the health page, and a stop by signal.
func TestServe(t *testing.T) {
	t.Setenv("KEY_A", "sk-secret-of-a")
	t.Setenv("KEY_B", "sk-secret-of-b")
	file := filepath.Join(t.TempDir(), "router.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`
version: 1
providers:
  a: {base_url: `+upstream(t, "a", 503)+`, api_key: "${KEY_A}", models: {m: {}}}
  b: {base_url: `+upstream(t, "b", 0)+`, api_key: "${KEY_B}", models: {m: {price: {input: 1, output: 2}}}}
routes: {smart: [a/m, b/m]}
cache: {ttl: 1m}
`), 0o600))
	out, in := io.Pipe()
	var log lockedBuffer
	code := make(chan int, 1)
	go func() {
		code <- execute([]string{"serve", "--config", file, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, system{stdout: in, stderr: &log, getenv: os.Getenv})
	}()
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	operators, err := lines.ReadString('\n')
	require.NoError(t, err)
	token, err := lines.ReadString('\n')
	require.NoError(t, err)
	token = strings.TrimSpace(strings.TrimPrefix(token, "operators' token, for this run: "))
	base := strings.TrimSpace(strings.TrimPrefix(line, "routedrill serves "))

	resp, err := http.Post(base+"/chat/completions", "application/json",
		strings.NewReader(`{"model":"smart","messages":[{"role":"user","content":"a secret prompt"}]}`))
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode, string(body))
	require.Equal(t, "b", resp.Header.Get("X-Routedrill-Provider"))

	resp, err = http.Get(base + "/routedrill/health")
	require.NoError(t, err)
	var health map[string]any
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&health))
	require.NoError(t, resp.Body.Close())
	require.NotEmpty(t, health)
	for n := range 12 { // enough for the breaker, and none of them in the cache
		resp, err = http.Post(base+"/chat/completions", "application/json", strings.NewReader(`{"model":"smart","messages":[{"role":"user","content":"`+strconv.Itoa(n)+`"}]}`))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	status := page(t, strings.TrimSuffix(base, "/v1")+"/status.json")
	require.Contains(t, status, `"status":"partial"`)
	require.Contains(t, status, `"routes":["smart"]`)
	require.Contains(t, page(t, strings.TrimSuffix(base, "/v1")+"/status.html?lang=id"), `lang="id">a bermasalah sejak`)
	admin := strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(operators, "operators: ")), "/panel")
	var list []struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(page(t, withToken(admin, token)+"/incidents")), &list))
	require.Len(t, list, 1)
	require.Contains(t, page(t, withToken(admin, token)+"/incidents/"+list[0].ID+"/post-mortem"), "# Post-mortem (draft): a")

	require.Contains(t, page(t, withToken(admin, token)+"/cache"), `"misses":`)
	require.Contains(t, page(t, withToken(admin, token)+"/metrics"), `routedrill_requests_total{endpoint="chat",outcome="served",route="smart"} 13`)
	resp, err = http.Get(admin + "/cache")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 401, resp.StatusCode, "nobody without the token reaches what is for operators")
	resp, err = http.Get(strings.TrimSuffix(base, "/v1") + "/cache")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 404, resp.StatusCode, "clients do not reach what is for operators")
	require.Contains(t, page(t, withToken(admin, token)+"/panel"), "1 of 2 targets is out")
	require.Contains(t, page(t, withToken(admin, token)+"/"), "1 of 2 targets is out", "the address alone leads to the panel")
	resp, err = http.Get(admin + "/")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 401, resp.StatusCode)
	watching, err := http.Get(withToken(admin, token) + "/panel/events")
	require.NoError(t, err)
	http.DefaultClient.CloseIdleConnections()

	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	require.Equal(t, codePass, <-code, "who watches does not hold up the stop")
	events, err := io.ReadAll(watching.Body)
	require.NoError(t, err)
	require.NoError(t, watching.Body.Close())
	require.Contains(t, string(events), "event: view\ndata: ")
	require.Contains(t, log.String(), `"served_by":"b/m"`)
	require.Contains(t, log.String(), `"reason":"server_error"`)
	require.Equal(t, 1, strings.Count(log.String(), `"msg":"breaker"`), "a breaker's change is told once")
	require.NotContains(t, log.String(), token)
	require.NotContains(t, log.String(), "secret", "no key and no prompt in a log")
}
