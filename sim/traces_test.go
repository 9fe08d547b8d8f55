package sim_test

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/internal/trace"
	"github.com/routedrill/routedrill/sim/record"
)

var traces = flag.String("traces", "", "folder with the public traces, for TestTracesWhole")

// TestTracesWhole plays back the public traces whole. Their sources and
// licences stand in the scenario azure-conversation-trace and in
// sim/internal/trace.
func TestTracesWhole(t *testing.T) {
	if *traces == "" {
		t.Skip("needs -traces DIR")
	}
	tests := []struct {
		file, format string
		rows         int
	}{
		{"AzureLLMInferenceTrace_conv.csv", "azure", 19366},
		{"mooncake_conversation_trace.first4000.jsonl", "mooncake", 4000},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(*traces, tt.file))
			require.NoError(t, err)
			playBack(t, tt.format, string(data), tt.rows)
		})
	}
}

// TestTracePlayback is the same on a trace of our own, with equal stamps.
func TestTracePlayback(t *testing.T) {
	playBack(t, "mooncake", equalStamps(), 600)
}

// playBack runs a trace and holds the records against its rows: the count, the
// arrivals within a millisecond, the token totals.
func playBack(t *testing.T, format, data string, want int) {
	t.Helper()
	rows, err := trace.Read(strings.NewReader(data), format)
	require.NoError(t, err)
	require.Len(t, rows, want)
	text := `
version: 1
name: playback
duration: 2h
policies: [single-provider]
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: {p50: 500ms, p95: 1s}, itl: 5ms}}}
  routes: {r: [a/m]}
  load: {trace: {file: trace, format: ` + format + `}}
  tasks: [{name: t, model: r, stream: true, deadline: 10m, client: {preset: none, timeout: 10m}}]
`
	s, err := scenarios.Load("test.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}, sim.Vocabulary())
	require.NoError(t, err)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{
		Scenario: s, Policies: policies, Seeds: []uint64{1},
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(data)), nil },
	})
	require.NoError(t, err)
	c := &run.Cells[0]
	requireInvariants(t, c)
	require.Len(t, c.Requests, len(rows))
	var prompt, output, gotPrompt, gotOutput uint64
	for i, r := range c.Requests {
		require.EqualValues(t, i, r.Seq)
		require.Equal(t, record.OK, r.Outcome, "request %d", i)
		require.InDelta(t, rows[i].At.Seconds(), r.Sent.Seconds(), 0.001, "request %d", i)
		prompt += uint64(rows[i].PromptTokens)
		output += uint64(rows[i].OutputTokens)
		gotPrompt += uint64(r.PromptTokens)
		gotOutput += uint64(r.OutputTokens)
	}
	require.Equal(t, prompt, gotPrompt, "prompt tokens")
	require.Equal(t, output, gotOutput, "output tokens")
	t.Logf("%d requests over %s, %d prompt and %d output tokens", len(rows), rows[len(rows)-1].At.Round(time.Second), prompt, output)
}
