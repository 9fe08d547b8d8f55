package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// secretFile writes a secret to a file and returns what names it in a config.
func secretFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return "${file:" + path + "}"
}

func TestSecret(t *testing.T) {
	t.Setenv("A_KEY", "sk-env")
	path := func(text string) string { return strings.Trim(secretFile(t, "key", text), "${}") }
	for _, tt := range []struct {
		name, of, value string
		ok              bool
	}{
		{"a variable", "A_KEY", "sk-env", true},
		{"none", "NO_SUCH_KEY_IS_SET", "", false},
		{"a file", path("sk-file"), "sk-file", true},
		{"with a line's end", path("sk-file\n"), "sk-file", true},
		{"with that of Windows", path("sk-file\r\n"), "sk-file", true},
		{"with more than one", path("sk-file\n\n"), "sk-file\n", true},
		{"an empty one", path(""), "", true},
		{"one that is too long", path(strings.Repeat("x", maxSecret+1)), "it is above 64 KiB", false},
		{"no file", "file:/no/such/file", "no such file or directory", false},
		{"a folder", "file:/", "is a directory", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			value, ok := secret(tt.of)
			require.Equal(t, tt.value, value)
			require.Equal(t, tt.ok, ok)
		})
	}
}

// Keys come from the environment and from files, reach the providers, and nobody
// else: whatever fails.
func TestSecretsStayHidden(t *testing.T) {
	t.Setenv("KEY_A", "sk-secret-wrong")
	t.Setenv("HOOK", "http://127.0.0.1:1/secret-path")
	t.Setenv("NO_URL", "://secret-url")
	file := `
version: 1
providers:
  a: {base_url: ` + upstream(t, "a", 0) + `, api_key: "${KEY_A}", models: {m: {}}}
  b: {base_url: ` + upstream(t, "b", 0) + `, api_key: "` + secretFile(t, "b", "sk-secret-of-b\n") + `", models: {m: {}}}
  gone: {base_url: "http://127.0.0.1:1/v1", api_key: "${KEY_A}", models: {m: {}}}
routes: {smart: [gone/m, a/m, b/m]}
health: {alerts: {webhook: {url: "${HOOK}", secret: "${KEY_A}"}}}
queue: {workers: 1, webhook: {url: "${HOOK}", secret: "${KEY_A}"}}
`
	s := serve(t, file)
	status, body := s.ask("smart", "hello")
	require.Equal(t, 200, status, body)
	for _, model := range []string{"a/m", "gone/m"} {
		status, text := s.ask(model, "hello")
		require.GreaterOrEqual(t, status, 400, text)
		body += text
	}
	body += page(t, s.base+"/v1/routedrill/health") + page(t, s.admin+"/incidents") + page(t, s.base+"/status.json")
	s.stop()
	require.Contains(t, s.log.String(), `"served_by":"b/m"`)
	require.NotContains(t, s.log.String()+body, "secret")

	for _, tt := range []struct{ name, old, new, err string }{
		{"a variable that is not set", "${KEY_A}", "${KEY_X}", ":4: providers.a.api_key: the environment variable KEY_X is not set"},
		{"a file that is not there", "${KEY_A}", "${file:/no/such}", ":4: providers.a.api_key: the file /no/such cannot be read: no such file or directory"},
		{"a URL that is none", "http://127.0.0.1:1/v1", "${NO_URL}", "providers.gone.base_url"},
		{"a webhook that is none", "${HOOK}", "${NO_URL}", "health.alerts.webhook.url"},
		{"a key in the wrong place", "smart:", "sk-secret-of-b:", "routes"},
		{"a key where a word belongs", "alerts:", "sk-secret-of-b:", "unknown key"},
		{"a key that is cut", `"${KEY_A}"`, `"sk-secret${"`, ":4: providers.a.api_key: holds a ${ that begins no ${NAME}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "router.yaml")
			require.NoError(t, os.WriteFile(name, []byte(strings.ReplaceAll(file, tt.old, tt.new)), 0o600))
			var out bytes.Buffer
			sys := system{stdout: &out, stderr: &out, getenv: os.Getenv}
			require.Equal(t, codeUsage, execute([]string{"serve", "--config", name, "--listen", "127.0.0.1:0"}, sys), out.String())
			require.Contains(t, out.String(), tt.err)
			execute([]string{"validate", name}, sys)
			execute([]string{"validate", "--ready", name}, sys)
			require.NotContains(t, out.String(), "secret")
		})
	}
}
