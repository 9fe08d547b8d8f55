package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

func TestOpenRejectsUntilItsTimeIsOver(t *testing.T) {
	b := tripped(t, settings())
	_, ok := b.Allow(at(10*time.Second - 1))
	require.False(t, ok)
	require.Equal(t, at(10*time.Second), b.RetryAt(t0))
	require.Equal(t, audit.Open, b.Status(t0).State, "no timer: it changes when asked")
	p, ok := b.Allow(at(10 * time.Second))
	require.True(t, ok)
	require.True(t, p.Probe)
	require.Equal(t, audit.HalfOpen, b.Status(t0).State)
}

func TestOpenTimeDoublesUpToItsLimitAndStartsAgainAfterClosing(t *testing.T) {
	b := tripped(t, settings())
	now := time.Duration(0)
	for _, want := range []time.Duration{10, 20, 40, 60, 60} {
		length := b.state.retryAt().Sub(at(now))
		require.Equal(t, want*time.Second, length)
		now += length
		result(t, b, now, Failure)
	}
	now = b.state.retryAt().Sub(t0)
	result(t, b, now, Success)
	result(t, b, now, Success)
	require.Equal(t, audit.Closed, b.Status(t0).State)
	for range 4 {
		result(t, b, now, Failure)
	}
	require.Equal(t, 10*time.Second, b.state.retryAt().Sub(at(now)))
}

func TestOpenTimeIsShortenedByJitter(t *testing.T) {
	s := settings()
	var asked []int
	s.Jitter = func(nth int, half time.Duration) time.Duration {
		asked = append(asked, nth)
		require.LessOrEqual(t, half, s.MaxOpenFor/2)
		return half / 2
	}
	b := tripped(t, s)
	require.Equal(t, at(7500*time.Millisecond), b.state.retryAt())
	result(t, b, 7500*time.Millisecond, Failure)
	require.Equal(t, []int{0, 1}, asked)
}

func TestLateResultOfAnEarlierStateIsDropped(t *testing.T) {
	b := New(settings())
	late, ok := b.Allow(t0)
	require.True(t, ok)
	for range 4 {
		result(t, b, 0, Failure)
	}
	late.Done(at(time.Second), Result{Outcome: Success, Reason: "late"})
	require.Equal(t, audit.Open, b.Status(t0).State)
	_, ok = b.Allow(at(10 * time.Second))
	require.True(t, ok)
	late.Done(at(11*time.Second), Result{Outcome: Failure, Reason: "late"})
	require.Equal(t, audit.HalfOpen, b.Status(t0).State)
}
