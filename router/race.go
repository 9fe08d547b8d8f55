package router

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// race is two attempts of one relay at once, of which one may answer: the first,
// in the handler's goroutine, and a hedge that joins it after a while, in that of
// a timer. The handler waits for both.
//
// While the first runs, the hedge's goroutine has the relay's attempts, turns,
// skips and body for itself. Whoever has claimed the answer has the
// ResponseWriter, and what the relay knows of it (sent, committed, the record's
// status). Everything else of the relay stays as it is until both are over. A
// record's entry belongs to its attempt.
type race struct {
	y     *relay
	first *attempt
	after time.Duration
	timer *time.Timer
	off   bool          // the hedge was called off before its time
	done  chan struct{} // closed when the hedge's goroutine is over

	crashes [2]error // what the first and the hedge panicked with

	mu     sync.Mutex
	closed bool     // the first is over: too late for a hedge
	hedge  *attempt // nil: none was made
	winner *attempt // has claimed the answer; nil: none has
}

// race makes an attempt at target i and, after a while, a hedge beside it; it
// reports whether the relay is over.
func (y *relay) race(i int, how manner, permit permit, now time.Time, after time.Duration) (over bool) {
	// Room for both, so that the second entry does not move the first.
	y.rec.Attempts = slices.Grow(y.rec.Attempts, 2)
	r := &race{y: y, first: newAttempt(y, i, how, permit, now), after: after, done: make(chan struct{})}
	r.first.race = r
	r.crashes[0] = caught(func() { r.first.run() })
	r.end()
	return r.conclude()
}

// arm starts the time after which the hedge comes.
func (r *race) arm() {
	r.timer = time.AfterFunc(r.after, func() {
		defer close(r.done)
		r.crashes[1] = caught(func() {
			if a := r.enter(); a != nil {
				a.run()
			}
		})
	})
}

// callOff stops the hedge if it has not come: the first has begun to answer.
func (r *race) callOff() { r.off = r.off || r.timer.Stop() }

// end waits until nothing of the race is under way any more.
func (r *race) end() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if r.timer != nil && !r.off && !r.timer.Stop() {
		<-r.done
	}
}

// enter makes the hedge's attempt, at the first target that has not been tried
// and admits it; nil when there is none, or no time for it.
func (r *race) enter() *attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	y, now := r.y, time.Now()
	if r.closed || r.winner != nil || y.gone() || y.deadline.Sub(now) < MinAttemptTime ||
		len(y.rec.Attempts) >= y.plan.limits.MaxAttempts {
		return nil
	}
	for i := range y.targets {
		if y.turns[i].tries > 0 || y.turns[i].out {
			continue
		}
		if permit, ok := y.admit(i, hedging, now); ok {
			r.hedge = newAttempt(y, i, hedging, permit, now)
			r.hedge.race, y.hedged, y.turns[i].hedged = r, true, y.round
			return r.hedge
		}
		if !y.r.budget.Has() {
			return nil
		}
	}
	return nil
}

// claim gives the answer to whoever asks first, and ends the other's attempt.
// Without a race it is the attempt's anyway.
func (a *attempt) claim() bool {
	r := a.race
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.winner == nil {
		r.winner = a
		for _, other := range []*attempt{r.first, r.hedge} {
			if other != nil && other != a {
				other.lost.Store(true)
				other.cancel()
			}
		}
	}
	return r.winner == a
}

// conclude does what the race came to, and reports whether the relay is over: to
// the winner's end, or else to both failures in their order. A panic is passed
// on, unless it is that of an attempt the client does not miss.
func (r *race) conclude() (over bool) {
	crash, beside := r.crashes[0], r.crashes[1]
	if r.winner == nil {
		if crash = cmp.Or(crash, beside); crash != nil {
			panic(crash)
		}
		order := []*attempt{r.first}
		switch {
		case r.hedge == nil:
		case r.hedge.log.End.Before(r.first.log.End):
			order = []*attempt{r.hedge, r.first}
		default:
			order = append(order, r.hedge)
		}
		for _, a := range order {
			if r.y.conclude(a, a.kind) {
				return true
			}
		}
		return false
	}
	if r.winner == r.hedge {
		crash, beside = beside, crash
	}
	if beside != nil {
		r.y.r.log.Error("panic while relaying", "request_id", r.y.rec.RequestID, "panic", beside)
	}
	if crash != nil {
		panic(crash)
	}
	return r.y.conclude(r.winner, r.winner.kind)
}

// caught runs f and returns what it panicked with, and where.
func caught(f func()) (crash error) {
	defer func() {
		if p := recover(); p != nil {
			crash = fmt.Errorf("%v, in\n%s", p, debug.Stack())
		}
	}()
	f()
	return nil
}
