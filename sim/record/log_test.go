package record_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/record"
)

func TestWriteLog(t *testing.T) {
	run := &record.Run{Scenario: "s", Cells: []record.Cell{{
		Policy: "priority", Seed: 7, Planned: 1,
		Tasks: []string{"chat"}, Providers: []string{"openai"}, Models: []string{"gpt"}, Endpoints: []string{"chat"},
		Reasons: []string{"ok"}, Targets: []record.Target{{Name: "openai/gpt"}},
		Requests: []record.Request{{
			Outcome: record.OK, Tries: 1, Status: 200, Provider: 0, Model: 0, Answered: record.None,
			Scheduled: 5, Sent: 6, FirstToken: record.Never, Done: 9,
		}},
		Relays:       []record.Relay{{Outcome: record.RelayServed, Deadline: record.Never}},
		Attempts:     []record.Attempt{{Target: 0, Reason: 0, FirstToken: record.Never}},
		Shadows:      []record.Extra{{Valid: true, FirstToken: record.Never, CostMicroUSD: 5}},
		Probes:       []record.Extra{{Seq: 9, HalfOpen: true, FirstToken: record.Never}},
		ProbeEntries: []record.Entry{{Seq: 9, Started: record.Never, FirstToken: record.Never}},
		Transitions:  []record.Transition{{To: record.Open, At: 3}},
		Alerts:       []record.Alert{{Signal: "errors", Burn: "fast", At: 7, Rate: 20}},
		Incidents:    []record.Incident{{Told: []byte(`{"id":"x"}`)}},
		Journal:      []record.Entry{{Target: record.None, End: record.EndError, Started: record.Never, FirstToken: record.Never}},
	}}}
	var buf bytes.Buffer
	require.NoError(t, record.WriteLog(&buf, run))

	var types []string
	for line := range strings.Lines(buf.String()) {
		var v map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &v))
		types = append(types, v["type"].(string))
		switch v["type"] {
		case "request":
			require.Equal(t, "ok", v["outcome"])
			require.Equal(t, "openai", v["provider"])
			require.NotContains(t, v, "answered")
			require.NotContains(t, v, "first_token", "what never happened is left out")
		case "shadow":
			require.Equal(t, map[string]any{
				"type": "shadow", "seq": 0., "endpoint": "chat", "target": "openai/gpt", "reason": "ok", "valid": true, "start": 0., "end": 0., "cost_micro_usd": 5.,
			}, v)
		case "breaker":
			require.Equal(t, "open", v["to"])
		case "incident":
			require.Equal(t, map[string]any{"id": "x"}, v["incident"])
		case "entry":
			require.Equal(t, "", v["target"])
			require.Equal(t, "error", v["end"])
		}
	}
	require.Equal(t, []string{"run", "cell", "request", "relay", "attempt", "shadow", "probe", "breaker", "alert", "incident", "entry", "probe_entry"}, types)
}
