package fakeproviders_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// faulty is a steady provider with events, indexed in order.
func faulty(t *testing.T, events ...fakeproviders.Event) fakeproviders.Config {
	t.Helper()
	c := steady(t)
	for i := range events {
		events[i].Index = i
	}
	c.Faults = events
	return c
}

// edge is the most an attempt takes to notice a fault edge.
const edge = 10 * time.Millisecond

func TestStatusFault(t *testing.T) {
	c := faulty(t, event(t, "status", fault.Values{"status": {Num: 503}, "retry_after": {Num: float64(1500 * time.Millisecond)}}, time.Second, 2*time.Second))
	in(t, c, func(w *world) {
		for _, row := range []struct {
			at     time.Duration
			status int
			faults uint64
		}{{time.Second, 503, 1}, {2*time.Second - 20*time.Millisecond, 503, 1}, {2 * time.Second, 200, 0}} {
			call := w.chat(row.at, "a", "")
			require.Equal(t, row.status, call.status)
			require.Equal(t, row.faults, w.last().Faults)
			if row.status == 503 {
				about(t, row.at+10*time.Millisecond, call.end)
				require.Equal(t, "2", call.header.Get("Retry-After"))
				require.Equal(t, "1500", call.header.Get("Retry-After-Ms"))
				require.Equal(t, fakeproviders.EndError, w.last().End)
				require.Equal(t, fakeproviders.Never, w.last().Started)
			}
		}
	})
}

// A status acts on arrival only.
func TestStatusFaultLeavesStreamsAlone(t *testing.T) {
	c := faulty(t, event(t, "status", fault.Values{"status": {Num: 500}}, 700*time.Millisecond, time.Minute))
	in(t, c, func(w *world) {
		require.Equal(t, 10, contentTokens(w.chat(0, "a", stream).body()))
		require.Zero(t, w.last().Faults)
	})
}

func TestHangOnArrivalResumesAtItsEnd(t *testing.T) {
	c := faulty(t, event(t, "hang", nil, 0, 30*time.Second))
	in(t, c, func(w *world) {
		call := w.chat(time.Second, "a", "")
		require.GreaterOrEqual(t, call.end, 30*time.Second+1310*time.Millisecond)
		require.Less(t, call.end, 30*time.Second+1310*time.Millisecond+edge+dither)
		require.Equal(t, uint64(1), w.last().Faults)
		require.Equal(t, fakeproviders.EndComplete, w.last().End)
	})
}

func TestHangCancelledBeforeServiceIsFree(t *testing.T) {
	c := faulty(t, event(t, "hang", nil, 0, time.Hour))
	in(t, c, func(w *world) {
		ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
		defer cancel()
		call := w.post(ctx, chatPath, "a", chatBody(stream))
		require.Equal(t, 5*time.Second, call.end)
		require.Zero(t, w.last().BillMicroUSD)
		require.Zero(t, w.last().PromptTokens)
		require.Zero(t, w.last().Started, "it held a place")
		require.Equal(t, fakeproviders.EndCancelled, w.last().End)
	})
}

// The tokens generated before the edge (0 to 3, due 410 to 710 ms) arrive before
// it; the rest waits for the end of the hang and keeps its distances.
func TestHangInsideAStream(t *testing.T) {
	c := faulty(t, event(t, "hang", nil, 750*time.Millisecond, 5*time.Second))
	in(t, c, func(w *world) {
		call := w.chat(0, "a", stream)
		require.Equal(t, ms(410, 610, 710), instants(call.chunks[:3]), "an event boundary at the edge")
		require.Equal(t, 4, contentTokens(call.chunks[0].text+call.chunks[1].text+call.chunks[2].text))
		resumed := call.chunks[3].at
		require.Greater(t, resumed, 5*time.Second)
		require.Less(t, resumed, 5*time.Second+60*time.Millisecond+edge, "810-750 ms of the gap were left")
		require.Equal(t, 10, contentTokens(call.body()))
		require.InDelta(t, 500e6, float64(call.end-resumed), 1e5, "tokens 5 to 9 are five gaps")
		require.Equal(t, uint64(1), w.last().Faults)
	})
}

func TestHangInsideAStreamCancelled(t *testing.T) {
	c := faulty(t, event(t, "hang", nil, 750*time.Millisecond, time.Hour))
	in(t, c, func(w *world) {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
		defer cancel()
		w.post(ctx, chatPath, "a", chatBody(stream))
		require.Equal(t, 4, w.last().OutputTokens, "nothing is generated while it hangs")
		require.Equal(t, 5, w.last().PromptTokens)
	})
}

