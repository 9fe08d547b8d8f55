package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Traces go where the file or OpenTelemetry's variable says, are sent at the latest when
// serve stops, and nobody is asked for them otherwise.
func TestServeTraces(t *testing.T) {
	for _, tt := range []struct {
		name           string
		byFile, byEnv  bool
		sampler, share string
		sent           bool
	}{
		{"by the file", true, false, "", "", true},
		{"by the environment", false, true, "", "", true},
		{"none of them", true, false, "traceidratio", "0", false},
		{"off", false, false, "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			var got string
			receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
				body, _ := io.ReadAll(q.Body)
				mu.Lock()
				defer mu.Unlock()
				got += q.URL.Path + string(body)
			}))
			defer receiver.Close()
			server := ""
			if tt.byFile {
				server = "server: {otlp: '" + receiver.URL + "'}"
			}
			if tt.byEnv {
				t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
			}
			t.Setenv("OTEL_TRACES_SAMPLER", tt.sampler)
			t.Setenv("OTEL_TRACES_SAMPLER_ARG", tt.share)
			s := serve(t, `
version: 1
providers: {p: {base_url: `+upstream(t, "p", 0)+`, api_key: sk-secret-of-p, models: {m: {}}}}
routes: {smart: [p/m]}
`+server)
			status, body := s.ask("smart", "a secret prompt")
			require.Equal(t, 200, status, body)
			s.stop()
			mu.Lock()
			defer mu.Unlock()
			if !tt.sent {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, "/v1/traces")
			require.Contains(t, got, "chat smart")
			require.NotContains(t, got, "secret")
		})
	}
}

func TestTraceShare(t *testing.T) {
	for _, tt := range []struct {
		sampler, arg string
		share        float64
		bad          bool
	}{
		{"", "0.5", 1, false},
		{"parentbased_always_on", "", 1, false},
		{"always_off", "1", 0, false},
		{"traceidratio", "", 1, false},
		{"parentbased_traceidratio", "0.25", 0.25, false},
		{"traceidratio", "2", 0, true},
		{"traceidratio", "NaN", 0, true},
		{"traceidratio", "-0.1", 0, true},
		{"jaeger_remote", "", 0, true},
	} {
		share, err := traceShare(tt.sampler, tt.arg)
		require.Equal(t, tt.bad, err != nil, "%s %s", tt.sampler, tt.arg)
		require.Equal(t, tt.share, share, "%s %s", tt.sampler, tt.arg)
	}
}
