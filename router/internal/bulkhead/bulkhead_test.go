package bulkhead

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBulkhead(t *testing.T) {
	for _, row := range []struct {
		name             string
		most, ask, enter int
	}{
		{"none yet", 2, 0, 0},
		{"room", 3, 2, 2},
		{"full", 3, 3, 3},
		{"refused", 3, 7, 3},
		{"no cap", 0, 1000, 1000},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := New(row.most)
			entered := 0
			for range row.ask {
				if b.Enter() {
					entered++
				}
			}
			require.Equal(t, row.enter, entered)
			require.Equal(t, row.enter, b.Inside())
			require.Equal(t, row.most, b.Most())
			for range entered {
				b.Leave()
			}
			require.Zero(t, b.Inside())
			require.True(t, b.Enter(), "places that were given back are free")
		})
	}
}

func TestNeverMoreThanTheCap(t *testing.T) {
	const most = 3
	b := New(most)
	var inside, peak atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				if !b.Enter() {
					continue
				}
				n := inside.Add(1)
				for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
				}
				inside.Add(-1)
				b.Leave()
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, peak.Load(), int64(most))
	require.Positive(t, peak.Load())
	require.Zero(t, b.Inside())
}
