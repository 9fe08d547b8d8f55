package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/record"
)

// A run without faults, with which thresholds compare, has to keep the invariants too.
func TestSteadyRunsAreHeldAgainstTheInvariants(t *testing.T) {
	cell := func(outcomes int) record.Cell {
		c := record.Cell{Policy: "p", Seed: 7, Planned: 1}
		for range outcomes {
			c.Requests = append(c.Requests, record.Request{Seq: 0, Scheduled: time.Second, Outcome: record.OK})
		}
		return c
	}
	run := &record.Run{Scenario: "s", Duration: time.Minute, Cells: []record.Cell{cell(1)}, Steady: []record.Cell{cell(1)}}
	first := judge(run).Cells[0].Invariants[0]
	require.Equal(t, 1, first.Number)
	require.Zero(t, first.Violations, first.Examples)

	run.Steady[0] = cell(2)
	broken := judge(run).Cells[0].Invariants[0]
	require.Positive(t, broken.Violations)
	require.Greater(t, broken.Checked, 0)
	require.Contains(t, broken.Examples[0], "without faults: ")
	run.Steady[0].Seed = 8
	require.Zero(t, judge(run).Cells[0].Invariants[0].Violations, "another seed's is another cell's")
}
