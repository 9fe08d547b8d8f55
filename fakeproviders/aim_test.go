package fakeproviders_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
)

// hit sends requests one after the other and returns which met the fault.
func hit(w *world, from time.Duration, gap time.Duration, ids ...string) []bool {
	out := make([]bool, len(ids))
	for i, id := range ids {
		out[i] = w.chat(from+time.Duration(i)*gap, id, "").status == 503
	}
	return out
}

// answering503 is a provider whose requests are answered at once, some by a 503.
func answering503(t *testing.T, change func(*fakeproviders.Event)) fakeproviders.Config {
	t.Helper()
	e := event(t, "status", values503, 0, time.Hour)
	change(&e)
	c := faulty(t, e)
	c.RTT, c.Models[0].TTFT, c.Models[0].ITL = 0, nil, nil
	return c
}

func TestFirstAndNth(t *testing.T) {
	ids := []string{"a", "b", "c", "d", "e", "f"}
	in(t, answering503(t, func(e *fakeproviders.Event) { e.First = 2 }), func(w *world) {
		require.Equal(t, []bool{true, true, false, false, false, false}, hit(w, 0, time.Second, ids...))
	})
	in(t, answering503(t, func(e *fakeproviders.Event) { e.Nth = 3 }), func(w *world) {
		require.Equal(t, []bool{false, false, true, false, false, true}, hit(w, 0, time.Second, ids...))
	})
	in(t, answering503(t, func(e *fakeproviders.Event) { e.Nth, e.First = 2, 3 }), func(w *world) {
		require.Equal(t, []bool{false, true, false, false, false, false}, hit(w, 0, time.Second, ids...), "the second of the first three")
	})
}

func TestEvery(t *testing.T) {
	c := answering503(t, func(e *fakeproviders.Event) { e.Start, e.End, e.Every = time.Minute, 2*time.Minute, 10*time.Minute })
	in(t, c, func(w *world) {
		for at, want := range map[time.Duration]float64{
			0: 0, time.Minute: 1, 119 * time.Second: 1, 2 * time.Minute: 0, 10 * time.Minute: 0, 11 * time.Minute: 1, 12 * time.Minute: 0, 71 * time.Minute: 1,
		} {
			require.InDelta(t, want, c.Faults[0].RateAt(at), 0, "%s", at)
		}
		var got []bool
		for i, at := range []time.Duration{30, 60, 119, 120, 659, 660, 719, 720, 1260} {
			got = append(got, w.chat(at*time.Second, strconv.Itoa(i), "").status == 503)
		}
		require.Equal(t, []bool{false, true, true, false, false, true, true, false, true}, got)
	})
}

// An attempt in service meets the next window of an event that comes again.
func TestEveryReachesAttemptsInService(t *testing.T) {
	e := event(t, "reset", nil, 0, 100*time.Millisecond)
	e.Every = 500 * time.Millisecond
	in(t, faulty(t, e), func(w *world) {
		call := w.chat(200*time.Millisecond, "a", stream)
		require.True(t, call.reset)
		require.GreaterOrEqual(t, call.end, 500*time.Millisecond)
		require.Less(t, call.end, 500*time.Millisecond+edge)
	})
}

// share counts how many of a hundred requests a fault of rate one half hits.
func share(w *world, id func(i int) string, more func(i int) string) int {
	n := 0
	for i := range 100 {
		if w.chat(w.now()+time.Millisecond, id(i), more(i)).status == 503 {
			n++
		}
	}
	return n
}

func TestSticky(t *testing.T) {
	sticky := func(what string) fakeproviders.Config {
		return answering503(t, func(e *fakeproviders.Event) { e.Rate, e.Sticky = 0.5, what })
	}
	none := func(int) string { return "" }
	same := func(int) string { return "same" }
	own := func(i int) string { return fmt.Sprint("r", i) }
	user := func(i int) string { return `,"user":"tenant-` + strconv.Itoa(i%4) + `"` }

	in(t, sticky(fakeproviders.StickyAttempt), func(w *world) {
		require.InDelta(t, 50, share(w, same, none), 20, "each try has its own luck")
	})
	in(t, sticky(fakeproviders.StickyRequest), func(w *world) {
		require.Contains(t, []int{0, 100}, share(w, same, none), "all tries of a request share it")
		require.InDelta(t, 50, share(w, own, none), 20)
	})
	in(t, sticky(fakeproviders.StickyTenant), func(w *world) {
		got := share(w, own, user)
		require.Zero(t, got%25, "whole tenants: %d", got)
	})
	in(t, sticky(fakeproviders.StickyShard), func(w *world) {
		require.Contains(t, []int{0, 100}, share(w, same, none))
		require.InDelta(t, 50, share(w, own, none), 25, "64 shards")
	})
}

// The same request meets sticky luck at every provider.
func TestStickyRequestIsCorrelated(t *testing.T) {
	var outcomes [2][]bool
	for i, name := range []string{"p", "q"} {
		c := answering503(t, func(e *fakeproviders.Event) { e.Rate, e.Sticky = 0.5, fakeproviders.StickyRequest })
		c.Name = name
		in(t, c, func(w *world) {
			outcomes[i] = hit(w, 0, time.Second, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
		})
	}
	require.Equal(t, outcomes[0], outcomes[1])
	require.Contains(t, outcomes[0], true)
	require.Contains(t, outcomes[0], false)
}