func TestResetOnArrival(t *testing.T) {
	for name, noHijack := range map[string]bool{"hijacked": false, "aborted": true} {
		t.Run(name, func(t *testing.T) {
			in(t, faulty(t, event(t, "reset", nil, 0, time.Hour)), func(w *world) {
				call := &call{w: w, header: http.Header{}, noHijak: noHijack}
				serve := func() { w.into(w.t.Context(), call, chatPath, "a", chatBody("")) }
				if noHijack {
					require.PanicsWithValue(t, http.ErrAbortHandler, serve)
				} else {
					serve()
					require.True(t, call.reset)
					about(t, 10*time.Millisecond, call.end)
				}
				require.Len(t, w.journal, 1)
				require.Equal(t, fakeproviders.EndReset, w.last().End)
				require.Zero(t, w.last().Status)
				require.Zero(t, w.last().BillMicroUSD)
				require.Equal(t, uint64(1), w.last().Faults)
			})
		})
	}
}

func TestResetInsideAStreamIsBilled(t *testing.T) {
	c := faulty(t, event(t, "reset", nil, 850*time.Millisecond, time.Hour))
	in(t, c, func(w *world) {
		call := w.chat(0, "a", stream)
		require.True(t, call.reset)
		require.GreaterOrEqual(t, call.end, 850*time.Millisecond)
		require.Less(t, call.end, 850*time.Millisecond+edge+dither)
		require.Equal(t, 5, contentTokens(call.body()))
		e := w.last()
		require.Equal(t, fakeproviders.EndReset, e.End)
		require.Equal(t, 200, e.Status)
		require.Equal(t, 5, e.OutputTokens)
		require.Equal(t, int64(50), e.BillMicroUSD)
	})
}

func TestResetInsideAWholeAnswer(t *testing.T) {
	c := faulty(t, event(t, "reset", nil, 850*time.Millisecond, time.Hour))
	in(t, c, func(w *world) {
		call := w.chat(0, "a", "")
		require.True(t, call.reset)
		require.Empty(t, call.chunks)
		require.Zero(t, w.last().Status)
		require.Equal(t, 5, w.last().OutputTokens)
	})
}

func TestDelayFault(t *testing.T) {
	for name, row := range map[string]struct {
		p           fault.Values
		from, to    time.Duration
		first, last time.Duration
		faults      uint64
	}{
		"add only":               {fault.Values{"add": {Num: float64(time.Second)}}, 0, time.Hour, 1410 * time.Millisecond, 2310 * time.Millisecond, 1},
		"factor":                 {fault.Values{"factor": {Num: 2}}, 0, time.Hour, 810 * time.Millisecond, 2610 * time.Millisecond, 1},
		"both":                   {fault.Values{"add": {Num: float64(time.Second)}, "factor": {Num: 2}}, 0, time.Hour, 1810 * time.Millisecond, 3610 * time.Millisecond, 1},
		"over before the tokens": {fault.Values{"factor": {Num: 2}}, 0, 5 * time.Millisecond, 810 * time.Millisecond, 1710 * time.Millisecond, 1},
		"add begins later": {
			fault.Values{"add": {Num: float64(time.Second)}}, 5 * time.Millisecond, time.Hour, 410 * time.Millisecond, 1310 * time.Millisecond, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, faulty(t, event(t, "delay", row.p, row.from, row.to)), func(w *world) {
				c := w.chat(0, "a", stream)
				require.InDelta(t, float64(row.first), float64(c.chunks[0].at), 50e3)
				require.InDelta(t, float64(row.last), float64(c.end), 50e3)
				require.Equal(t, row.faults, w.last().Faults)
				require.Equal(t, 10, contentTokens(c.body()))
			})
		})
	}
}

// From 750 ms on gaps are three times as long: token 4, due at 810 ms, comes at
// 750 + 3×60 = 930 ms, and the five after it take 300 ms each. The attempt
// notices the edge up to 10 ms late, which is worth up to 20 ms.
func TestDelayFactorInsideAStream(t *testing.T) {
	c := faulty(t, event(t, "delay", fault.Values{"factor": {Num: 3}}, 750*time.Millisecond, time.Hour))
	in(t, c, func(w *world) {
		call := w.chat(0, "a", stream)
		require.LessOrEqual(t, call.end, 2430*time.Millisecond+dither)
		require.Greater(t, call.end, 2410*time.Millisecond)
		require.Equal(t, uint64(1), w.last().Faults)
	})
}

