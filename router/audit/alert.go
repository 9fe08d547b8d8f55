package audit

import "time"

// Alert says that an alert was raised, or has cleared: a target, at an endpoint,
// fails too much or takes too long, and for how long matters by how much.
type Alert struct {
	Target   string // "provider/model"
	Endpoint string
	Signal   string // SignalErrors or SignalLatency
	Burn     string // FastBurn or SlowBurn: an alert of each may stand at once
	At       time.Time
	Cleared  bool      // it has; otherwise it was raised
	Since    time.Time // when it was raised
	Rate     float64   // at At, how fast the error budget burns over the long window: 1 is just as allowed
	Samples  int       // what Rate rests on
}

// The signals of an [Alert].
const (
	SignalErrors  = "errors"  // attempts that failed, of all
	SignalLatency = "latency" // answers that took longer than they may, of all
)

// The ways to burn.
const (
	FastBurn = "fast" // for somebody to look at now
	SlowBurn = "slow" // the same over hours, which need not be now
)

// AlertSink is told of alerts, in the order in which they happen, from one
// goroutine. It must be quick and not block.
type AlertSink interface{ Alert(Alert) }
