package window_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/window"
)

var start = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

func TestCountsOfASpan(t *testing.T) {
	w := window.New(time.Second, 10)
	for s := range 12 { // one in each second: class 0 in the even ones, 3 in the odd
		w.Count(at(float64(s)+0.5), s%2*3)
	}
	tests := map[string]struct {
		at   float64
		span time.Duration
		want [window.Classes]int
	}{
		"the whole window":                 {11.9, 0, [8]int{0: 5, 3: 5}},
		"a span longer than the window":    {11.9, time.Hour, [8]int{0: 5, 3: 5}},
		"the last three steps":             {11.9, 3 * time.Second, [8]int{0: 1, 3: 2}},
		"part of a step counts as all":     {11.9, time.Millisecond, [8]int{3: 1}},
		"what has not happened yet is not": {8.2, 2 * time.Second, [8]int{3: 1, 0: 1}},
		"later, less is left":              {18.5, 0, [8]int{0: 1, 3: 2}},
		"and then nothing":                 {30, 0, [8]int{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := w.Snapshot(at(tt.at), tt.span)
			require.Equal(t, tt.want, s.Counts)
			require.Zero(t, s.Timed())
			require.Zero(t, s.Quantile(0.5), "nothing was timed")
		})
	}
}

func TestAStepUsedAgainHoldsNothingOfBefore(t *testing.T) {
	w := window.New(time.Second, 2)
	w.Count(at(0), 1)
	w.Time(at(0), time.Minute)
	w.Count(at(2), 2)
	w.Time(at(2), time.Second)
	w.Count(at(0), 1) // too late: its step is another's now
	w.Time(at(0), time.Hour)
	s := w.Snapshot(at(2), 0)
	require.Equal(t, [window.Classes]int{2: 1}, s.Counts)
	require.Equal(t, 1, s.Timed())
	require.InEpsilon(t, time.Second, s.Quantile(1), 1.0/32)
	require.Equal(t, 2*time.Second, w.Length())
}

// Quantiles of all sizes of durations are within a thirty-second of the exact
// ones.
func TestQuantileIsWithinItsError(t *testing.T) {
	const seed = 7
	draw := rand.New(rand.NewPCG(seed, seed))
	for _, scale := range []time.Duration{10 * time.Millisecond, time.Second, time.Minute} {
		w := window.New(time.Second, 60)
		var all []time.Duration
		for i := range 5000 {
			d := scale/10 + time.Duration(draw.ExpFloat64()*float64(scale))
			all = append(all, d)
			w.Time(at(float64(i%60)), d)
		}
		slices.Sort(all)
		s := w.Snapshot(at(59), 0)
		require.Equal(t, len(all), s.Timed())
		for _, q := range []float64{0, 0.01, 0.5, 0.95, 0.99, 1} {
			exact := all[max(int(q*float64(len(all)))-1, 0)]
			require.InEpsilon(t, exact, s.Quantile(q), 1.0/32, "scale %v, q %v", scale, q)
		}
	}
}

func TestQuantileAtTheEnds(t *testing.T) {
	tests := map[string]struct {
		enter, want time.Duration
		within      time.Duration
	}{
		"nothing":             {0, 0, 33 * time.Microsecond},
		"less than nothing":   {-time.Hour, 0, 33 * time.Microsecond},
		"microseconds":        {40 * time.Microsecond, 40 * time.Microsecond, 33 * time.Microsecond},
		"a millisecond":       {time.Millisecond, time.Millisecond, 33 * time.Microsecond},
		"eighteen minutes":    {18 * time.Minute, 18 * time.Minute, 18 * time.Minute / 32},
		"more than it can":    {99 * time.Hour, 18 * time.Minute, 18 * time.Minute / 32},
		"as much as there is": {1<<63 - 1, 18 * time.Minute, 18 * time.Minute / 32},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := window.New(time.Second, 1)
			w.Time(start, tt.enter)
			s := w.Snapshot(start, 0)
			require.InDelta(t, tt.want, s.Quantile(0.95), float64(tt.within))
		})
	}
}

// The order of records is of no account.
func TestRecordsAtOnce(t *testing.T) {
	one, many := window.New(time.Second, 10), window.New(time.Second, 10)
	var wg sync.WaitGroup
	for g := range 8 {
		record := func(w *window.Window) {
			for i := range 500 {
				now := at(float64(i%10) + 0.05*float64(g))
				w.Count(now, (g+i)%window.Classes)
				w.Time(now, time.Duration(g*i)*time.Millisecond)
			}
		}
		record(one)
		wg.Go(func() { record(many) })
	}
	wg.Wait()
	require.Equal(t, one.Snapshot(at(9.9), 0), many.Snapshot(at(9.9), 0))
}
