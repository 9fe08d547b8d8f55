package breaker

import (
	"sync"
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

// Settings configure a breaker; the fields up to Probes are those of
// router.Breaker and must be valid.
type Settings struct {
	Window      time.Duration
	MinSamples  int
	FailureRate float64
	OpenFor     time.Duration
	MaxOpenFor  time.Duration
	Probes      int

	// Jitter returns how much of the tenth of an open time may be cut from
	// it, for the breaker's nth trip. Nil cuts nothing.
	Jitter func(nth int, tenth time.Duration) time.Duration
	// OnChange is called after each change of state, outside the lock. Nil is
	// allowed.
	OnChange func(Change)
}

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
	Until  time.Time // end of the open time; zero unless open
}

// Breaker is one circuit breaker; make it with [New].
type Breaker struct {
	settings Settings

	mu         sync.Mutex
	state      state
	generation uint64
	trips      int // all trips, for the jitter's key
	streak     int // trips since it was last closed, for the open time
	since      time.Time
	reason     string
}

// state is one of closed, open and halfOpen. Methods are called under the lock.
type state interface {
	kind() audit.State
	// allow decides whether a request may pass now, and whether as a probe.
	allow(b *Breaker, now time.Time) (ok, probe bool)
	// settle takes the outcome of a permit this state has given.
	settle(b *Breaker, now time.Time, o Outcome, reason string)
	// retryAt is the earliest instant a request may pass; zero: now.
	retryAt() time.Time
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

// Done settles the permit at now. Reason is the audit's word for the outcome.
// A permit given in an earlier state changes nothing.
func (p Permit) Done(now time.Time, o Outcome, reason string) {
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
	b.state.settle(b, now, o, reason)
	changed := b.changed(p.generation, was)
	b.mu.Unlock()
	b.report(changed)
}

// RetryAt is the earliest instant at which Allow may say yes, and never in the
// past of now.
func (b *Breaker) RetryAt(now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := b.state.retryAt(); at.After(now) {
		return at
	}
	return now
}

// Status returns the state as of the last call that could change it.
func (b *Breaker) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Status{State: b.state.kind(), Since: b.since, Reason: b.reason, Until: b.state.retryAt()}
}

// enter changes the state, under the lock.
func (b *Breaker) enter(s state, now time.Time, reason string) {
	b.state, b.since, b.reason = s, now, reason
	b.generation++
}

// trip opens the breaker, for twice as long as the last time unless it was
// closed in between, less a jitter of up to a tenth.
func (b *Breaker) trip(now time.Time, reason string) {
	length := b.settings.OpenFor
	for range b.streak {
		if length >= b.settings.MaxOpenFor/2 {
			length = b.settings.MaxOpenFor
			break
		}
		length *= 2
	}
	if b.settings.Jitter != nil {
		length -= b.settings.Jitter(b.trips, length/10)
	}
	b.trips++
	b.streak++
	b.enter(&open{until: now.Add(length)}, now, reason)
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

// Return gives the permit back unused.
func (p Permit) Return() { p.Done(time.Time{}, Excluded, "") }
