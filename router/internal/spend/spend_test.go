package spend

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestBudget(t *testing.T) {
	h := NewBudget(100, HoursSince(start))
	ask := func(after time.Duration, most int64) (Reserved, bool) { return h.Reserve(start.Add(after), most) }
	first, ok := ask(0, 60)
	require.True(t, ok)
	_, ok = ask(time.Minute, 41)
	require.False(t, ok, "what is reserved counts as spent")
	h.Settle(first, 10)
	second, ok := ask(2*time.Minute, 90)
	require.True(t, ok, "what was not needed is free again, to the last")
	_, ok = ask(59*time.Minute, 1)
	require.False(t, ok)
	_, ok = ask(59*time.Minute, 0)
	require.True(t, ok, "what is free costs nothing")
	_, ok = ask(time.Hour, 100)
	require.True(t, ok, "the next hour begins with all of it")
	h.Settle(second, 0)
	_, ok = ask(time.Hour+time.Minute, 1)
	require.False(t, ok, "the hour before gives nothing to this one")
	_, ok = ask(49*time.Hour, 100)
	require.True(t, ok, "hours may pass in which nothing is asked")
}

func TestWhatCostsMoreThanReserved(t *testing.T) {
	h := NewBudget(100, HoursSince(start))
	r, ok := h.Reserve(start, 50)
	require.True(t, ok)
	h.Settle(r, 130)
	_, ok = h.Reserve(start.Add(time.Minute), 0)
	require.False(t, ok)
	_, ok = h.Reserve(start.Add(time.Hour), math.MaxInt64)
	require.False(t, ok, "no overflow")
}

func TestNeverMoreThanTheLimit(t *testing.T) {
	h := NewBudget(1000, HoursSince(start))
	var spent atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				if r, ok := h.Reserve(start, 7); ok {
					cost := int64(i % 8)
					spent.Add(cost)
					h.Settle(r, cost)
				}
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, spent.Load(), int64(1000))
	require.Greater(t, spent.Load(), int64(1000-7), "it is used up")
}

func TestStateOfABudget(t *testing.T) {
	b := NewBudget(100, HoursSince(start))
	one, _ := b.Reserve(start, 30)
	_, _ = b.Reserve(start, 20)
	before, after := b.Settle(one, 12)
	require.Equal(t, [2]int64{0, 12}, [2]int64{before, after})
	require.Equal(t, State{Spent: 12, Held: 20, End: start.Add(time.Hour)}, b.State(start.Add(time.Minute)))
	require.Equal(t, State{End: start.Add(2 * time.Hour)}, b.State(start.Add(time.Hour)), "the next hour has neither")
	before, after = b.Settle(Reserved{0, 20}, 20)
	require.Zero(t, before+after, "its hour is over")
	require.Equal(t, State{End: start.Add(2 * time.Hour)}, b.State(start.Add(time.Hour)))
}

func TestPeriods(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		require.NoError(t, err)
		return v
	}
	for _, row := range []struct {
		name           string
		of             Periods
		now, last, end string // last is the last nanosecond of the period before
	}{
		{"minutes", Minutes, "2024-12-11T22:46:30Z", "2024-12-11T22:45:59.999999999Z", "2024-12-11T22:47:00Z"},
		{"hours", Hours, "2024-12-11T22:46:30Z", "2024-12-11T21:59:59.999999999Z", "2024-12-11T23:00:00Z"},
		{"days, of UTC whatever the zone", Days, "2024-12-12T01:00:00+07:00", "2024-12-10T23:59:59.999999999Z", "2024-12-12T00:00:00Z"},
		{"months", Months, "2024-12-11T22:46:30Z", "2024-11-30T23:59:59.999999999Z", "2025-01-01T00:00:00Z"},
		{"a leap day", Months, "2024-02-29T23:59:59Z", "2024-01-31T23:59:59.999999999Z", "2024-03-01T00:00:00Z"},
	} {
		t.Run(row.name, func(t *testing.T) {
			nth, end := row.of(at(row.now))
			require.Equal(t, at(row.end), end)
			before, _ := row.of(at(row.last))
			first, _ := row.of(at(row.last).Add(1))
			next, _ := row.of(end)
			require.Equal(t, []int64{nth - 1, nth, nth + 1}, []int64{before, first, next})
		})
	}
}
