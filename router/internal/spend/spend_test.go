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

func TestHourly(t *testing.T) {
	h := NewHourly(100, start)
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
	h := NewHourly(100, start)
	r, ok := h.Reserve(start, 50)
	require.True(t, ok)
	h.Settle(r, 130)
	_, ok = h.Reserve(start.Add(time.Minute), 0)
	require.False(t, ok)
	_, ok = h.Reserve(start.Add(time.Hour), math.MaxInt64)
	require.False(t, ok, "no overflow")
}

func TestNeverMoreThanTheLimit(t *testing.T) {
	h := NewHourly(1000, start)
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
