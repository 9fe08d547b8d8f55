package fakeproviders_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func indexed(e fakeproviders.Event, index int) fakeproviders.Event {
	e.Index = index
	return e
}

func TestInject(t *testing.T) {
	in(t, steady(t), func(w *world) {
		require.Equal(t, 200, w.chat(0, "a", "").status)
		e := indexed(event(t, "status", fault.Values{"status": {Num: 503}}, 5*time.Second, 8*time.Second), 7)
		require.NoError(t, w.p.Inject(e))
		require.Len(t, w.p.Events(), 1)
		require.Equal(t, 7, w.p.Events()[0].Index)
		for _, row := range []struct {
			at     time.Duration
			status int
			faults uint64
		}{{3 * time.Second, 200, 0}, {5 * time.Second, 503, 1 << 7}, {8 * time.Second, 200, 0}} {
			require.Equal(t, row.status, w.chat(row.at, "b", "").status)
			require.Equal(t, row.faults, w.last().Faults)
		}
		require.True(t, w.p.Withdraw("status"))
		require.False(t, w.p.Withdraw("status"), "it is gone")
		require.Empty(t, w.p.Events())
	})
}

func TestInjectBeforeTheTimeline(t *testing.T) {
	late := event(t, "status", fault.Values{"status": {Num: 500}}, 0, time.Minute)
	late.ID = "late"
	in(t, faulty(t, event(t, "none", nil, 0, time.Minute), late), func(w *world) {
		first := indexed(event(t, "status", fault.Values{"status": {Num: 503}}, 0, time.Minute), 5)
		require.NoError(t, w.p.Inject(first))
		require.Equal(t, 500, w.chat(0, "a", "").status, "the first status by index wins")
		require.True(t, w.p.Withdraw("late"), "an event of the timeline can be withdrawn too")
		require.Equal(t, 503, w.chat(time.Second, "a", "").status)
	})
}

// TestWithdrawLetsGo: what an event holds up goes on soon after it was withdrawn.
func TestWithdrawLetsGo(t *testing.T) {
	for name, row := range map[string]struct {
		kind   string
		values fault.Values
		more   string
	}{
		"hang":               {"hang", nil, ""},
		"a stream that hung": {"hang", nil, stream},
		"stall":              {"stall", fault.Values{"after": {Num: 3}}, stream},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, steady(t), func(w *world) {
				require.NoError(t, w.p.Inject(event(t, row.kind, row.values, 0, 24*time.Hour)))
				var caller sync.WaitGroup
				var c *call
				caller.Go(func() { c = w.chat(0, "a", row.more) })
				time.Sleep(time.Minute)
				require.True(t, w.p.Withdraw(row.kind))
				caller.Wait()
				require.Equal(t, 200, c.status)
				require.Equal(t, fakeproviders.EndComplete, w.last().End)
				require.Less(t, c.end, time.Minute+2*time.Second)
				require.Equal(t, uint64(1), w.last().Faults)
			})
		})
	}
}

func TestInjectRefuses(t *testing.T) {
	in(t, faulty(t, event(t, "none", nil, 0, time.Minute)), func(w *world) {
		good := indexed(event(t, "hang", nil, 0, time.Minute), 1)
		for name, e := range map[string]fakeproviders.Event{
			"no fault":       {ID: "x", Index: 2, End: time.Second, Rate: 1},
			"a taken id":     indexed(event(t, "none", nil, 0, time.Minute), 2),
			"a taken index":  indexed(good, 0),
			"a wrong window": indexed(event(t, "hang", nil, time.Minute, time.Second), 2),
			"no such bit":    indexed(good, 64),
		} {
			require.Error(t, w.p.Inject(e), name)
		}
		elsewhere := good
		elsewhere.Select.Vendor = "somebody else"
		require.NoError(t, w.p.Inject(elsewhere))
		require.Len(t, w.p.Events(), 1, "it cannot touch this provider")
		require.NoError(t, w.p.Inject(good))
	})
}

// TestInjectWhileServing is for the race detector.
func TestInjectWhileServing(t *testing.T) {
	in(t, steady(t), func(w *world) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					w.post(w.t.Context(), chatPath, "", chatBody(stream))
				}
			})
		}
		e := event(t, "delay", fault.Values{"factor": {Num: 2}}, 0, time.Hour)
		e.Sticky = fakeproviders.StickyShard
		for range 50 {
			require.NoError(t, w.p.Inject(e))
			time.Sleep(111 * time.Millisecond)
			require.True(t, w.p.Withdraw(e.ID))
		}
		all.Wait()
		require.Equal(t, http.StatusOK, w.chat(w.now(), "z", "").status)
	})
}
