package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFake is the whole command as a process: it says where it is, fails as the
// admin API tells it to, keeps a journal, and stops by a signal.
func TestFake(t *testing.T) {
	dir := t.TempDir()
	world, journal, token := filepath.Join(dir, "world.yaml"), filepath.Join(dir, "journal.jsonl"), filepath.Join(dir, "token")
	require.NoError(t, os.WriteFile(world, []byte("providers:\n  p: {models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}\n"), 0o600))
	require.NoError(t, os.WriteFile(token, []byte("0123456789\n"), 0o600))

	binary, err := exec.LookPath("routedrill") // TestMain sees to it
	require.NoError(t, err)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "fake", world, "--admin", "127.0.0.1:0",
		"--admin-token", token, "--api-key", "sk-the-key", "--journal", journal)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var stderr lockedBuffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	lines := bufio.NewReader(stdout)
	var base, admin string
	read := func(format string, dst *string) {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, stderr.String())
		_, err = fmt.Sscanf(line, format, dst)
		require.NoError(t, err, line)
	}
	read("provider p openai %s", &base)
	read("admin %s", &admin)
	rest := make(chan string, 1)
	go func() { b, _ := io.ReadAll(lines); rest <- string(b) }()

	send := func(method, url, key, body string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(b)
	}
	chat := func(key string) int {
		status, _ := send("POST", base+"/chat/completions", key, `{"model":"m","messages":[{"role":"user","content":"hello"}]}`)
		return status
	}
	require.Equal(t, 401, chat("sk-another"))
	require.Equal(t, 200, chat("sk-the-key"))
	status, _ := send("GET", admin+"/faults", "wrong", "")
	require.Equal(t, 401, status)
	status, text := send("POST", admin+"/faults", "0123456789", "{id: x, ttl: 1h, fault: {kind: status, status: 529}}")
	require.Equal(t, 201, status, text)
	require.Equal(t, 529, chat("sk-the-key"))

	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	printed := <-rest
	require.NoError(t, cmd.Wait(), stderr.String())
	for _, want := range []string{"# routedrill: ", "# litellm: ", "# env: ", "# curl: ", "os.environ/ROUTEDRILL_FAKE_API_KEY", base} {
		require.Contains(t, printed, want)
	}
	require.NotContains(t, printed+stderr.String(), "sk-the-key")
	require.NotContains(t, printed+stderr.String(), "0123456789")
	require.Contains(t, stderr.String(), "stopping; requests under way have 10s")
	kept, err := os.ReadFile(journal)
	require.NoError(t, err)
	require.Equal(t, 3, strings.Count(string(kept), "\n"))
	require.Contains(t, string(kept), `"status":529,"faults":["x"]`)
}

// A port in use is a mistake of the command line, as it is to serve.
func TestFakePortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	world := filepath.Join(t.TempDir(), "world.yaml")
	require.NoError(t, os.WriteFile(world, []byte("providers: {p: {models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}}\n"), 0o600))
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	var out, errs strings.Builder
	require.Equal(t, codeUsage, execute([]string{"fake", world, "--port", port}, system{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}))
	require.Contains(t, errs.String(), "--port "+port+": ")
	require.Contains(t, errs.String(), "address already in use")
	require.Empty(t, out.String())
}
