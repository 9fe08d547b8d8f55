package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// serving is `serve` at work in this process. It is stopped by SIGTERM, so tests with
// one are not parallel.
type serving struct {
	t           *testing.T
	file        string // its config
	base, admin string // URLs without a path, the operators' with their token
	log         lockedBuffer
	code        chan int
	out         *io.PipeReader
}

// serve starts it with a file of this text, and the flags.
func serve(t *testing.T, text string, flags ...string) *serving {
	t.Helper()
	s := &serving{t: t, file: filepath.Join(t.TempDir(), "router.yaml"), code: make(chan int, 1)}
	s.write(text)
	out, in := io.Pipe()
	s.out = out
	args := append([]string{"serve", "--config", s.file, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, flags...)
	code := s.code // who stops it may take it
	go func() {
		code <- execute(args, system{stdout: in, stderr: &s.log, getenv: os.Getenv})
		_ = in.Close()
	}()
	lines := bufio.NewReader(out)
	for _, where := range []*string{&s.base, &s.admin} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, s.log.String())
		_, url, _ := strings.Cut(strings.TrimSpace(line), "://")
		host, _, _ := strings.Cut(url, "/")
		*where = line[strings.Index(line, "http"):strings.Index(line, "://")] + "://" + host
	}
	line, err := lines.ReadString('\n')
	require.NoError(t, err, s.log.String())
	_, token, found := strings.Cut(strings.TrimSpace(line), "token, for this run: ")
	require.True(t, found, line)
	s.admin = withToken(s.admin, token)
	t.Cleanup(s.stop)
	return s
}

func (s *serving) write(text string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(s.file, []byte(text), 0o600))
}

// stop stops it, once.
func (s *serving) stop() {
	if s.code == nil {
		return
	}
	s.t.Helper()
	http.DefaultClient.CloseIdleConnections()
	require.NoError(s.t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	require.Equal(s.t, codePass, <-s.code, s.log.String())
	s.code = nil
}

// ask posts a chat and returns the answer's status and body.
func (s *serving) ask(model, prompt string) (int, string) {
	s.t.Helper()
	resp, err := http.Post(s.base+"/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"`+model+`","messages":[{"role":"user","content":"`+prompt+`"}]}`))
	require.NoError(s.t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	return resp.StatusCode, string(body)
}
