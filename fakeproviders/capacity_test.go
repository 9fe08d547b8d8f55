package fakeproviders_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// arrivals sends chats one millisecond apart, at once, and returns them when
// all have ended. Those with a patience are cancelled after it.
func (w *world) arrivals(patience map[int]time.Duration, more string, n int) []*call {
	calls := make([]*call, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * time.Millisecond)
			ctx, cancel := context.WithCancel(w.t.Context())
			if d, ok := patience[i]; ok {
				ctx, cancel = context.WithTimeout(w.t.Context(), d)
			}
			defer cancel()
			calls[i] = w.post(ctx, chatPath, string(rune('a'+i)), chatBody(more))
		})
	}
	wg.Wait()
	return calls
}

func limited(t *testing.T, concurrency, queue, status int) fakeproviders.Config {
	t.Helper()
	c := steady(t)
	c.Capacity = fakeproviders.Capacity{Concurrency: concurrency, Queue: queue, Status: status}
	return c
}

func (w *world) entry(id string) fakeproviders.Entry {
	w.t.Helper()
	for _, e := range w.journal {
		if e.RequestID == id {
			return e
		}
	}
	require.Fail(w.t, "no journal entry", id)
	return fakeproviders.Entry{}
}

func TestQueueIsFirstInFirstOut(t *testing.T) {
	for name, more := range map[string]string{"whole": "", "streams hold their place to the end": stream} {
		t.Run(name, func(t *testing.T) {
			in(t, limited(t, 1, 3, 0), func(w *world) {
				calls := w.arrivals(nil, more, 4)
				var end time.Duration
				for i, c := range calls {
					e := w.entry(string(rune('a' + i)))
					require.Equal(t, time.Duration(i)*time.Millisecond, e.Arrived)
					require.Equal(t, end, e.Started, "it starts when the one before ends")
					about(t, end+1310*time.Millisecond, c.end)
					end = c.end
				}
			})
		})
	}
}

func TestOverload(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		want   int
		retry  string
		kind   string
	}{
		"default": {0, 503, "", "service_unavailable_error"},
		"503":     {503, 503, "", "service_unavailable_error"},
		"429":     {429, 429, "1", "requests"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, limited(t, 1, 1, row.status), func(w *world) {
				calls := w.arrivals(nil, "", 3)
				require.Equal(t, []int{200, 200, row.want}, []int{calls[0].status, calls[1].status, calls[2].status})
				require.Equal(t, row.retry, calls[2].header.Get("Retry-After"))
				require.Contains(t, calls[2].body(), row.kind)
				about(t, 12*time.Millisecond, calls[2].end)
				e := w.entry("c")
				require.Equal(t, fakeproviders.EndError, e.End)
				require.Equal(t, fakeproviders.Never, e.Started)
				require.Zero(t, e.BillMicroUSD)
			})
		})
	}
}

// The second of three leaves the queue: the third takes its turn and the
// cancelled one costs nothing.
func TestWaitingCanBeCancelled(t *testing.T) {
	in(t, limited(t, 1, 2, 0), func(w *world) {
		calls := w.arrivals(map[int]time.Duration{1: 500 * time.Millisecond}, "", 3)
		require.Equal(t, 501*time.Millisecond, calls[1].end)
		e := w.entry("b")
		require.Equal(t, fakeproviders.EndCancelled, e.End)
		require.Equal(t, fakeproviders.Never, e.Started)
		require.Zero(t, e.BillMicroUSD)
		require.Equal(t, calls[0].end, w.entry("c").Started)
		// Its seat and place are free again.
		require.Equal(t, http.StatusOK, w.chat(w.now(), "d", "").status)
		require.Equal(t, w.entry("d").Arrived, w.entry("d").Started)
	})
}

func TestCancelledServiceFreesItsPlace(t *testing.T) {
	in(t, limited(t, 1, 1, 0), func(w *world) {
		w.arrivals(map[int]time.Duration{0: 600 * time.Millisecond}, stream, 2)
		require.Equal(t, 600*time.Millisecond, w.entry("b").Started)
	})
}

func TestHangsHoldPlacesAndErrorsDoNot(t *testing.T) {
	hang := event(t, "hang", nil, 0, time.Minute)
	c := limited(t, 1, 0, 0)
	c.Faults = []fakeproviders.Event{hang}
	in(t, c, func(w *world) {
		calls := w.arrivals(map[int]time.Duration{0: time.Second}, "", 2)
		require.Zero(t, calls[0].status)
		require.Equal(t, 503, calls[1].status, "the hanging one holds the only place")
	})
	c = limited(t, 1, 0, 0)
	c.RTT = time.Second
	c.Faults = []fakeproviders.Event{event(t, "status", fault.Values{"status": {Num: 500}}, 0, 500*time.Microsecond)}
	in(t, c, func(w *world) {
		calls := w.arrivals(nil, "", 2)
		require.Equal(t, 500, calls[0].status)
		require.Equal(t, 200, calls[1].status)
	})
}

// A fault that begins while an attempt waits is met when it leaves the queue.
func TestFaultsAfterTheQueue(t *testing.T) {
	c := limited(t, 1, 1, 0)
	c.Faults = []fakeproviders.Event{event(t, "reset", nil, 1200*time.Millisecond, time.Hour)}
	c.Faults[0].Select.Stream = new(bool)
	in(t, c, func(w *world) {
		first := &call{w: w, header: http.Header{}}
		var wg sync.WaitGroup
		wg.Go(func() { w.into(w.t.Context(), first, chatPath, "a", chatBody(stream)) })
		time.Sleep(time.Millisecond)
		second := w.post(w.t.Context(), chatPath, "b", chatBody(""))
		wg.Wait()
		require.True(t, second.reset)
		require.Equal(t, first.end, second.end)
		require.Zero(t, w.entry("b").BillMicroUSD)
		require.Equal(t, first.end, w.entry("b").Started)
	})
}
