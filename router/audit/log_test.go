package audit_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

func TestLog(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var out bytes.Buffer
	sink := audit.NewLog(slog.New(slog.NewJSONHandler(&out, nil)))
	record := &audit.Record{
		RequestID: "r1", Tenant: "acme", Route: "smart", Endpoint: "chat", Stream: true, Start: start, End: at(900), Outcome: audit.Served, Status: 200,
		Attempts: []audit.Attempt{
			{Target: "a/m", Status: 503, Reason: audit.ServerError, Start: at(1), End: at(40), RetryAfter: 2 * time.Second, PromptTokens: 2},
			{
				Target: "b/m", Provider: "b", Model: "m", Status: 200, Reason: audit.OK, Served: true, Start: at(41), FirstToken: at(400), End: at(900),
				PromptTokens: 10, CachedTokens: 4, OutputTokens: 20, CostMicroUSD: 180,
			},
		},
		Skips: []audit.Skip{{Target: "c/m", Reason: audit.BulkheadFull, At: at(40)}},
		Choice: audit.Choice{Strategy: "cost-first", Candidates: []audit.Candidate{
			{Target: "a/m", Score: 120.5}, {Target: "b/m", Score: 90, Note: "slow"}, {Target: "d/m", Out: "lacks tools"},
		}},
	}
	sink.Request(record)
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	delete(got, "time")
	require.Equal(t, map[string]any{
		"level": "INFO", "msg": "request", "request_id": "r1", "tenant": "acme", "route": "smart", "endpoint": "chat", "stream": true,
		"outcome": "served", "status": 200.0, "served_by": "b/m", "provider": "b", "model": "m",
		"retries": 1.0, "cache_hit": false, "tokens_in": 12.0, "tokens_out": 20.0, "duration_ms": 900.0, "cost_micro_usd": 180.0,
		"strategy": "cost-first",
		"candidates": []any{
			map[string]any{"target": "a/m", "score": 120.5}, map[string]any{"target": "b/m", "score": 90.0, "note": "slow"},
			map[string]any{"target": "d/m", "score": 0.0, "out": "lacks tools"},
		},
		"skipped": []any{map[string]any{"target": "c/m", "reason": "bulkhead_full", "at_ms": 40.0}},
		"attempts": []any{
			map[string]any{"target": "a/m", "status": 503.0, "reason": "server_error", "start_ms": 1.0, "duration_ms": 39.0, "retry_after_ms": 2000.0, "prompt_tokens": 2.0},
			map[string]any{
				"target": "b/m", "status": 200.0, "reason": "ok", "served": true, "start_ms": 41.0, "ttft_ms": 359.0, "duration_ms": 859.0,
				"prompt_tokens": 10.0, "cached_tokens": 4.0, "output_tokens": 20.0, "cost_micro_usd": 180.0,
			},
		},
	}, got)

	out.Reset()
	sink.Request(&audit.Record{Outcome: audit.Failed, Start: start, End: start})
	require.Contains(t, out.String(), `"level":"WARN"`)
	for state, hit := range map[audit.CacheState]bool{audit.NotAsked: false, audit.Miss: false, audit.Hit: true, audit.Stale: true, audit.Refresh: false} {
		out.Reset()
		sink.Request(&audit.Record{Outcome: audit.Served, Cache: audit.CacheUse{State: state}})
		require.Contains(t, out.String(), `"retries":0,"cache_hit":`+strconv.FormatBool(hit), state)
	}
	out.Reset()
	sink.Breaker(audit.BreakerEvent{Target: "a/m", Endpoint: "chat", From: audit.Closed, To: audit.Open, Reason: audit.ServerError})
	require.Contains(t, out.String(), `"target":"a/m","endpoint":"chat","from":"closed","to":"open","reason":"server_error"`)
	audit.NewLog(nil).Request(&audit.Record{})

	out.Reset()
	record.Attempts[0].Probe, record.Attempts[1].Retry = true, true
	audit.NewLog(slog.New(slog.NewTextHandler(&out, nil))).Request(record)
	for _, want := range []string{
		`attempts="a/m server_error 503 in 39ms (probe); b/m ok 200 in 859ms (retry)"`,
		`candidates="a/m 120.5; b/m 90 (slow); d/m out: lacks tools"`,
		`skipped="c/m bulkhead_full at 40ms"`,
	} {
		require.Contains(t, out.String(), want)
	}
}
