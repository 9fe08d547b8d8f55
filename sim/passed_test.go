package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/sim/record"
)

// TestPassed: only why targets were not tried counts, and only where nobody served.
func TestPassed(t *testing.T) {
	n := &names{skips: audit.SkipReasons()}
	require.LessOrEqual(t, len(n.skips), 16, "Relay.Passed has a bit for each")
	skip := func(target, reason string) audit.Skip { return audit.Skip{Target: target, Reason: reason} }
	tests := []struct {
		name string
		r    audit.Record
		want []string
	}{
		{"nothing was passed over", audit.Record{Outcome: audit.Refused}, nil},
		{"two targets", audit.Record{Outcome: audit.Refused, Skips: []audit.Skip{
			skip("a/m", audit.BreakerOpen), skip("b/m", audit.CoolingDown),
		}}, []string{audit.CoolingDown, audit.BreakerOpen}},
		{"one target twice", audit.Record{Outcome: audit.Refused, Skips: []audit.Skip{
			skip("a/m", audit.BreakerOpen), skip("a/m", audit.RetryBudget),
		}}, []string{audit.RetryBudget}},
		{"one that was tried all the same", audit.Record{
			Outcome: audit.Failed, Attempts: []audit.Attempt{{Target: "a/m"}},
			Skips: []audit.Skip{skip("a/m", audit.Recovering), skip("b/m", audit.BulkheadFull)},
		}, []string{audit.BulkheadFull}},
		{"another one served", audit.Record{Outcome: audit.Served, Skips: []audit.Skip{skip("a/m", audit.BreakerOpen)}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := record.Cell{Skips: n.skips}
			require.Equal(t, tt.want, c.Passed(&record.Relay{Passed: n.passed(&tt.r)}))
		})
	}
}
