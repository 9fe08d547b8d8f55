package router

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/internal/classify"
)

// stage numbers the deadlines of an attempt in their order of precedence: when
// several have passed, the first is the cause.
type stage int

const (
	total stage = iota
	attemptStage
	ttft
	idle
	stages
)

// kind is how an attempt ends whose deadline of this stage has passed.
func (s stage) kind() classify.Kind {
	return [...]classify.Kind{classify.TotalTimeout, classify.AttemptTimeout, classify.TTFTTimeout, classify.IdleTimeout}[s]
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
