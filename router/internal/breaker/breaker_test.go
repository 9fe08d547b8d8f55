package breaker

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

var t0 = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return t0.Add(d) }

func settings() Settings {
	return Settings{
		Window: 10 * time.Second, MinSamples: 4, FailureRate: 0.5,
		OpenFor: 10 * time.Second, MaxOpenFor: time.Minute, Probes: 2,
	}
}

// result lets one request through and settles it at the same instant.
func result(t *testing.T, b *Breaker, when time.Duration, o Outcome) {
	t.Helper()
	p, ok := b.Allow(at(when))
	require.True(t, ok, "at %v", when)
	p.Done(at(when), Result{Outcome: o, Reason: "because"})
}

// tripped returns a breaker opened at t0.
func tripped(t *testing.T, s Settings) *Breaker {
	t.Helper()
	b := New(s)
	for range s.MinSamples {
		result(t, b, 0, Failure)
	}
	require.Equal(t, audit.Open, b.Status(t0).State)
	return b
}

func TestChangesAreReported(t *testing.T) {
	s := settings()
	var changes []Change
	s.OnChange = func(c Change) { changes = append(changes, c) }
	b := tripped(t, s)
	result(t, b, 10*time.Second, Success)
	result(t, b, 11*time.Second, Success)
	require.Equal(t, []Change{
		{at(0), audit.Closed, audit.Open, "because"},
		{at(10 * time.Second), audit.Open, audit.HalfOpen, audit.OpenTimeOver},
		{at(11 * time.Second), audit.HalfOpen, audit.Closed, "because"},
	}, changes)
}

func TestZeroPermitIsHarmless(*testing.T) {
	Permit{}.Done(t0, Result{Outcome: Failure, Reason: "x"})
	Permit{}.Return()
}

func TestConcurrentUse(t *testing.T) {
	s := settings()
	s.OpenFor = time.Nanosecond
	s.MaxOpenFor = time.Nanosecond
	b := New(s)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				now := at(time.Duration(i) * time.Millisecond)
				if p, ok := b.Allow(now); ok {
					p.Done(now, Result{Outcome: Outcome((i + g) % 3)})
				}
				b.RetryAt(now)
				b.Status(t0)
			}
		})
	}
	wg.Wait()
	if h, ok := b.state.(*halfOpen); ok {
		require.Zero(t, h.flying, "every permit was given back")
	}
}
