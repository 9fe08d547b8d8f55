// Package incident makes incidents of what the router tells: its breakers, its alerts
// and its audit go in, and out come a status for applications to show, a banner, short
// notes and the draft of a post-mortem.
//
// A [Tracker] is an audit.Sink and an audit.AlertSink:
//
//	breaker opens, fast alert ──► incident ──► breakers closed, alerts cleared, quiet for Settle
//
//	investigating ─► mitigated ─► monitoring ─► resolved
//	      ▲──────────────┴────────────┘ (again)
//
// There is one incident per cause, and the cause is a provider: whatever of it fails
// at once, in however many models and endpoints, is one incident, and two providers
// that fail at once are two. An incident is full while a route it touches has no
// target left whose breaker is closed, and partial otherwise.
//
//   - Started is the first failure of the failing that led to it, found by looking back
//     from the detection over spans of ten seconds, as long as a fifth of what ended in
//     them failed, and at most 15 minutes.
//   - Detected is the first breaker that opened or fast alert that was raised.
//   - Mitigated is the first answer after that from a target it does not touch.
//   - Ended is when the last of its breakers closed or alerts cleared; of an alert on
//     errors, which stands for some time after the end, the last failure of a span as
//     above. What rises again within Settle goes on with the same incident.
//
// Beside these outages there are two kinds of incident that clients are not told of: a
// slow burn of a provider of which no outage is known, nor was within Relapse, and a
// jump of spend while no outage has its requests answered elsewhere. What they tell of
// a known outage stands in its timeline.
//
// Nothing here has a timer or a goroutine: the state follows from the instants of what
// came in and the instant it is asked for. Everything is bounded, see the constants,
// and lives in memory: a process that starts knows of no incident before.
//
// The words are text/template files, one per language; see [Config].Templates.
package incident
