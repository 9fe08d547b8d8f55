package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// outage is the fault of these tests: provider a, from minute 10 to 20.
var outage = record.Fault{ID: "outage", Kind: "status", Start: 10 * minute, End: 20 * minute, Targets: []int16{0}}

// load makes six requests a minute for forty minutes and lets act decide
// what becomes of each.
func load(act func(at time.Duration) []try) *made {
	m := newMade()
	for at := time.Duration(0); at < 40*minute; at += 10 * second {
		m.request(at, act(at)...)
	}
	return m
}

func during(at time.Duration) bool { return at >= outage.Start && at < outage.End }

// none is a time that cannot be measured, never one that did not come.
const none, never = -1.0, -2.0

// reaction is what the router does and the times, in seconds, that follow.
type reaction struct {
	name                       string
	act                        func(at time.Duration) []try
	trips                      []time.Duration
	detect, failover, failback float64
}

func reactions() []reaction {
	down := try{target: 0, faults: 1}
	a, b := try{target: 0, ok: true}, try{target: 1, ok: true}
	return []reaction{
		{"nobody reacts", func(at time.Duration) []try {
			if during(at) {
				return []try{down}
			}
			return []try{a}
		}, nil, never, never, 0},
		{"second attempt saves every request", func(at time.Duration) []try {
			if during(at) {
				return []try{down, b}
			}
			return []try{a}
		}, nil, 0.1, 0, 0},
		{"breaker opens first", func(at time.Duration) []try {
			if during(at) && at < 12*minute {
				return []try{down}
			}
			if during(at) {
				return []try{b}
			}
			return []try{a}
		}, []time.Duration{5 * minute, 11*minute + 30*second, 13 * minute}, 90, 120, 0},
		{"failures come back in the middle", func(at time.Duration) []try {
			if during(at) && (at < 11*minute || at >= 15*minute && at < 16*minute+20*second) {
				return []try{down}
			}
			if during(at) {
				return []try{down, b}
			}
			return []try{a}
		}, nil, 60.1, 380, 0},
		{"traffic comes back late", func(at time.Duration) []try {
			if at >= outage.Start && at < 23*minute+30*second {
				return []try{down, b}
			}
			return []try{a}
		}, nil, 0.1, 0, 240},
		{"traffic never comes back", func(at time.Duration) []try {
			if at >= outage.Start {
				return []try{down, b}
			}
			return []try{a}
		}, nil, 0.1, 0, never},
		{"the other provider was used all along", func(time.Duration) []try { return []try{b} }, []time.Duration{11 * minute}, none, none, none},
		{"what failed before the first hit is no sign of the fault", func(at time.Duration) []try {
			if during(at) && at < 12*minute {
				return []try{{target: 0}, b} // a failure of its own
			}
			if during(at) {
				return []try{down, b}
			}
			return []try{a}
		}, []time.Duration{10*minute + 30*second}, 120.1, 0, 0},
	}
}

func TestReactionToAFault(t *testing.T) {
	for _, tt := range reactions() {
		t.Run(tt.name, func(t *testing.T) {
			m := load(tt.act)
			for _, at := range tt.trips {
				m.cell.Transitions = append(m.cell.Transitions, record.Transition{Target: 0, From: record.Closed, To: record.Open, At: at})
			}
			cell := report.Compute(m.run(outage), nil).Cells[0]
			times := cell.Faults[0]
			for _, one := range []struct {
				name  string
				want  float64
				got   *report.Seconds
				never bool
			}{
				{"detect", tt.detect, times.Detect, times.DetectNever},
				{"failover", tt.failover, times.Failover, times.FailoverNever},
				{"failback", tt.failback, times.Failback, times.FailbackNever},
			} {
				require.Equal(t, one.want == never, one.never, one.name)
				if one.want < 0 {
					require.Nil(t, one.got, one.name)
					continue
				}
				require.NotNil(t, one.got, one.name)
				require.InDelta(t, one.want, time.Duration(*one.got).Seconds(), 1e-9, one.name)
			}
			require.Equal(t, times.Detect, cell.Detect)
		})
	}
}

func TestReactionWithoutABaseline(t *testing.T) {
	m := load(func(time.Duration) []try { return []try{{target: 0, ok: true, faults: 1}} })
	fault := outage
	fault.Start = 0
	times := report.Compute(m.run(fault), nil).Cells[0].Faults[0]
	require.Nil(t, times.Failover)
	require.Nil(t, times.Failback)
	require.False(t, times.FailoverNever || times.FailbackNever)
}

func TestFaultAfterTheEnd(t *testing.T) {
	m := load(func(time.Duration) []try { return []try{{ok: true}} })
	times := report.Compute(m.run(record.Fault{ID: "late", Start: 50 * time.Hour, End: 1 << 62}), nil).Cells[0].Faults[0]
	require.Equal(t, report.FaultTimes{ID: "late"}, times)
}
