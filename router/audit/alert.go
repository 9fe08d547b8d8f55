package audit

import "time"

// Alert says that an alert was raised, or has cleared: a target, at an endpoint,
// fails too much or takes too long, and for how long matters by how much. One of
// SignalSpend speaks of no target and endpoint, has no Burn, and is not cleared.
type Alert struct {
	Target   string // "provider/model"
	Endpoint string
	Signal   string // SignalErrors, SignalLatency or SignalSpend
	Burn     string // FastBurn or SlowBurn: an alert of each may stand at once
	At       time.Time
	Cleared  bool      // it has; otherwise it was raised
	Since    time.Time // when it was raised; of SignalSpend when the minute began
	Rate     float64   // at At, how fast the error budget burns over the long window: 1 is just as allowed; of SignalSpend the spend of the minute ÷ what is usual
	Samples  int       // what Rate rests on
}

// The signals of an [Alert].
const (
	SignalErrors  = "errors"  // attempts that failed, of all
	SignalLatency = "latency" // answers that took longer than they may, of all
	SignalSpend   = "spend"   // what was spent in a minute, all targets together
)

// The ways to burn.
const (
	FastBurn = "fast" // for somebody to look at now
	SlowBurn = "slow" // the same over hours, which need not be now
)

// AlertSink is told of alerts, in the order in which they happen, one at a
// time. It must be quick and not block.
type AlertSink interface{ Alert(Alert) }
