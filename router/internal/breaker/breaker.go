package breaker

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// Outcome is what a settled permit says about the target.
type Outcome uint8

// The outcomes.
const (
	Failure  Outcome = iota // the target failed
	Success                 // the target works
	Excluded                // says nothing about the target; gives a probe's place back
)

// Result is how a permitted attempt went.
type Result struct {
	Outcome Outcome
	Reason  string // the audit's word for it
	// Took is the time to the last byte of a whole answer, to the first content
	// of a stream, or to whatever ended the attempt before.
	Took time.Duration
	// Answered says that Took is the time of an answer. Only those can count as
	// quick: a failure or a refusal is often quick, and says nothing about how
	// long an answer takes.
	Answered bool
}

// Settings configure a breaker; the fields up to Ramp are those of
// router.Breaker and router.Failback and must be valid.
type Settings struct {
	Window      time.Duration
	MinSamples  int
	FailureRate float64
	SlowCall    time.Duration // 0: no call is slow
	SlowRate    float64
	OpenFor     time.Duration
	MaxOpenFor  time.Duration
	Probes      int
	Ramp        time.Duration

	// Jitter returns how much is cut from an open time, at most half of it, for
	// the breaker's nth trip. Nil cuts nothing.
	Jitter func(nth int, half time.Duration) time.Duration
	// OnChange is called after each change of state, outside the lock. Nil is
	// allowed.
	OnChange func(Change)
}

// slow reports whether a call that took so long is a slow one.
func (s *Settings) slow(took time.Duration) bool { return s.SlowCall > 0 && took >= s.SlowCall }

// Change is one change of state.
type Change struct {
	At       time.Time
	From, To audit.State
	Reason   string
}

// Status is a breaker's state for people.
type Status struct {
	State  audit.State
	Since  time.Time // zero: never changed
	Reason string    // of the last change
	// NextProbe is the earliest instant at which a probe may pass, not before
	// now; zero when closed, or when all probes are under way.
	NextProbe time.Time
	Probing   int    // probes under way
	Counts    Counts // of the window now; unless closed, those that opened the breaker
	Share     int    // of the traffic it should take, of Whole
}

// Breaker is one circuit breaker; make it with [New].
type Breaker struct {
	settings Settings

	mu         sync.Mutex
	state      state
	generation uint64
	trips      int // all trips, for the jitter's key
	streak     int // trips without a ramp passed in between, for the open time
	since      time.Time
	reason     string
	tripped    Counts // what opened it from closed last

	rampEnd atomic.Int64 // Unix nanoseconds: when the last failback is or was complete; 0: none
}

// state is one of closed, open and halfOpen. Methods are called under the lock.
type state interface {
	kind() audit.State
	// allow decides whether a request may pass now, and whether as a probe.
	allow(b *Breaker, now time.Time) (ok, probe bool)
	// settle takes the result of a permit this state has given.
	settle(b *Breaker, now time.Time, r Result)
	// retryAt is the earliest instant a request may pass; zero: now.
	retryAt() time.Time
	// describe fills in what only this state knows.
	describe(b *Breaker, now time.Time, s *Status)
}

// New returns a closed breaker.
func New(s Settings) *Breaker {
	b := &Breaker{settings: s}
	b.state = newClosed(&b.settings)
	return b
}

// Permit is the right to one attempt. It must be settled once, with Done. The
// zero Permit permits nothing.
type Permit struct {
	b          *Breaker
	generation uint64
	Probe      bool // given by a half-open breaker
}

// Allow asks for an attempt at now; false means the target must be left alone.
func (b *Breaker) Allow(now time.Time) (Permit, bool) {
	b.mu.Lock()
	before, was := b.generation, b.state.kind()
	ok, probe := b.state.allow(b, now)
	p := Permit{b: b, generation: b.generation, Probe: probe}
	changed := b.changed(before, was)
	b.mu.Unlock()
	b.report(changed)
	if !ok {
		return Permit{}, false
	}
	return p, true
}

// Done settles the permit at now. A permit given in an earlier state changes
// nothing.
func (p Permit) Done(now time.Time, r Result) {
	b := p.b
	if b == nil {
		return
	}
	b.mu.Lock()
	if p.generation != b.generation {
		b.mu.Unlock()
		return
	}
	was := b.state.kind()
	b.state.settle(b, now, r)
	changed := b.changed(p.generation, was)
	b.mu.Unlock()
	b.report(changed)
}

// Trip opens a closed breaker at now, whatever its window holds; it does nothing to
// another.
func (b *Breaker) Trip(now time.Time, reason string) {
	b.mu.Lock()
	before, was := b.generation, b.state.kind()
	if was == audit.Closed {
		b.tripped = Counts{}
		b.trip(now, reason)
	}
	changed := b.changed(before, was)
	b.mu.Unlock()
	b.report(changed)
}

// Return gives the permit back unused.
func (p Permit) Return() { p.Done(time.Time{}, Result{Outcome: Excluded}) }

// RetryAt is the earliest instant at which Allow may say yes, and never in the
// past of now.
func (b *Breaker) RetryAt(now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return later(b.state.retryAt(), now)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Status describes the breaker at now. The state is that of the last call that
// could change it: an open breaker whose time is over stays open until asked.
func (b *Breaker) Status(now time.Time) Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{State: b.state.kind(), Since: b.since, Reason: b.reason, Counts: b.tripped}
	b.state.describe(b, now, &s)
	return s
}

// enter changes the state, under the lock.
func (b *Breaker) enter(s state, now time.Time, reason string) {
	b.state, b.since, b.reason = s, now, reason
	b.generation++
}

// trip opens the breaker, for twice as long as the last time unless a ramp has
// been passed in between, less a jitter of up to a half: routers that saw a
// target fail at one time would otherwise go on asking it at one time.
func (b *Breaker) trip(now time.Time, reason string) {
	if b.state.kind() == audit.Closed && now.UnixNano() >= b.rampEnd.Load() {
		b.streak = 0
	}
	b.rampEnd.Store(0)
	length := b.settings.OpenFor
	for range b.streak {
		if length >= b.settings.MaxOpenFor/2 {
			length = b.settings.MaxOpenFor
			break
		}
		length *= 2
	}
	if b.settings.Jitter != nil {
		length -= b.settings.Jitter(b.trips, length/2)
	}
	b.trips++
	b.streak++
	b.enter(&open{until: now.Add(length)}, now, reason)
}

// reset closes the breaker and starts its ramp.
func (b *Breaker) reset(now time.Time, reason string) {
	b.rampEnd.Store(now.Add(b.settings.Ramp).UnixNano())
	b.enter(newClosed(&b.settings), now, reason)
}

func (b *Breaker) changed(before uint64, was audit.State) Change {
	if before == b.generation {
		return Change{}
	}
	return Change{At: b.since, From: was, To: b.state.kind(), Reason: b.reason}
}

func (b *Breaker) report(c Change) {
	if c.From != c.To && b.settings.OnChange != nil {
		b.settings.OnChange(c)
	}
}
