package check

import (
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// lookEvery is the longest a caller waits until it looks at its job again.
const lookEvery = 270 * time.Second

// OneResult is invariant 9: each accepted deferred job gets exactly one visible
// result.
//
//   - A job that was accepted stays there: its caller finds it, and what it shows once
//     it is over does not change.
//   - One that is done was executed with an answer once: as often as its request was
//     accepted, which without an Idempotency-Key makes another job each time.
//   - One that is dead never was, and none begins after its deadline.
//   - An answer is shown: whoever still looks lookEvery after it sees it.
//   - What was not accepted is not executed as a job.
//
// Instants may be Limits.Slack off.
func OneResult(l *Logs) Result {
	var r Result
	relays := newCursor(l.relays, relaySeq)
	for i := range l.requests {
		request := &l.requests[i]
		lo, hi := relays.span(request.Seq)
		j := l.jobsOf(&r, request, l.relays[lo:hi])
		if request.Accepted > 0 || j.accepted > 0 || j.executions > 0 {
			r.Checked++
			j.judge(&r, request, l.cell.Interrupted, l.cell.Limits.Slack)
		}
	}
	return r
}

// jobs is what the audit says of the jobs of one request.
type jobs struct {
	accepted, executions, served int
	last                         record.Offset // the end of the last execution that was served
}

// jobsOf counts them, and sees to their deadlines.
func (l *Logs) jobsOf(r *Result, request *record.Request, relays []record.Relay) (j jobs) {
	deadline := record.Offset(0)
	for i := range relays {
		relay := &relays[i]
		switch {
		case relay.Outcome == record.RelayDeferred:
			j.accepted++
			deadline = max(deadline, relay.Deadline)
			continue
		case !relay.Job:
			continue
		}
		j.executions++
		if j.accepted > 0 && after(relay.Start, deadline, l.cell.Limits.Slack) {
			r.violate(request.Seq, "its job began at %v, after its deadline at %v", relay.Start, deadline)
		}
		switch relay.Outcome {
		case record.RelayServed, record.RelayCached, record.RelaySubstituted:
			j.served++
			j.last = relay.End
		}
	}
	return j
}

func (j *jobs) judge(r *Result, request *record.Request, interrupted bool, slack time.Duration) {
	permitted := j.accepted
	if request.Keyed {
		permitted = min(permitted, 1)
	}
	switch {
	case j.accepted == 0 && request.Accepted > 0:
		r.violate(request.Seq, "accepted as a job, but the audit does not say so")
	case j.accepted == 0:
		r.violate(request.Seq, "executed as a job that was never accepted")
	case j.served > permitted:
		r.violate(request.Seq, "%d executions of its job were served, %d permitted", j.served, permitted)
	case request.Accepted == 0 || interrupted:
		// Its caller never learned of it, or may not have been able to look.
	case request.Changed:
		r.violate(request.Seq, "what its job showed when it was over changed")
	case request.Outcome == record.HTTPError:
		r.violate(request.Seq, "its job was accepted at %v, and status %d is what is left of it", request.Accepted, request.Status)
	case request.Outcome == record.Dead && j.served > 0:
		r.violate(request.Seq, "its job is dead, though an execution of it was served")
	case request.Outcome == record.DeadlineOver && j.served > 0 && after(request.Done, j.last+lookEvery, slack):
		r.violate(request.Seq, "its job was served at %v, and did not show that by %v", j.last, request.Done)
	case request.Outcome != record.Dead && request.Outcome != record.DeadlineOver && j.served == 0:
		r.violate(request.Seq, "its job is done, though no execution of it was served")
	}
}