func TestEventsCompose(t *testing.T) {
	status := func(code int) fakeproviders.Event {
		return event(t, "status", fault.Values{"status": {Num: float64(code)}}, 0, time.Hour)
	}
	hang := event(t, "hang", nil, 0, time.Second)
	reset := event(t, "reset", nil, 0, time.Hour)
	twice := event(t, "delay", fault.Values{"factor": {Num: 2}, "add": {Num: float64(time.Second)}}, 0, time.Hour)
	idle := event(t, "none", nil, 0, time.Hour)
	for name, row := range map[string]struct {
		events []fakeproviders.Event
		status int
		end    time.Duration
		faults uint64
	}{
		"first status wins":    {[]fakeproviders.Event{status(429), status(503)}, 429, 10 * time.Millisecond, 1},
		"status hides delay":   {[]fakeproviders.Event{twice, status(503)}, 503, 10 * time.Millisecond, 2},
		"hang goes first":      {[]fakeproviders.Event{status(503), hang}, 200, 2310 * time.Millisecond, 2},
		"reset before all":     {[]fakeproviders.Event{status(503), hang, twice, reset}, 0, 10 * time.Millisecond, 8},
		"delays multiply, add": {[]fakeproviders.Event{twice, twice}, 200, (10 + 1600 + 2000 + 9*400) * time.Millisecond, 3},
		"none counts as hit":   {[]fakeproviders.Event{idle, twice}, 200, (10 + 800 + 1000 + 9*200) * time.Millisecond, 3},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, faulty(t, row.events...), func(w *world) {
				c := w.chat(0, "a", "")
				require.Equal(t, row.status, c.status)
				require.GreaterOrEqual(t, c.end, row.end)
				require.Less(t, c.end, row.end+edge+50*time.Microsecond)
				require.Equal(t, row.faults, w.last().Faults)
			})
		})
	}
}

// The order of the timeline decides, not that of the slice.
func TestStatusOrderIsByIndex(t *testing.T) {
	c := faulty(t, event(t, "status", fault.Values{"status": {Num: 429}}, 0, time.Hour), event(t, "status", fault.Values{"status": {Num: 503}}, 0, time.Hour))
	c.Faults[0], c.Faults[1] = c.Faults[1], c.Faults[0]
	in(t, c, func(w *world) { require.Equal(t, 429, w.chat(0, "a", "").status) })
}

// A rate hits its share of the attempts, and an attempt keeps its luck: which
// ones are hit does not depend on when they arrive.
func TestRate(t *testing.T) {
	e := event(t, "status", fault.Values{"status": {Num: 503}}, 0, 1000*time.Hour)
	e.Rate = 0.3
	in(t, faulty(t, e), func(w *world) {
		const n = 2000
		hits := 0
		for i := range n {
			if w.chat(w.now(), strconv.Itoa(i), "").status == 503 {
				hits++
			}
		}
		// Binomial deviation sqrt(0.3×0.7×2000) = 20.5; four of them.
		require.InDelta(t, 0.3*n, hits, 82)
	})
}

func TestFlap(t *testing.T) {
	e := event(t, "status", fault.Values{"status": {Num: 503}}, time.Second, time.Hour)
	e.FlapPeriod, e.FlapDuty = 10*time.Second, 0.3
	in(t, faulty(t, e), func(w *world) {
		for _, row := range []struct {
			second time.Duration
			status int
		}{{0, 200}, {1, 503}, {3, 503}, {4, 200}, {10, 200}, {11, 503}, {14, 200}, {21, 503}} {
			require.Equal(t, row.status, w.chat(row.second*time.Second+500*time.Microsecond, "a", "").status, "second %d", row.second)
		}
	})
}

// A flapping hang stops a stream again and again.
func TestFlappingHangInsideAStream(t *testing.T) {
	e := event(t, "hang", nil, 500*time.Millisecond, time.Hour)
	e.FlapPeriod, e.FlapDuty = time.Second, 0.5
	in(t, faulty(t, e), func(w *world) {
		c := w.chat(0, "a", stream)
		require.Equal(t, 10, contentTokens(c.body()))
		for _, ch := range c.chunks {
			phase := (ch.at - 500*time.Millisecond + time.Second) % time.Second
			require.True(t, phase >= 500*time.Millisecond || phase < edge, "%v lies in a hang", ch.at)
		}
		require.Greater(t, c.end, 1900*time.Millisecond)
	})
}

func instants(chunks []chunk) []time.Duration {
	var at []time.Duration
	for _, c := range chunks {
		at = append(at, c.at.Truncate(time.Millisecond))
	}
	return at
}
