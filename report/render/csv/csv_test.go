package csv_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	render "github.com/routedrill/routedrill/report/render/csv"
)

func write(t *testing.T, r *report.Result) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, render.Write(&b, r))
	return b.String()
}

func TestGolden(t *testing.T) {
	run := synthetic.Run()
	run.Cells = run.Cells[1:2]
	golden.Equal(t, "result.csv", []byte(write(t, report.Compute(run, nil))), os.ReadFile, os.WriteFile)
}

func TestLines(t *testing.T) {
	text := write(t, report.Compute(synthetic.Run(), nil))
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err, "every line has the same number of fields")
	require.Equal(t, strings.Split("policy,seed,phase,task,provider,metric,value,unit,n,verdict", ","), lines[0])
	for _, want := range []string{
		"priority,1,,,,availability,1,ratio,600,\n",
		"priority,1,outage,,,latency_p99,3.659,seconds,120,\n",
		"priority,1,slow,,,latency_p99,,seconds,90,\n", // too few samples
		"priority,1,,support-chat,,requests,400,count,400,\n",
		"priority,1,,,anthropic,cost,0.19183,usd,130,\n",
		"priority,1,,,anthropic,served_by,0.216667,ratio,600,\n",
		"single-provider,1,outage,,,time_to_failover,never,seconds,1,\n",
		"round-robin,,,,,availability >= 99%,0.98,ratio,600,failed\n",
	} {
		require.Contains(t, text, want)
	}
}

func TestFormulasAreDisarmed(t *testing.T) {
	for _, name := range []string{"=cmd()", "+1", "-1", "@SUM(A1)", "\tx", "\rx"} {
		run := synthetic.Run()
		run.Cells = run.Cells[:1]
		run.Cells[0].Policy, run.Faults[0].ID = name, name
		run.Cells[0].Tasks[0], run.Cells[0].Providers[0] = name, name
		lines, err := csv.NewReader(strings.NewReader(write(t, report.Compute(run, nil)))).ReadAll()
		require.NoError(t, err)
		for _, line := range lines[1:] {
			for _, field := range line {
				require.False(t, strings.HasPrefix(field, name), "%q", line)
			}
		}
	}
}
