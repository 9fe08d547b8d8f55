package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readyz is what /readyz says.
func readyz(t *testing.T, base string) (status int, v readyView) {
	t.Helper()
	resp, err := http.Get(base + "/readyz")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, json.Unmarshal(body, &v), string(body))
	return resp.StatusCode, v
}

// logged waits until the log holds a text for the nth time.
func (s *serving) logged(text string, n int) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return strings.Count(s.log.String(), text) >= n }, 20*time.Second, 5*time.Millisecond,
		"%s\nhas not come to hold %q %d times", &s.log, text, n)
}

// swap puts a new file in the place of the config, as editors do.
func (s *serving) swap(text string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(s.file+".new", []byte(text), 0o600))
	require.NoError(s.t, os.Rename(s.file+".new", s.file))
}

// TestReload: however a file changes, it is taken up; a bad one is not, which shows.
func TestReload(t *testing.T) {
	up := upstream(t, "up", 0)
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("wrong"), 0o600))
	text := func(route string) string {
		return fmt.Sprintf("version: 1\nproviders: {up: {base_url: %q, api_key: \"${file:%s}\", models: {m: {}}}}\nroutes: {%s: [up/m]}\n", up, key, route)
	}
	s := serve(t, text("one"))
	status, _ := s.ask("one", "hi")
	require.Equal(t, 502, status, "the key is wrong")
	require.NoError(t, os.WriteFile(key, []byte("sk-secret-of-up"), 0o600))
	s.logged("config reloaded", 1)
	status, body := s.ask("one", "hi")
	require.Equal(t, 200, status, body)

	for n, change := range []struct {
		name string
		do   func(text string)
	}{
		{"written in place", func(text string) { s.write(text) }},
		{"renamed", s.swap},
		{"a link to a folder that is swapped", func(text string) {
			dir := filepath.Dir(s.file)
			for _, version := range []string{"1", "2"} { // the first takes the file's place
				require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(dir, version, "router.yaml"), []byte(text), 0o600))
				require.NoError(t, os.Symlink(version, filepath.Join(dir, "data.new")))
				require.NoError(t, os.Rename(filepath.Join(dir, "data.new"), filepath.Join(dir, "..data")))
				if version == "1" {
					require.NoError(t, os.Symlink("..data/router.yaml", s.file+".new"))
					require.NoError(t, os.Rename(s.file+".new", s.file))
				}
			}
		}},
		{"changed behind the link", func(text string) {
			require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(s.file), "2", "router.yaml"), []byte(text), 0o600))
		}},
	} {
		route := fmt.Sprintf("route-%d", n)
		change.do(text(route))
		s.logged("config reloaded", n+2)
		status, body := s.ask(route, "hi")
		require.Equal(t, 200, status, change.name+": "+body)
		status, _ = s.ask("one", "hi")
		require.Equal(t, 404, status, change.name)
	}

	_, before := readyz(t, s.base)
	require.True(t, before.Reloaded)
	s.write("version: 1\nroutes: {lost: [nobody/m]}\n")
	s.logged("config not reloaded", 1)
	status, v := readyz(t, s.base)
	require.Equal(t, 200, status, "the old one goes on")
	require.Equal(t, readyView{Ready: true, Since: before.Since}, v)
	_, v = readyz(t, s.admin)
	require.Contains(t, v.Error, "providers")
	status, _ = s.ask("route-3", "hi")
	require.Equal(t, 200, status)
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	s.logged("config not reloaded", 2)

	s.write(text("last") + "queue: {workers: 2}\n")
	s.logged("queue has changed: that takes effect when the process starts anew", 1)
	_, v = readyz(t, s.base)
	require.True(t, v.Reloaded)
	require.True(t, v.Since.After(before.Since))
	require.NotContains(t, s.log.String(), "secret")
}
