package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

const alertDrill = `
version: 1
name: alerts
duration: 1h30m
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 4}, ttft: {p50: 200ms, p95: 400ms}, itl: 5ms}}}
    b: {models: {m: {price: {input: 2, output: 8}, ttft: {p50: 300ms, p95: 600ms}, itl: 5ms}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: poisson, rate: 2/s}
  tasks: [{name: w, model: r, prompt_tokens: 40, output_tokens: 60}]
timeline: %s
policies: [{name: p, from: priority, health: {alerts: {window: 10m, p95: 3s, raise: 30s, clear: 2m, hold: 2m}}}]
`

// An alert rises and clears around a fault; a steady run has none.
func TestAlertsAroundAFault(t *testing.T) {
	for _, row := range []struct {
		name, timeline string
		signal         string
		within         time.Duration // of the start of the fault, and of its end
	}{
		{"steady", "[]", "", 0},
		{"an outage", "[{id: f, at: 30m, for: 10m, provider: a, fault: {kind: status, status: 503}}]", "errors", 4 * time.Minute},
		{"a brownout", "[{id: f, at: 30m, for: 10m, provider: a, fault: {kind: delay, add: 4s}}]", "latency", 9 * time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			run := runScenario(t, load(t, alertDrill, row.timeline), "")
			c := &run.Cells[0]
			requireInvariants(t, c)
			alerts := report.Compute(run, nil).Cells[0].Alerts
			if row.signal == "" {
				require.Empty(t, alerts)
				return
			}
			fast := 0
			for _, a := range alerts {
				require.Equal(t, "a/m chat "+row.signal, a.Target+" "+a.Endpoint+" "+a.Signal)
				raised := time.Duration(a.Raised)
				require.Greater(t, raised, 30*time.Minute)
				require.NotNil(t, a.Cleared)
				require.Greater(t, time.Duration(*a.Cleared), 40*time.Minute)
				if a.Burn == "fast" {
					fast++
					require.Less(t, raised, 30*time.Minute+row.within)
					require.Less(t, time.Duration(*a.Cleared), 40*time.Minute+row.within)
				}
				t.Log(a.Burn, raised, time.Duration(*a.Cleared), a.Rate)
			}
			require.Equal(t, 1, fast)
			var log strings.Builder
			require.NoError(t, record.WriteLog(&log, run))
			require.Contains(t, log.String(), `{"type":"alert","target":"a/m","endpoint":"chat","signal":"`+row.signal+`"`)
		})
	}
}
