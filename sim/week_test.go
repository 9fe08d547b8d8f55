package sim_test

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/panel"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/record"
	"github.com/routedrill/routedrill/sim/swarm"
)

var (
	weekTime = flag.Duration("week", 6*time.Hour, "how much virtual time TestWeek takes; a week is 168h")
	weekSeed = flag.Uint64("week.seed", 1, "the seed of its outages, and of all else")
	hourTime = flag.Duration("hour", 0, "how much real time TestHour takes; 0 skips it")
)

// life is a router in operation, with what stands around it in `serve`, and what was
// seen of it.
type life struct {
	tracker *incident.Tracker
	panel   *panel.Panel
	settle  time.Duration
	run     harness

	mu        sync.Mutex
	router    *router.Router
	looked    time.Time
	incidents map[string]incident.Incident
}

// harness is what a run puts around the router: where its audit and alerts go, and what
// carries its requests. It holds all the records of the run, so a router that is to be
// measured lets go of it.
type harness struct {
	audit.Sink
	audit.AlertSink
	http.RoundTripper
}

// watching looks at the incidents now and then.
type watching struct{ *life }

func (w watching) Request(r *audit.Record)    { w.look(r.End, false) }
func (w watching) Breaker(audit.BreakerEvent) {}

// look notes the incidents, of which a tracker forgets the earliest.
func (l *life) look(now time.Time, always bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !always && now.Sub(l.looked) < l.settle {
		return
	}
	l.looked = now
	for _, i := range l.tracker.Incidents(now) {
		if i.Kind == incident.KindOutage { // the others are of alerts alone
			l.incidents[i.ID] = i
		}
	}
}

func newLife(t *testing.T, s *scenarios.Scenario, settle time.Duration) *life {
	t.Helper()
	l := &life{settle: settle, incidents: map[string]incident.Incident{}}
	c := incident.Config{Settle: settle}
	for _, r := range s.World.Routes {
		c.Routes = append(c.Routes, incident.Route{Name: r.Name, Targets: r.Targets})
	}
	var err error
	l.tracker, err = incident.New(c)
	require.NoError(t, err)
	l.panel = panel.New(panel.Config{
		Status: func() router.Status { return l.router.Status() }, Spending: func() router.Spending { return l.router.Spending() }, Incidents: l.tracker.Incidents,
	})
	return l
}

// engine is the engine that ships, with what an operator has around it.
func (l *life) engine(c router.Config, t http.RoundTripper, seed uint64, s audit.Sink, _ router.Evaluator) (http.Handler, error) {
	l.run.Sink, l.run.RoundTripper = s, t
	l.run.AlertSink, _ = s.(audit.AlertSink)
	r, err := router.New(c, router.WithTransport(&l.run), router.WithSeed(seed),
		router.WithAudit(audit.Sinks{&l.run, l.tracker, l.panel, watching{l}}), router.WithAlerts(&l.run, l.tracker))
	l.router = r
	return r, err
}

// failing is a provider that fails for a while.
type failing struct {
	provider   string
	start, end time.Time
	fault      string
}

func outagesOf(s *scenarios.Scenario) (list []failing) {
	for _, e := range s.Timeline {
		for at := e.At; at < s.Duration; at += e.Every {
			start := s.Start.Add(at)
			list = append(list, failing{strings.Join(e.Select.Providers, ","), start, start.Add(e.For), e.Fault.Kind})
		}
	}
	slices.SortFunc(list, func(a, b failing) int { return a.start.Compare(b.start) })
	return list
}

// heapOf is how much memory is in use, once what nobody holds is gone.
func heapOf() int64 {
	runtime.GC()
	runtime.GC() // for what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestWeek lives a week in virtual time, with what an operator has around the router. It
// ends by itself with no goroutine left, which the bubble checks; every invariant holds;
// what was booked is what was billed, on the last day as on the first; every outage is
// an incident that opened and closed; and what the router keeps does not grow with time.
func TestWeek(t *testing.T) {
	n := max(2*int(math.Round(weekTime.Hours()/168*50)), 2)
	first := live(t, sim.Virtual, *weekTime/4, max(n/4/2*2, 2), 0.6, incident.DefaultSettle)
	whole := live(t, sim.Virtual, *weekTime, n, 0.6, incident.DefaultSettle)
	t.Logf("kept by router, tracker and panel: %.2f MB after a quarter, %.2f MB after all of it", float64(first)/1e6, float64(whole)/1e6)
	require.Less(t, whole-first, int64(4<<20), "what is kept grows with time")
}

// TestHour is the same on the wall clock, over loopback sockets.
func TestHour(t *testing.T) {
	if *hourTime == 0 {
		t.Skip("takes real time: see 'make hour'")
	}
	before := len(openFiles(t))
	live(t, sim.Wall, *hourTime, max(2*int(hourTime.Minutes()/20), 2), 40, 15*time.Second)
	require.Eventually(t, func() bool { return len(openFiles(t)) <= before }, time.Minute, 100*time.Millisecond, "descriptors are left: %s", openFiles(t))
}

// live runs a drawn life and judges it. It returns the memory that router, tracker and
// panel hold in the end.
func live(t *testing.T, clock sim.Clock, duration time.Duration, outages int, rate float64, settle time.Duration) (kept int64) {
	t.Helper()
	began := time.Now()
	text := swarm.Week(*weekSeed, duration, outages, rate)
	s, err := scenarios.Load("week.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}, sim.Vocabulary())
	require.NoError(t, err, text)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	l := newLife(t, s, settle)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{*weekSeed}, Clock: clock}.WithEngine(l.engine))
	require.NoError(t, err)
	c := &run.Cells[0]
	requireInvariants(t, c)
	if clock == sim.Wall {
		s.Start = began // of the faults, a moment later
	}
	end := s.Start.Add(duration)
	drawn := outagesOf(s)
	require.Len(t, drawn, outages)
	l.look(end.Add(time.Hour), true)
	seen := requireIncidents(t, l, drawn, end)
	requireClosed(t, c)
	days := requireBooked(t, c, l.router.Spending())

	t.Logf("seed %d: %s of the %s clock in %.1f s; %d outages, %d incidents; %d requests, %d attempts, %d probes; ledger and bills by day:\n%s",
		*weekSeed, duration, clock, time.Since(began).Seconds(), outages, seen, len(c.Requests), len(c.Attempts), len(c.Probes), days)
	run, c, l.run = nil, nil, harness{}
	with := heapOf()
	runtime.KeepAlive(l)
	l = nil
	return with - heapOf()
}

