package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/front"
)

// The keys of the attacked, and of those who attack; no log and no answer may hold them.
const (
	acmeKey  = "rdk-the-key-of-acme"
	otherKey = "rdk-the-key-of-another"
)

// attacked is a serve with keys, a queue and a cache, before a fake and before servers
// that mean no good.
func attacked(t *testing.T) (*serving, *malice) {
	t.Helper()
	m := &malice{}
	bad := httptest.NewServer(m)
	t.Cleanup(bad.Close)
	t.Setenv("KEY_A", "sk-secret-of-a")
	admin := freeAddress(t)
	s := serve(t, `
version: 1
providers:
  a: {base_url: `+upstream(t, "a", 0)+`, api_key: "${KEY_A}", models: {m: {}}}
  bad: {base_url: `+bad.URL+`/v1, api_key: "${KEY_A}", models: {endless: , huge: , line: }}
  operators: {base_url: "http://`+admin+`/v1", api_key: "${KEY_A}", models: {m: }}
routes: {smart: [a/m], private: [a/m]}
cache: {ttl: 1m}
queue: {workers: 1}
resilience: {total_timeout: 2s, max_attempts: 1}
server:
  keys:
    acme: {hash: `+front.Hash(acmeKey)+`}
    other: {hash: `+front.Hash(otherKey)+`, routes: [smart, bad/endless, bad/huge, bad/line, operators/m]}
  limits: {body_bytes: 1M}
`, "--admin", admin)
	return s, m
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// malice is a provider that answers without end. It counts what it got rid of.
type malice struct{ sent atomic.Int64 }

func (m *malice) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	event := []byte(`data: {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"more and more "}}]}` + "\n\n")
	switch model := string(body); {
	case strings.Contains(model, `"endless"`):
		w.Header().Set("Content-Type", "text/event-stream")
	case strings.Contains(model, `"line"`): // one event that never ends
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"`)
		event = []byte(strings.Repeat("x", 64<<10))
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1073741824")
		_, _ = io.WriteString(w, `{"id":"x","choices":[{"index":0,"message":{"content":"`)
		event = []byte(strings.Repeat("x", 1<<20))
	}
	for range 1 << 20 {
		n, err := w.Write(event)
		if m.sent.Add(int64(n)); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
	}
}

