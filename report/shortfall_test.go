package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// TestShortfallNamesTheMechanism: one request fails in a certain way, of a hundred
// that do not.
func TestShortfallNamesTheMechanism(t *testing.T) {
	const (
		ok = iota
		serverError
		ttftTimeout
		clientGone
		hedgeLost
		refused
	)
	down := record.Fault{ID: "down", Kind: "status", Start: 10 * minute, End: 20 * minute, Targets: []int16{0}}
	away := record.Fault{ID: "away", Kind: "refuse", Start: 10 * minute, End: 20 * minute, Targets: []int16{1}}
	type failed struct {
		outcome record.RelayOutcome
		passed  uint16
		left    time.Duration // until the deadline when it ended
		reasons []int16       // of its attempts, the first of them at target 0
		faults  []uint64
	}
	tests := []struct {
		name string
		at   time.Duration
		failed
		want string
	}{
		{"breakers", 15 * minute, failed{outcome: record.RelayRefused, passed: 1}, "no target could be tried: breaker_open"},
		{"breakers and cooldowns", 15 * minute, failed{outcome: record.RelayRefused, passed: 1 | 4}, "no target could be tried: breaker_open, cooling_down"},
		{"no time", 15 * minute, failed{outcome: record.RelayRefused}, "no target could be tried: total_timeout"},
		{"own timeout", 15 * minute, failed{record.RelayFailed, 1, minute, []int16{serverError, ttftTimeout}, []uint64{1, 0}}, "ttft_timeout at a target that no fault hit"},
		{"the other one was not tried", 15 * minute, failed{record.RelayFailed, 2, minute, []int16{serverError}, []uint64{1}}, "the targets left were not tried: retry_budget"},
		{"attempts spent", 15 * minute, failed{record.RelayFailed, 0, minute, []int16{serverError, serverError, serverError}, []uint64{1, 1, 1}}, "max_attempts spent on targets with a fault"},
		{"time spent", 15 * minute, failed{record.RelayFailed, 0, 50 * ms, []int16{serverError, serverError}, []uint64{1, 1}}, "total_timeout spent on targets with a fault"},
		{"all down", 15 * minute, failed{record.RelayFailed, 0, minute, []int16{serverError, refused}, []uint64{1, 0}}, "every target tried had a fault"},
		{"a hedge that lost is no reason", 15 * minute, failed{record.RelayFailed, 0, minute, []int16{serverError, hedgeLost}, []uint64{1, 0}}, "every target tried had a fault"},
		{"a stream", 15 * minute, failed{record.RelayBroken, 0, minute, []int16{serverError}, []uint64{1}}, "broke after the first token: server_error (fault down)"},
		{"an impatient client", 15 * minute, failed{record.RelayCancelled, 0, minute, []int16{clientGone}, []uint64{0}}, "the client gave up first: client_cancelled"},
		{"a bad request", 15 * minute, failed{outcome: record.RelayRejected}, "refused for what was asked: by the router"},
		{"a bad answer", 15 * minute, failed{record.RelayServed, 0, minute, []int16{ok}, []uint64{0}}, "served, and the client saw http_error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMade()
			m.cell.Reasons = []string{"ok", "server_error", "ttft_timeout", "client_cancelled", "hedge_lost", "connection_refused"}
			m.cell.Skips = []string{"breaker_open", "retry_budget", "cooling_down"}
			m.cell.Limits.MaxAttempts = 3
			for i := range 100 {
				m.request(time.Duration(i)*second, try{ok: true})
			}
			var tries []try
			for k, faults := range tt.faults {
				tries = append(tries, try{target: int16(k % 2), faults: faults})
			}
			m.request(tt.at, tries...)
			c := &m.cell
			if len(tries) == 0 {
				c.Relays = append(c.Relays, record.Relay{Seq: 100, Start: tt.at, End: tt.at})
			}
			relay := &c.Relays[100]
			relay.Outcome, relay.Passed, relay.Deadline = tt.outcome, tt.passed, relay.End+tt.left
			for k, reason := range tt.reasons {
				c.Attempts[100+k].Reason = reason
			}
			got := report.Compute(m.run(down, away), nil).Cells[0].Shortfall
			require.NotNil(t, got)
			require.Equal(t, []report.Cause{{What: tt.want, Requests: 1}}, got.Causes)
			require.Equal(t, 101, got.Requests)
			require.InDelta(t, 100.0/101, float64(*got.Availability), 1e-12)
		})
	}
}

// TestShortfallIsToldWhereItIsOne: not of the first 30 s of a fault, not of what is
// shown for contrast, and where a threshold says that less is too little.
func TestShortfallIsToldWhereItIsOne(t *testing.T) {
	at := func(fails time.Duration) *made {
		return load(func(at time.Duration) []try { return []try{{ok: at != fails, faults: 1}} })
	}
	tests := []struct {
		name   string
		fails  time.Duration
		change func(*record.Run)
		want   []report.Cause
	}{
		{"outside", 15 * minute, func(*record.Run) {}, []report.Cause{{What: "every target tried had a fault", Requests: 1}}},
		{"within", outage.Start + 20*second, func(*record.Run) {}, nil},
		{"within, and too much", outage.Start + 20*second, func(r *record.Run) {
			r.Thresholds = []record.Threshold{bound("availability", "", ">=", 1)}
		}, []report.Cause{{What: "every target tried had a fault", Early: 1}}},
		{"not gated", 15 * minute, func(r *record.Run) { r.Cells[0].Gated = false }, nil},
		{"not visible", 15 * minute, func(r *record.Run) { r.Cells[0].Outside = true }, nil},
		{"no failure", time.Hour, func(*record.Run) {}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := at(tt.fails).run(outage)
			for i := range run.Cells[0].Relays {
				run.Cells[0].Relays[i].Outcome, run.Cells[0].Relays[i].Deadline = record.RelayFailed, record.Never
			}
			tt.change(run)
			got := report.Compute(run, nil).Cells[0].Shortfall
			if tt.want == nil {
				require.Nil(t, got)
				return
			}
			require.Equal(t, tt.want, got.Causes)
		})
	}
}
