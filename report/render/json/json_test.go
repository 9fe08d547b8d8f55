package json_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	render "github.com/routedrill/routedrill/report/render/json"
)

func write(t *testing.T, r *report.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, render.Write(&b, r))
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	run := synthetic.Run()
	got := write(t, report.Compute(run, synthetic.Invariants(run, true)))
	golden.Equal(t, "result.json", got, os.ReadFile, os.WriteFile)
	require.True(t, json.Valid(got))
	require.True(t, bytes.HasSuffix(got, []byte("}\n")))
}

func TestReadBackGivesTheSameBytes(t *testing.T) {
	run := synthetic.Seeds()
	got := write(t, report.Compute(run, synthetic.Invariants(run, false)))
	var again report.Result
	require.NoError(t, json.Unmarshal(got, &again))
	require.Equal(t, string(got), string(write(t, &again)))
	require.Equal(t, []string{"before", "outage", "slow", "recovery", "after"}, names(again.Cells[0].Phases))
}

func names(parts report.Parts) []string {
	var list []string
	for _, p := range parts {
		list = append(list, p.Name)
	}
	return list
}

func TestFieldsOfTheFormat(t *testing.T) {
	run := synthetic.Run()
	var result map[string]any
	require.NoError(t, json.Unmarshal(write(t, report.Compute(run, synthetic.Invariants(run, false))), &result))
	for _, field := range []string{"version", "scenario", "clock", "verdict", "cells", "replay", "seeds", "program_version", "arch"} {
		require.Contains(t, result, field)
	}
	cell := result["cells"].([]any)[1].(map[string]any)
	for _, field := range []string{
		"policy", "seed", "requests", "availability", "latency_ms", "ttft_ms", "quality", "cost_usd", "cost_per_1k_usd",
		"wasted_cost_usd", "retry_amplification", "time_to_failover_s", "time_to_failback_s", "served_by", "phases",
		"thresholds", "invariants", "digest",
	} {
		require.Contains(t, cell, field)
	}
	latency := cell["latency_ms"].(map[string]any)
	for _, field := range []string{"n", "p50", "p95", "p99"} {
		require.Contains(t, latency, field)
	}
	require.EqualValues(t, 1, result["version"])
}
