package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// heldStream is a provider whose stream goes on until it is let go, and the config of a
// router before it.
func heldStream(t *testing.T) (text string, release func()) {
	t.Helper()
	released := make(chan struct{})
	release = sync.OnceFunc(func() { close(released) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"model":"m","choices":[{"index":0,"delta":{"content":"first"}}]}`+"\n\n")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-released:
		case <-q.Context().Done():
		}
		_, _ = io.WriteString(w, `data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(func() { release(); server.Close() })
	return "version: 1\nproviders: {p: {base_url: " + server.URL + "/v1, api_key: k, models: {m: {}}}}\n", release
}

// begin begins a stream, whose beginning has come.
func (s *serving) begin(client *http.Client) *http.Response {
	s.t.Helper()
	resp, err := client.Post(s.base+"/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"p/m","stream":true,"messages":[{"role":"user","content":"hi"}]}`))
	require.NoError(s.t, err)
	line, err := bufio.NewReader(io.LimitReader(resp.Body, 32)).ReadString('{')
	require.NoError(s.t, err)
	require.Equal(s.t, "data: {", line)
	return resp
}

// A stop is seen at /readyz before anybody is turned away; then nobody new comes in,
// and a stream ends whole.
func TestStopIsGraceful(t *testing.T) {
	text, release := heldStream(t)
	s := serve(t, text, "--grace", "3s", "--drain", "1m")
	require.Equal(t, "ok\n", page(t, s.base+"/healthz"))
	require.Equal(t, "ok\n", page(t, s.admin+"/healthz"))
	status, v := readyz(t, s.base)
	require.Equal(t, 200, status)
	require.True(t, v.Ready)
	client := &http.Client{Transport: &http.Transport{}}
	resp := s.begin(client)

	code := s.code
	s.code = nil // it is stopped here
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	s.waitFor(func() bool { return strings.Contains(s.log.String(), `"msg":"leaving"`) })
	for _, base := range []string{s.base, s.admin} {
		status, v = readyz(t, base)
		require.Equal(t, 503, status)
		require.False(t, v.Ready)
	}
	require.Equal(t, "ok\n", page(t, s.base+"/healthz"), "it lives")
	status, body := s.ask("p/m", "hi")
	require.Equal(t, 200, status, body)
	s.waitFor(func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	require.Empty(t, code, "a stream is under way")
	release()
	rest, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.True(t, strings.HasSuffix(string(rest), "data: [DONE]\n\n"), string(rest))
	require.Equal(t, codePass, <-code)
}

// What has not ended within --drain is broken off, and that is said.
func TestStopIsBounded(t *testing.T) {
	text, _ := heldStream(t)
	s := serve(t, text, "--drain", "100ms")
	client := &http.Client{Transport: &http.Transport{}}
	resp := s.begin(client)
	code := s.code
	s.code = nil
	began := time.Now()
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	require.Equal(t, codeUnexpected, <-code)
	require.GreaterOrEqual(t, time.Since(began), 100*time.Millisecond)
	require.Contains(t, s.log.String(), "requests were still under way after 100ms and have been broken off")
	_, err := io.ReadAll(resp.Body)
	require.Error(t, err)
	_ = resp.Body.Close()
}

func TestServeRefusesFlags(t *testing.T) {
	for _, tt := range []struct{ flags, err string }{
		{"--grace -1s", "--grace -1s: want 0 to 10m"},
		{"--grace 11m", "--grace 11m0s: want 0 to 10m"},
		{"--drain 0s", "--drain 0s: want more than 0 and at most 1h"},
	} {
		var out lockedBuffer
		args := append([]string{"serve", "--config", "none.yaml"}, strings.Fields(tt.flags)...)
		require.Equal(t, codeUsage, execute(args, system{stdout: &out, stderr: &out, getenv: os.Getenv}))
		require.Contains(t, out.String(), tt.err)
	}
}
