package router

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/internal/classify"
)

// setDeadline sets the relay's total deadline: the route's, or the client's own
// if that is nearer. The client says with X-Request-Timeout how long it waits:
// in seconds, or as a duration with a unit.
//
// X-Stainless-Read-Timeout, which OpenAI's SDKs send, is not read: it is the
// longest wait for the next byte, not for the answer.
func (y *relay) setDeadline() {
	limit := y.plan.limits.TotalTimeout
	if v := y.q.Header["X-Request-Timeout"]; len(v) > 0 {
		asked, ok := parseTimeout(v[0])
		switch {
		case !ok: // the text is the client's, and stays out of the log
			y.r.log.Debug("X-Request-Timeout is no time and ignored", "request_id", y.rec.RequestID)
		case asked < limit:
			limit, y.hurried = asked, true
		}
	}
	y.deadline = y.rec.Start.Add(limit + y.offset("", 0))
	y.rec.Deadline = y.deadline
}

// parseTimeout reads seconds, or a duration with a unit; it must be positive.
func parseTimeout(s string) (time.Duration, bool) {
	if s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d > 0
}

// stage numbers the deadlines of an attempt in their order of precedence: when
// several have passed, the first is the cause.
type stage int

const (
	total stage = iota
	attemptStage
	ttft
	idle
	slow
	stages
)

// kind is how an attempt ends whose deadline of this stage has passed.
func (s stage) kind() classify.Kind {
	return [...]classify.Kind{classify.TotalTimeout, classify.AttemptTimeout, classify.TTFTTimeout, classify.IdleTimeout, classify.StreamSlow}[s]
}

// deadlines are the deadlines of one attempt behind one timer, which is set to
// the nearest and cancels the attempt's context. Whoever is woken asks over:
// the clock decides, not the order in which things fired.
type deadlines struct {
	at     [stages]time.Time // zero: does not apply now
	armed  stage             // the stage the timer is set to
	held   atomic.Bool       // the client is being written to: its slowness is no timeout of the provider's
	timer  *time.Timer
	cancel context.CancelFunc
}

// setDeadlines sets the attempt's deadlines. Of the relay's time, so much is kept
// for a fallback, so that a target that hangs cannot starve it.
func (a *attempt) setDeadlines(kept time.Duration) {
	l, at := &a.y.plan.limits, &a.clock.at
	at[total] = a.y.deadline
	if a.log.Hedge {
		at[total] = at[total].Add(-a.offset) // not at the very instant at which the other attempt's time is over
	}
	at[attemptStage] = a.log.Start.Add(l.AttemptTimeout + a.offset)
	if end := a.y.deadline.Add(a.offset - kept); kept > 0 && end.Before(at[attemptStage]) {
		at[attemptStage], a.cut = end, true
	}
	if a.y.req.Stream {
		at[ttft] = a.log.Start.Add(l.TTFTTimeout + a.offset)
	}
}

// arm sets the timer to the nearest deadline.
func (d *deadlines) arm(now time.Time) {
	d.armed = total
	for s := range stages {
		if !d.at[s].IsZero() && d.at[s].Before(d.at[d.armed]) {
			d.armed = s
		}
	}
	wait := d.at[d.armed].Sub(now)
	if d.timer == nil {
		d.timer = time.AfterFunc(wait, d.fire)
		return
	}
	d.timer.Reset(wait)
}

// delay puts off what bounds the wait for the next event, by the time in which
// nobody waited for it.
func (d *deadlines) delay(by time.Duration) {
	for _, s := range []stage{idle, slow} {
		if !d.at[s].IsZero() {
			d.at[s] = d.at[s].Add(by)
		}
	}
}

// fire ends the attempt, unless it is held: then arm comes before the next
// wait, and fires at once for a deadline that still stands.
func (d *deadlines) fire() {
	if !d.held.Load() {
		d.cancel()
	}
}

// over returns the stage whose deadline has passed, by precedence.
func (d *deadlines) over(now time.Time) (stage, bool) {
	for s := range stages {
		if at := d.at[s]; !at.IsZero() && !now.Before(at) {
			return s, true
		}
	}
	return 0, false
}