// call asks with a key, and gives the answer with its body read.
func (s *serving) call(method, path, key, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	q, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if key != "" {
		q.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(q)
	require.NoError(s.t, err)
	got, err := io.ReadAll(resp.Body)
	require.NoError(s.t, resp.Body.Close())
	if err != nil {
		got = append(got, " (broken off)"...)
	}
	return resp, string(got)
}

// raw writes bytes to the port of clients and reads all statuses that come back.
func (s *serving) raw(text string) (statuses []string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	require.NoError(s.t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(s.t, err)
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		statuses = append(statuses, fmt.Sprint(resp.StatusCode))
		if resp.Close {
			return statuses
		}
	}
}

func chatOf(model, prompt string) string {
	return `{"model":"` + model + `","messages":[{"role":"user","content":"` + prompt + `"}]}`
}

// TestAttacks is the list of what is tried on a gateway, each with what must come of it.
func TestAttacks(t *testing.T) {
	s, bad := attacked(t)
	const chat = "/v1/chat/completions"
	hidden := func(t *testing.T, texts ...string) {
		for _, text := range texts {
			for _, secret := range []string{acmeKey, otherKey, "sk-secret", "a secret prompt", front.Hash(acmeKey)} {
				require.NotContains(t, text, secret)
			}
		}
	}
	t.Run("no key, and wrong ones", func(t *testing.T) {
		for _, key := range []string{"", "rdk-guessed", front.Hash(acmeKey), acmeKey + "x"} {
			for _, path := range []string{chat, "/v1/responses", "/v1/embeddings", "/v1/models", "/v1/routedrill/health", "/v1/routedrill/jobs/job-1", "/cache", "/"} {
				resp, body := s.call("POST", path, key, chatOf("smart", "a secret prompt"))
				require.Equal(t, 401, resp.StatusCode, path)
				require.Contains(t, body, `"code":"invalid_api_key"`)
				hidden(t, body)
			}
		}
	})
	t.Run("a route that is not allowed", func(t *testing.T) {
		for _, model := range []string{"private", "a/m"} {
			resp, body := s.call("POST", chat, otherKey, chatOf(model, "hi"))
			require.Equal(t, 403, resp.StatusCode)
			require.Contains(t, body, `"code":"route_not_allowed"`)
		}
		_, body := s.call("POST", chat, otherKey, chatOf("privat", "hi"))
		require.NotContains(t, body, "private", "no hint at what others have")
		_, body = s.call("GET", "/v1/models", otherKey, "")
		require.Contains(t, body, `"id":"smart"`)
		require.NotContains(t, body, "private")
		resp, _ := s.call("GET", "/v1/models/private", otherKey, "")
		require.Equal(t, 404, resp.StatusCode)
	})
	t.Run("another tenant's cache entry", func(t *testing.T) {
		for n, want := range []string{"miss", "hit"} {
			resp, _ := s.call("POST", chat, acmeKey, chatOf("smart", "a secret prompt"))
			require.Equal(t, want, resp.Header.Get("X-Routedrill-Cache"), n)
		}
		resp, _ := s.call("POST", chat, otherKey, chatOf("smart", "a secret prompt"), "X-Routedrill-Tenant", "acme")
		require.Equal(t, "miss", resp.Header.Get("X-Routedrill-Cache"))
	})
	t.Run("another tenant's answer by its idempotency key", func(t *testing.T) {
		resp, _ := s.call("POST", chat, acmeKey, chatOf("smart", "once"), "Idempotency-Key", "k", "Cache-Control", "no-store")
		require.Equal(t, 200, resp.StatusCode)
		resp, _ = s.call("POST", chat, otherKey, chatOf("smart", "once"), "Idempotency-Key", "k", "Cache-Control", "no-store", "X-Routedrill-Tenant", "acme")
		require.Equal(t, 200, resp.StatusCode)
		require.Empty(t, resp.Header.Get("X-Routedrill-Replayed"))
	})
	t.Run("another tenant's job", func(t *testing.T) {
		resp, body := s.call("POST", chat, acmeKey, chatOf("private", "a secret prompt"), "Prefer", "respond-async")
		require.Equal(t, 202, resp.StatusCode, body)
		where := resp.Header.Get("Location")
		for _, method := range []string{"GET", "DELETE"} {
			resp, body = s.call(method, where, otherKey, "", "X-Routedrill-Tenant", "acme")
			require.Equal(t, 404, resp.StatusCode)
			hidden(t, body)
		}
		resp, _ = s.call("GET", where, acmeKey, "", "X-Routedrill-Tenant", "other")
		require.Equal(t, 200, resp.StatusCode, "its owner sees it, whatever they say they are")
	})
	t.Run("paths and headers that smuggle", func(t *testing.T) {
		operators := strings.TrimPrefix(s.admin[strings.Index(s.admin, "@")+1:], "http://")
		long := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(chatOf("smart", "hi")), chatOf("smart", "hi"))
		for _, row := range []struct {
			name, text string
			want       []string
		}{
			{"around the key", "GET /status.json/../v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []string{"401"}},
			{"encoded", "GET /status.json%2f..%2fv1%2fmodels HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []string{"401"}},
			{"a whole URL of the operators'", "GET http://" + operators + "/cache HTTP/1.1\r\nHost: " + operators + "\r\nAuthorization: Bearer " + acmeKey + "\r\nConnection: close\r\n\r\n", []string{"404"}},
			{"a tunnel", "CONNECT " + operators + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + acmeKey + "\r\nConnection: close\r\n\r\n", []string{"404"}},
			{"two lengths", "POST " + chat + " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", []string{"400"}},
			{"an unknown encoding", "POST " + chat + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", []string{"501"}},
			{"a header in two lines", "GET /v1/models HTTP/1.1\r\nHost: a\r\nX: y\r\n Authorization: Bearer " + acmeKey + "\r\nConnection: close\r\n\r\n", []string{"401"}},
			{"a blank before the colon", "GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer " + acmeKey + "\r\n\r\n", []string{"400"}},
			{"a key of its own for each request", "POST " + chat + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + acmeKey + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + long + "GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", nil},
		} {
			got := s.raw(row.text)
			if row.want == nil { // what follows a request with two lengths is refused, or never read
				require.NotEmpty(t, got)
				require.NotContains(t, got[1:], "200", row.name)
				continue
			}
			require.Equal(t, row.want, got, row.name)
		}
	})
	t.Run("a body of 1 GB", func(t *testing.T) {
		for _, length := range []int64{1 << 30, -1} {
			body := &counter{left: 1 << 30}
			q, err := http.NewRequest("POST", s.base+chat, body)
			require.NoError(t, err)
			q.ContentLength = length
			q.Header.Set("Authorization", "Bearer "+acmeKey)
			if resp, err := http.DefaultClient.Do(q); err == nil { // else it was cut off in mid-body
				require.Equal(t, 413, resp.StatusCode)
				require.NoError(t, resp.Body.Close())
			}
			require.Less(t, body.read.Load(), int64(64<<20), "not taken")
		}
	})
	t.Run("JSON 100,000 levels deep", func(t *testing.T) {
		deep := `{"model":"smart","messages":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`
		for _, path := range []string{chat, "/v1/responses", "/v1/completions", "/v1/embeddings"} {
			resp, body := s.call("POST", path, acmeKey, deep)
			require.Equal(t, 400, resp.StatusCode, path)
			require.Less(t, len(body), 500)
		}
	})
	t.Run("an answer of 1 GB", func(t *testing.T) {
		bad.sent.Store(0)
		resp, body := s.call("POST", chat, otherKey, chatOf("bad/huge", "hi"))
		require.Contains(t, []int{502, 504}, resp.StatusCode, body) // by its size, or by the time it takes
		require.Less(t, bad.sent.Load(), int64(128<<20))
	})
	t.Run("an event without end", func(t *testing.T) {
		bad.sent.Store(0)
		resp, body := s.call("POST", chat, otherKey, strings.Replace(chatOf("bad/line", "hi"), "{", `{"stream":true,`, 1))
		require.Contains(t, []int{502, 504}, resp.StatusCode, body) // by its size, or by the time it takes
		require.Less(t, bad.sent.Load(), int64(16<<20))
	})
	t.Run("a stream without end", func(t *testing.T) {
		resp, body := s.call("POST", chat, otherKey, strings.Replace(chatOf("bad/endless", "hi"), "{", `{"stream":true,`, 1))
		require.Equal(t, 200, resp.StatusCode)
		require.Contains(t, body[len(body)-400:], `"code":"total_timeout"`)
		require.NotContains(t, body, "[DONE]")
	})
	t.Run("the operators' address as a provider", func(t *testing.T) {
		resp, body := s.call("POST", chat, otherKey, chatOf("operators/m", "hi"))
		require.Equal(t, 502, resp.StatusCode)
		require.Contains(t, body, "dns_failure")
		require.Contains(t, s.log.String(), "operators are served there")
	})
	t.Run("the operators' address without their token", func(t *testing.T) {
		at := s.admin[:strings.Index(s.admin, "://")+3] + s.admin[strings.Index(s.admin, "@")+1:]
		for _, key := range []string{"", acmeKey} {
			for _, path := range []string{"/panel", "/cache", "/incidents", "/spending", "/"} {
				q, err := http.NewRequest("GET", at+path, nil)
				require.NoError(t, err)
				q.Header.Set("Authorization", "Bearer "+key)
				resp, err := http.DefaultClient.Do(q)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				require.Equal(t, 401, resp.StatusCode, path)
			}
		}
	})
	var health struct{ Targets []any }
	_, body := s.call("GET", "/v1/routedrill/health", acmeKey, "")
	require.NoError(t, json.Unmarshal([]byte(body), &health), body)
	s.stop()
	hidden(t, s.log.String(), body)
	require.Contains(t, s.log.String(), `"caller":"acme"`)
}

// counter is a body of so many bytes, which says how many were taken.
type counter struct {
	left int64
	read atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.EOF
	}
	c.left -= int64(len(p))
	c.read.Add(int64(len(p)))
	return len(p), nil
}