// requireIncidents asserts that every outage is in an incident of its provider, that
// every incident is of an outage, and that all are over. It returns how many there were.
func requireIncidents(t *testing.T, l *life, drawn []failing, end time.Time) int {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	of := map[string]int{} // outages, by incident
	for n, o := range drawn {
		found, until := "", o.end.Add(time.Minute) // what hung at its end is given up later
		if n+1 < len(drawn) && drawn[n+1].start.Before(until) {
			until = drawn[n+1].start
		}
		for id, i := range l.incidents {
			if i.Provider == o.provider && !i.Detected.Before(o.start) && i.Detected.Before(until) {
				found = id
			}
		}
		require.NotEmpty(t, found, "%s of %s from %s to %s is no incident", o.fault, o.provider, o.start, o.end)
		of[found]++
	}
	for id, i := range l.incidents {
		require.Equal(t, 1, of[id], "the incident %s of %s, detected at %s, is of one outage", id, i.Provider, i.Detected)
		require.Equal(t, incident.Resolved, i.Phase, "%s of %s", id, i.Provider)
		require.NotNil(t, i.Ended)
		require.False(t, i.Ended.After(end.Add(time.Minute)), "%s of %s ended at %s", id, i.Provider, i.Ended)
	}
	return len(l.incidents)
}

// requireClosed asserts that every breaker that opened has closed in the end.
func requireClosed(t *testing.T, c *record.Cell) {
	t.Helper()
	state := map[[2]int16]record.BreakerState{}
	for _, x := range c.Transitions {
		state[[2]int16{x.Target, x.Endpoint}] = x.To
	}
	require.NotEmpty(t, state)
	for at, to := range state {
		require.Equal(t, record.Closed, to, "%v", at)
	}
}

// requireBooked asserts that the router's ledger is the sum of its attempts, and that
// these are what the providers billed, but for those it had to estimate. What it says
// is by day.
func requireBooked(t *testing.T, c *record.Cell, ledger router.Spending) string {
	t.Helper()
	type sums struct{ booked, estimated, billed int64 }
	days := map[int]*sums{}
	day := func(at record.Offset) *sums {
		n := int(at / (24 * time.Hour))
		if days[n] == nil {
			days[n] = &sums{}
		}
		return days[n]
	}
	var all int64
	book := func(start record.Offset, cost int64, estimated bool) {
		all += cost
		if estimated {
			day(start).estimated += cost
		} else {
			day(start).booked += cost
		}
	}
	for i := range c.Attempts {
		book(c.Attempts[i].Start, c.Attempts[i].CostMicroUSD, c.Attempts[i].Estimated)
	}
	for i := range c.Probes {
		book(c.Probes[i].Start, c.Probes[i].CostMicroUSD, c.Probes[i].Estimated)
	}
	for _, list := range [][]record.Entry{c.Journal, c.ProbeEntries} {
		for i := range list {
			day(list[i].Arrived).billed += list[i].BillMicroUSD
		}
	}
	for _, axis := range [][]router.SpendingRow{ledger.Providers, ledger.Models, ledger.Routes, ledger.Tasks, ledger.Tenants} {
		var sum int64
		for _, r := range axis {
			sum += int64(math.Round(r.TotalUSD * 1e6))
		}
		require.Equal(t, all, sum, "the ledger, and the attempts of the audit")
	}
	var out strings.Builder
	for n := range len(days) {
		d := days[n]
		require.NotNil(t, d)
		drift := float64(d.booked+d.estimated-d.billed) / float64(d.billed)
		fmt.Fprintf(&out, "  day %d: booked $%.4f, of which estimated $%.4f; billed $%.4f; drift %+.3f %%\n",
			n+1, float64(d.booked+d.estimated)/1e6, float64(d.estimated)/1e6, float64(d.billed)/1e6, 100*drift)
		require.Less(t, math.Abs(drift), 0.01, "day %d", n+1)
	}
	return out.String()
}
