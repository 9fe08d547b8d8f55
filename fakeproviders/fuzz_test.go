package fakeproviders_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
)

// FuzzHandler sends any body to any endpoint: the provider does not panic,
// answers JSON or a finished stream, and writes one journal entry.
func FuzzHandler(f *testing.F) {
	for _, body := range []string{
		"", "{}", `{"model":"m"}`, chatBody(""), chatBody(stream), chatBody(`,"max_tokens":1`), chatBody(`,"max_tokens":1e99`),
		chatBody(`,"tools":[{"function":{"name":"f\u0000"}}],"tool_choice":"required"`),
		chatBody(stream + `,"tools":[{"function":{"name":"f"}}],"tool_choice":{},"max_completion_tokens":3`),
		`{"model":"m","prompt":["a",[1,2]],"stream":true,"stream_options":{"include_usage":true}}`,
		`{"model":"m","input":"a","stream":true,"max_output_tokens":16}`, `{"model":"m","input":[{"content":"a"}],"instructions":"b"}`,
		`{"model":"m","input":["a","b"],"encoding_format":"base64","dimensions":3}`,
		`{"model":"m","input":[1,2,3]}`, `{"model":"m","input":[[1],[2]]}`, `{"model":"m","input":[1,"a"]}`,
		`{"model":"m","messages":[{"content":[{"type":"text","text":"a"},7]}]}`, `{"model":"\ud800","messages":[null]}`,
	} {
		for endpoint := range 4 {
			f.Add(endpoint, body)
		}
	}
	entries := 0
	p, err := fakeproviders.New(fakeproviders.Config{
		Name: "p", Models: []fakeproviders.Model{{
			Name: "m", Endpoints: []string{"chat", "completions", "embeddings"}, Context: 5000, MaxOutput: 100,
		}},
		Journal: func(*fakeproviders.Entry) { entries++ },
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, endpoint int, body string) {
		path := []string{chatPath, "/v1/completions", "/v1/embeddings", "/v1/responses"}[uint(endpoint)%4]
		w := httptest.NewRecorder()
		entries = 0
		p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body)))
		require.Equal(t, 1, entries)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			body, done := strings.CutSuffix(w.Body.String(), "data: [DONE]\n\n")
			require.Equal(t, path != "/v1/responses", done)
			for event := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
				_, data, ok := strings.Cut(event, "data: ")
				require.True(t, ok && json.Valid([]byte(data)), "%q", event)
			}
			return
		}
		require.True(t, json.Valid(w.Body.Bytes()), "%q", w.Body.String())
		require.Contains(t, []int{200, 400, 404}, w.Code)
	})
}
