package fake_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fake"
)

func TestMain(m *testing.M) {
	// One of the SDKs that try the configs starts a worker for all time when it is linked.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// world has two providers that answer at once, one of each of two APIs, and a
// quota of two requests a minute at the second.
const world = `
providers:
  one: {vendor: acme, region: eu, models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
  two: {wire: anthropic, quotas: {rpm: 2}, models: {n: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
routes: {r: [one/m, two/n]}
`

// incident is a scenario in that world.
const incident = `
version: 1
name: incident
duration: 1h
world:` + "\n" + `  providers:
    one: {vendor: acme, region: eu, models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
    two: {wire: anthropic, models: {n: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
load: {rate: 1/s}
tasks: [{name: t, model: one/m, prompt_tokens: 1, output_tokens: 1}]
timeline:
  - {id: outage, at: 10m, for: 5m, provider: one, fault: {kind: status, status: 503}}
`

func load(t testing.TB, text string) *scenarios.Scenario {
	t.Helper()
	read := func(string) ([]byte, error) { return []byte(text), nil }
	s, err := scenarios.LoadWorld("test.yaml", scenarios.Options{ReadFile: read}, sim.Vocabulary())
	require.NoError(t, err)
	return s
}

// rig is a fleet in a bubble.
type rig struct {
	t     *testing.T
	fleet *fake.Fleet
	admin http.Handler
	token string
}

// in runs f with a fleet in a bubble. It has no ports there: sockets live outside.
func in(t *testing.T, o fake.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fleet, err := fake.New(o)
		require.NoError(t, err)
		f(&rig{t, fleet, fleet.Admin(), o.Token})
		fleet.Shutdown(context.Background())
	})
}

// ask sends a request to the admin API.
func (r *rig) ask(method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(r.t.Context(), method, "http://127.0.0.1:8100"+path, strings.NewReader(body))
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	w := httptest.NewRecorder()
	r.admin.ServeHTTP(w, req)
	return w
}

// must asks, expects a status and decodes the answer.
func (r *rig) must(status int, method, path, body string) map[string]any {
	r.t.Helper()
	w := r.ask(method, path, body)
	require.Equal(r.t, status, w.Code, w.Body)
	out := map[string]any{}
	if w.Body.Len() > 0 {
		require.Equal(r.t, "application/json", w.Header().Get("Content-Type"))
		require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out))
	}
	return out
}

// chat asks a provider for an answer and returns the status.
func (r *rig) chat(provider int) int {
	paths := []string{"/v1/chat/completions", "/v1/messages"}
	bodies := []string{
		`{"model":"m","messages":[{"role":"user","content":"secret words"}]}`,
		`{"model":"n","max_tokens":9,"messages":[{"role":"user","content":"secret words"}]}`,
	}
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, paths[provider], strings.NewReader(bodies[provider]))
	req.Header.Set("Anthropic-Version", "2023-06-01")
	w := httptest.NewRecorder()
	r.fleet.Handler(provider).ServeHTTP(w, req)
	return w.Code
}

// faults are ids and states of what is in force.
func (r *rig) faults() map[string]string {
	out := map[string]string{}
	for _, f := range r.must(200, "GET", "/admin/faults", "")["faults"].([]any) {
		f := f.(map[string]any)
		out[f["id"].(string)] = f["state"].(string)
	}
	return out
}
