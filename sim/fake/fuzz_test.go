package fake_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/fake"
)

// FuzzBodies sends any body to every API: nothing panics, and the answer is what the
// API has for it, an object or a stream, with one line in the journal.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{
		"", "{}", "[]", `{"model":`, `{"model":"gpt","messages":[{"role":"user","content":"hello"}]}`,
		`{"model":"sonnet","max_tokens":9,"stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`,
		`{"contents":[{"role":"user","parts":[{"text":"hello"}]}],"generationConfig":{"maxOutputTokens":1}}`,
		`{"model":"gpt","max_tokens":1e99,"messages":[null]}`, strings.Repeat(`{"a":`, 2000), "\xff\xfe",
	} {
		f.Add(uint(0), body)
		f.Add(uint(2), body)
		f.Add(uint(3), body)
	}
	fleet, err := fake.New(fake.Options{Scenario: load(f, every)})
	require.NoError(f, err)
	f.Cleanup(func() { fleet.Shutdown(context.Background()) })
	admin := fleet.Admin()
	paths := map[uint]string{0: "/v1/chat/completions", 1: "/v1/chat/completions", 2: "/v1/messages", 3: "/v1beta/models/flash:generateContent", 4: "/v1/embeddings"}
	f.Fuzz(func(t *testing.T, provider uint, body string) {
		provider %= 5
		require.NoError(t, fleet.Reset())
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, paths[provider], strings.NewReader(body))
		r.Header.Set("Anthropic-Version", "2023-06-01")
		w := httptest.NewRecorder()
		fleet.Handler(int(provider)).ServeHTTP(w, r)
		require.Contains(t, []int{200, 400, 404}, w.Code)
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			require.True(t, json.Valid(w.Body.Bytes()), "%q", w.Body)
		}
		journal := httptest.NewRecorder()
		ask := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/admin/journal", nil)
		admin.ServeHTTP(journal, ask)
		require.Equal(t, 1, strings.Count(journal.Body.String(), "\n"))
		require.True(t, json.Valid(journal.Body.Bytes()), "%q", journal.Body)
	})
}
