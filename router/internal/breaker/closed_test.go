package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

func TestClosed(t *testing.T) {
	type step struct {
		at time.Duration
		o  Outcome
	}
	s, f, x := Success, Failure, Excluded
	for _, row := range []struct {
		name  string
		steps []step
		want  audit.State
	}{
		{"nothing", nil, audit.Closed},
		{"too few samples", []step{{0, f}, {1, f}, {2, f}}, audit.Closed},
		{"all fail", []step{{0, f}, {1, f}, {2, f}, {3, f}}, audit.Open},
		{"exactly the rate", []step{{0, s}, {1, s}, {2, f}, {3, f}}, audit.Open},
		{"below the rate", []step{{0, s}, {1, s}, {2, s}, {3, f}, {4, f}}, audit.Closed},
		{"success does not trip", []step{{0, f}, {1, f}, {2, f}, {3, s}}, audit.Closed},
		{"excluded do not count", []step{{0, f}, {1, f}, {2, f}, {3, x}, {4, x}}, audit.Closed},
		{"old results leave the window", []step{{0, f}, {0, f}, {0, f}, {10 * time.Second, f}}, audit.Closed},
		{"results within the window stay", []step{{0, f}, {0, f}, {0, f}, {9 * time.Second, f}}, audit.Open},
		{"a bucket is used anew", []step{{0, f}, {0, f}, {0, f}, {20 * time.Second, f}, {20 * time.Second, f}}, audit.Closed},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := New(settings())
			for _, st := range row.steps {
				result(t, b, st.at, st.o)
			}
			require.Equal(t, row.want, b.Status(t0).State)
		})
	}
}

func TestClosedCountsSlowCalls(t *testing.T) {
	const quick, slow = 999 * time.Millisecond, time.Second
	answer := func(took time.Duration) Result { return Result{Outcome: Success, Took: took, Answered: true} }
	fail := func(took time.Duration) Result { return Result{Outcome: Failure, Took: took, Reason: "why"} }
	refusal := Result{Outcome: Success, Took: time.Millisecond} // a 400: the target is well, and answered nothing
	gone := Result{Outcome: Excluded, Took: time.Minute}
	for _, row := range []struct {
		name    string
		results []Result
		want    audit.State
		reason  string
	}{
		{"too few", []Result{answer(slow), answer(slow), answer(slow)}, audit.Closed, ""},
		{"all slow", []Result{answer(slow), answer(slow), answer(slow), answer(slow)}, audit.Open, audit.SlowCalls},
		{"exactly the rate", []Result{answer(quick), answer(slow), answer(slow), answer(slow)}, audit.Open, audit.SlowCalls},
		{"below the rate", []Result{answer(quick), answer(quick), answer(slow), answer(slow)}, audit.Closed, ""},
		{"quick failures are no quick calls", []Result{fail(quick), answer(slow), answer(slow), refusal, answer(slow), answer(slow)}, audit.Open, audit.SlowCalls},
		{"refusals are no quick calls", []Result{refusal, refusal, refusal, answer(slow), answer(slow), answer(slow), answer(slow)}, audit.Open, audit.SlowCalls},
		{"a slow failure is slow", []Result{answer(slow), answer(slow), answer(slow), refusal, refusal, refusal, fail(slow)}, audit.Open, audit.SlowCalls},
		{"failures come first", []Result{answer(slow), answer(slow), fail(slow), fail(slow)}, audit.Open, "why"},
		{"clients that leave are not counted", []Result{gone, gone, gone, gone, gone}, audit.Closed, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := settings()
			s.SlowCall, s.SlowRate = slow, 0.75
			b := New(s)
			for i, r := range row.results {
				p, ok := b.Allow(t0)
				require.True(t, ok, "result %d", i)
				p.Done(t0, r)
			}
			status := b.Status(t0)
			require.Equal(t, row.want, status.State)
			require.Equal(t, row.reason, status.Reason)
		})
	}
}

func TestNothingIsSlowUnlessSaid(t *testing.T) {
	b := New(settings())
	for range 100 {
		p, ok := b.Allow(t0)
		require.True(t, ok)
		p.Done(t0, Result{Outcome: Success, Took: time.Hour, Answered: true})
	}
	require.Equal(t, Counts{Samples: 100, Timed: 100}, b.Status(t0).Counts)
}
