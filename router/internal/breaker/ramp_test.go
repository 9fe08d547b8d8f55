package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

// recovered returns a breaker with a ramp that closed at ten seconds.
func recovered(t *testing.T, ramp time.Duration) *Breaker {
	t.Helper()
	s := settings()
	s.Ramp = ramp
	b := tripped(t, s)
	for range s.Probes {
		result(t, b, 10*time.Second, Success)
	}
	require.Equal(t, audit.Closed, b.Status(at(10*time.Second)).State)
	return b
}

func TestRamp(t *testing.T) {
	const decade = 10 * 365 * 24 * time.Hour
	for _, row := range []struct {
		name        string
		ramp, since time.Duration
		want        int
	}{
		{"begins with a tenth", 30 * time.Second, 0, 1000},
		{"a third", 30 * time.Second, 10 * time.Second, 4000},
		{"half", 30 * time.Second, 15 * time.Second, 5500},
		{"nearly there", 30 * time.Second, 30*time.Second - time.Millisecond, 10_000},
		{"whole", 30 * time.Second, 30 * time.Second, 10_000},
		{"long after", 30 * time.Second, time.Hour, 10_000},
		{"none", 0, 0, 10_000},
		{"very short", 1, 0, 10_000},
		{"very long", decade, decade / 2, 5500},
		{"a clock set back", 30 * time.Second, -time.Hour, 1000},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := recovered(t, row.ramp)
			require.Equal(t, row.want, b.Share(at(10*time.Second+row.since)))
		})
	}
	require.Equal(t, Whole, New(settings()).Share(t0), "what never failed needs no ramp")
}

func TestRampGrowsOnly(t *testing.T) {
	b := recovered(t, 30*time.Second)
	last := 0
	for d := 10 * time.Second; d <= 41*time.Second; d += 7 * time.Millisecond {
		share := b.Share(at(d))
		require.GreaterOrEqual(t, share, last, d)
		last = share
	}
	require.Equal(t, Whole, last)
}

// A target that fails again on its ramp was not well: it is left alone for
// longer, not for the first open time again.
func TestATripOnTheRampDoublesTheOpenTime(t *testing.T) {
	for _, row := range []struct {
		name string
		at   time.Duration
		want time.Duration
	}{
		{"on the ramp", 39 * time.Second, 20 * time.Second},
		{"after it", 40 * time.Second, 10 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := recovered(t, 30*time.Second)
			for range b.settings.MinSamples {
				result(t, b, row.at, Failure)
			}
			require.Equal(t, row.want, b.state.retryAt().Sub(at(row.at)))
		})
	}
}
