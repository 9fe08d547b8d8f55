package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

// probing returns a half-open breaker with its first probe under way.
func probing(t *testing.T) (*Breaker, Permit) {
	t.Helper()
	b := tripped(t, settings())
	p, ok := b.Allow(at(10 * time.Second))
	require.True(t, ok)
	return b, p
}

func TestHalfOpenLimitsProbes(t *testing.T) {
	b, _ := probing(t)
	_, ok := b.Allow(at(11 * time.Second))
	require.True(t, ok)
	_, ok = b.Allow(at(11 * time.Second))
	require.False(t, ok)
	require.Equal(t, at(11*time.Second), b.RetryAt(at(11*time.Second)), "a place may come free at any time")
}

func TestHalfOpen(t *testing.T) {
	for _, row := range []struct {
		name     string
		outcomes []Outcome
		want     audit.State
	}{
		{"one success", []Outcome{Success}, audit.HalfOpen},
		{"enough successes close", []Outcome{Success, Success}, audit.Closed},
		{"one failure opens", []Outcome{Failure}, audit.Open},
		{"failure after success opens", []Outcome{Success, Failure}, audit.Open},
		{"excluded gives its place back", []Outcome{Excluded, Excluded, Excluded, Success, Success}, audit.Closed},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := tripped(t, settings())
			for _, o := range row.outcomes {
				result(t, b, 10*time.Second, o)
			}
			require.Equal(t, row.want, b.Status(t0).State)
		})
	}
}

func TestHalfOpenReturnedPermitFreesItsPlace(t *testing.T) {
	b, p := probing(t)
	p.Return()
	for range 2 {
		_, ok := b.Allow(at(11 * time.Second))
		require.True(t, ok)
	}
}

func TestHalfOpenSecondProbeOfAnOpenedRoundIsDropped(t *testing.T) {
	b, first := probing(t)
	second, ok := b.Allow(at(10 * time.Second))
	require.True(t, ok)
	first.Done(at(11*time.Second), Result{Outcome: Failure, Reason: "x"})
	until := b.state.retryAt()
	second.Done(at(12*time.Second), Result{Outcome: Failure, Reason: "y"})
	require.Equal(t, until, b.state.retryAt())
	require.Equal(t, 20*time.Second, until.Sub(at(11*time.Second)), "doubled once, not twice")
}

func TestHalfOpenSlowSuccessOpens(t *testing.T) {
	s := settings()
	s.SlowCall, s.SlowRate = time.Second, 1
	b := tripped(t, s)
	p, ok := b.Allow(at(10 * time.Second))
	require.True(t, ok)
	p.Done(at(12*time.Second), Result{Outcome: Success, Took: 2 * time.Second, Answered: true, Reason: audit.OK})
	status := b.Status(at(12 * time.Second))
	require.Equal(t, audit.Open, status.State)
	require.Equal(t, audit.SlowCalls, status.Reason)
}
