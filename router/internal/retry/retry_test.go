package retry_test

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/retry"
)

func TestWait(t *testing.T) {
	const base, limit = 100 * time.Millisecond, 2 * time.Second
	for _, row := range []struct {
		name string
		n    int
		most time.Duration
	}{
		{"first", 0, base}, {"second", 1, 2 * base}, {"fifth", 4, 16 * base}, {"capped", 5, limit}, {"far beyond", 1000, limit},
	} {
		t.Run(row.name, func(t *testing.T) {
			var longest time.Duration
			for h := range uint64(2000) {
				w := retry.Wait(base, limit, row.n, h*0x9e3779b97f4a7c15)
				require.GreaterOrEqual(t, w, time.Duration(0))
				longest = max(longest, w)
			}
			require.Less(t, longest, row.most+2*time.Microsecond)
			require.Greater(t, longest, row.most*9/10)
		})
	}
	require.LessOrEqual(t, retry.Wait(math.MaxInt64/2, math.MaxInt64, 3, 5), time.Duration(math.MaxInt64))
}

func TestBudgetNeverExceedsFloorPlusRatio(t *testing.T) {
	for _, row := range []struct {
		name     string
		ratio    float64
		floor    int
		requests int
		want     int
	}{
		{"nothing", 0, 0, 100, 0},
		{"floor only", 0, 3, 100, 3},
		{"ratio only", 0.1, 0, 100, 10},
		{"both", 0.2, 5, 100, 25},
		{"more than one each", 2, 0, 10, 20},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := retry.NewBudget(row.ratio, row.floor)
			taken := 0
			for range row.requests {
				b.Earn()
				for b.Take() {
					taken++
				}
			}
			require.Equal(t, row.want, taken)
			require.False(t, b.Has())
		})
	}
}

func TestBudgetSavesUpOnlySoMuch(t *testing.T) {
	b := retry.NewBudget(0.5, 2)
	for range 10_000 {
		b.Earn()
	}
	taken := 0
	for b.Take() {
		taken++
	}
	require.Equal(t, 52, taken)
}

func TestBudgetConcurrently(t *testing.T) {
	b := retry.NewBudget(1, 0)
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				b.Earn()
				if b.Take() {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, taken.Load(), int64(2000))
	require.Positive(t, taken.Load())
}
