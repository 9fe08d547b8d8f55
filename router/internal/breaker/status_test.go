package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

func TestStatusTellsEachState(t *testing.T) {
	s := settings()
	s.Ramp = 30 * time.Second
	b := New(s)
	require.Equal(t, Status{State: audit.Closed, Share: Whole}, b.Status(t0))
	result(t, b, 0, Success)
	for range 3 {
		result(t, b, time.Second, Failure)
	}
	counts := Counts{Samples: 4, Failures: 3}
	open := Status{State: audit.Open, Since: at(time.Second), Reason: "because", NextProbe: at(11 * time.Second), Counts: counts}
	require.Equal(t, open, b.Status(at(5*time.Second)))
	open.NextProbe = at(time.Minute)
	require.Equal(t, open, b.Status(at(time.Minute)), "it may be probed now, and nobody has")

	now := at(time.Minute)
	first, _ := b.Allow(now)
	half := Status{State: audit.HalfOpen, Since: now, Reason: audit.OpenTimeOver, NextProbe: now, Probing: 1, Counts: counts}
	require.Equal(t, half, b.Status(now))
	second, _ := b.Allow(now)
	half.Probing, half.NextProbe = 2, time.Time{}
	require.Equal(t, half, b.Status(now), "all probes are under way")

	first.Done(now, Result{Outcome: Success, Reason: audit.OK})
	second.Done(now, Result{Outcome: Success, Reason: audit.OK})
	require.Equal(t, Status{State: audit.Closed, Since: now, Reason: audit.OK, Share: 5500}, b.Status(now.Add(15*time.Second)))
}
