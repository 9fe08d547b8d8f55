package incident_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// scene is a tracker and what it is told, at seconds after noon.
type scene struct {
	*testing.T
	*incident.Tracker
}

func stage(t *testing.T, c incident.Config) scene {
	t.Helper()
	if c.Routes == nil {
		c.Routes = []incident.Route{
			{Name: "smart", Targets: []string{"a/big", "b/big"}}, {Name: "cheap", Targets: []string{"a/small"}}, {Name: "embed", Targets: []string{"b/vectors"}},
		}
	}
	tr, err := incident.New(c)
	require.NoError(t, err)
	return scene{t, tr}
}

func at(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }

func (s scene) breaker(sec float64, target string, from, to audit.State) {
	s.Breaker(audit.BreakerEvent{Target: target, Endpoint: "chat", At: at(sec), From: from, To: to, Reason: audit.ServerError})
}
func (s scene) opens(sec float64, target string) { s.breaker(sec, target, audit.Closed, audit.Open) }
func (s scene) closes(sec float64, target string) {
	s.breaker(sec, target, audit.HalfOpen, audit.Closed)
}

func (s scene) alert(sec float64, target, signal, burn string, cleared bool) {
	s.Alert(audit.Alert{Target: target, Endpoint: "chat", Signal: signal, Burn: burn, At: at(sec), Cleared: cleared})
}

// ask enters a request that ends at an instant, with its attempts: "a/big" is one
// that answered, "a/big!" one that failed.
func (s scene) ask(sec float64, route string, outcome audit.Outcome, attempts ...string) {
	r := audit.Record{Route: route, Endpoint: "chat", Task: "faq", Start: at(sec).Add(-time.Second), End: at(sec), Outcome: outcome}
	for _, a := range attempts {
		x := audit.Attempt{Target: a, Start: r.Start, End: r.End, Reason: audit.OK, Served: true, CostMicroUSD: 100}
		if a[len(a)-1] == '!' {
			x.Target, x.Reason, x.Served, x.CostMicroUSD = a[:len(a)-1], audit.ServerError, false, 1
		}
		r.Attempts = append(r.Attempts, x)
	}
	s.Request(&r)
}

func (s scene) one(sec float64) incident.Incident {
	s.Helper()
	list := s.Incidents(at(sec))
	require.Len(s, list, 1)
	return list[0]
}

func whats(i incident.Incident) (list []string) {
	for _, e := range i.Events {
		list = append(list, fmt.Sprintf("%.0f %s %s", e.At.Sub(noon).Seconds(), e.What, e.Where))
	}
	return list
}

// TestLife is an incident from its first failure to its end and a while after.
func TestLife(t *testing.T) {
	s := stage(t, incident.Config{})
	require.Empty(t, s.Incidents(at(0)))
	for sec := range 60 {
		s.ask(float64(sec), "smart", audit.Served, "a/big")
	}
	for sec := 60; sec < 75; sec++ {
		s.ask(float64(sec), "smart", audit.Served, "a/big!", "b/big")
	}
	require.Empty(t, s.Incidents(at(75)), "failures alone are none")
	s.opens(75.5, "a/big")
	i := s.one(76)
	require.Equal(t, incident.Investigating, i.Phase)
	require.Equal(t, at(60), i.Started)
	require.Equal(t, at(75.5), i.Detected)
	require.Equal(t, []string{"smart"}, i.Routes)
	require.False(t, i.Full)

	s.ask(77, "smart", audit.Failed, "a/big!", "b/big!")
	s.ask(78, "smart", audit.Served, "b/big")
	s.ask(79, "embed", audit.Served, "b/vectors")
	i = s.one(80)
	require.Equal(t, incident.Mitigated, i.Phase)
	require.Equal(t, at(78), *i.Mitigated)

	s.breaker(85, "a/big", audit.Open, audit.HalfOpen)
	s.breaker(86, "a/big", audit.HalfOpen, audit.Open)
	s.ask(87, "smart", audit.Substituted)
	s.ask(88, "smart", audit.Cached)
	s.closes(100, "a/big")
	i = s.one(101)
	require.Equal(t, incident.Monitoring, i.Phase)
	require.Equal(t, at(100), *i.Ended)
	s.ask(110, "smart", audit.Served, "a/big")
	require.Equal(t, incident.Monitoring, s.one(399).Phase)

	i = s.one(401)
	require.Equal(t, incident.Resolved, i.Phase)
	require.Equal(t, at(100), *i.Ended)
	require.Equal(t, incident.Counts{
		Requests: 4, Elsewhere: 1, Cached: 1, Substituted: 1, Failed: 1, FailedAttempts: 1, Reasons: map[string]int{audit.ServerError: 1},
		CostMicroUSD: 102, ElsewhereMicro: 101, PremiumMicro: 100,
	}, i.Counts, "of requests for smart, from detection to end")
	require.Equal(t, []string{"faq"}, i.Tasks)
	require.Equal(t, []string{"76 breaker_opened a/big chat", "78 mitigated smart", "100 breaker_closed a/big chat"}, whats(i))
	require.Equal(t, 1, i.Opened, "a probe that fails opens nothing anew")

	s.opens(500, "a/big")
	require.Len(t, s.Incidents(at(500)), 2, "it was over for long enough: another one")
}

// What rises again within Settle is the same incident.
func TestComesBack(t *testing.T) {
	s := stage(t, incident.Config{Settle: time.Minute})
	s.opens(0, "a/big")
	s.closes(10, "a/big")
	s.opens(69, "a/small")
	i := s.one(69)
	require.Nil(t, i.Ended)
	require.Equal(t, []string{"a/big", "a/small"}, i.Targets)
	require.Equal(t, []string{"smart", "cheap"}, i.Routes)
	s.closes(80, "a/small")
	s.opens(141, "a/small")
	list := s.Incidents(at(141))
	require.Len(t, list, 2)
	require.NotEqual(t, list[0].ID, list[1].ID)
	require.Equal(t, at(80), *list[1].Ended)
}

// One cause is one provider; full is a route without a target.
func TestPartialAndFull(t *testing.T) {
	tests := []struct {
		name string
		tell func(s scene)
		want map[string]bool // provider → full
	}{
		{"one of two targets", func(s scene) { s.opens(0, "a/big") }, map[string]bool{"a": false}},
		{"the only target", func(s scene) { s.opens(0, "a/small") }, map[string]bool{"a": true}},
		{"two models of one provider", func(s scene) { s.opens(0, "a/big"); s.opens(1, "a/small") }, map[string]bool{"a": true}},
		{"two providers of one route", func(s scene) { s.opens(0, "a/big"); s.opens(1, "b/big") }, map[string]bool{"a": true, "b": true}},
		{"two providers of two routes", func(s scene) { s.opens(0, "a/big"); s.opens(1, "b/vectors") }, map[string]bool{"a": false, "b": true}},
		{"one of them is back, and over", func(s scene) { s.opens(0, "a/big"); s.opens(1, "b/big"); s.closes(2, "b/big") }, map[string]bool{"a": false, "b": true}},
		{"at different endpoints", func(s scene) {
			s.opens(0, "a/big")
			s.Breaker(audit.BreakerEvent{Target: "b/big", Endpoint: "tools", At: at(1), To: audit.Open})
		}, map[string]bool{"a": false, "b": false}},
		{"an alert alone", func(s scene) { s.alert(0, "a/small", audit.SignalErrors, audit.FastBurn, false) }, map[string]bool{"a": false}},
		{"a slow burn", func(s scene) { s.alert(0, "a/small", audit.SignalErrors, audit.SlowBurn, false) }, map[string]bool{"a": false}},
		{"closed before it opened", func(s scene) { s.closes(2, "a/big"); s.opens(3, "a/big"); s.closes(5, "a/big"); s.opens(4, "a/big") }, map[string]bool{"a": false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t, incident.Config{})
			tt.tell(s)
			got := map[string]bool{}
			for _, i := range s.Incidents(at(10)) {
				got[i.Provider] = i.Full
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// An alert on errors stands for a while after the end, which the failures tell.
func TestAlertEnds(t *testing.T) {
	tests := []struct {
		name   string
		signal string
		fails  bool
		want   time.Time
	}{
		{"the last failure", audit.SignalErrors, true, at(299)},
		{"late answers: when it clears", audit.SignalLatency, true, at(900)},
		{"nothing of late: not earlier than its detection", audit.SignalErrors, false, at(120)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t, incident.Config{})
			for sec := 0; sec < 600; sec++ {
				if sec == 120 {
					s.alert(120, "a/big", tt.signal, audit.FastBurn, false)
				}
				if tt.fails && sec < 300 && sec%3 == 2 {
					s.ask(float64(sec), "smart", audit.Served, "a/big!", "b/big")
				} else {
					s.ask(float64(sec), "smart", audit.Served, "a/big")
				}
			}
			s.alert(900, "a/big", tt.signal, audit.FastBurn, true)
			i := s.one(901)
			require.Equal(t, incident.Monitoring, i.Phase)
			require.Equal(t, tt.want, *i.Ended)
			require.Equal(t, incident.Resolved, s.one(1201).Phase)
		})
	}
}

// The start is found by looking back, over a short calm and no further than what fails
// in earnest.
func TestStart(t *testing.T) {
	tests := []struct {
		name   string
		failed func(sec int) bool
		want   float64
	}{
		{"nothing failed", func(int) bool { return false }, 1000},
		{"all of a time", func(sec int) bool { return sec >= 700 }, 700},
		{"a third of a time", func(sec int) bool { return sec >= 700 && sec%3 == 1 }, 700},
		{"now and then before", func(sec int) bool { return sec >= 950 || sec%40 == 0 }, 950},
		{"for longer than it looks back", func(int) bool { return true }, 110},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t, incident.Config{})
			for sec := range 1000 {
				if tt.failed(sec) {
					s.ask(float64(sec), "smart", audit.Served, "a/big!", "b/big")
				} else {
					s.ask(float64(sec), "smart", audit.Served, "a/big")
				}
			}
			s.opens(1000, "a/big")
			require.Equal(t, at(tt.want), s.one(1000).Started)
		})
	}
	s := stage(t, incident.Config{})
	s.opens(10, "a/big")
	s.ask(9, "smart", audit.Served, "a/big!", "b/big")
	require.Equal(t, at(9), s.one(11).Started, "a record that comes after the detection")
	s.Request(&audit.Record{Route: "smart", Endpoint: "chat", End: at(12), Start: at(11), Probe: true, Outcome: audit.Failed})
	require.Zero(t, s.one(13).Counts.Requests, "a probe is no client's request")
}

func TestBounds(t *testing.T) {
	s := stage(t, incident.Config{Settle: time.Second})
	for n := range 60 {
		s.opens(float64(10*n), "a/big")
		s.closes(float64(10*n+1), "a/big")
	}
	list := s.Incidents(at(1000))
	require.Len(t, list, incident.MaxPast)
	require.True(t, slices.IsSortedFunc(list, func(a, b incident.Incident) int { return b.Detected.Compare(a.Detected) }))
	s = stage(t, incident.Config{})
	for n := range 100 {
		s.opens(float64(2*n), "a/big")
		s.closes(float64(2*n+1), "a/big")
		s.ask(float64(2*n), "smart", audit.Failed, "a/big!")
		s.Request(&audit.Record{Route: "smart", Endpoint: "chat", Task: fmt.Sprint(n), Start: at(float64(2 * n)), End: at(float64(2 * n))})
	}
	i := s.one(200)
	require.Len(t, i.Events, incident.MaxEvents)
	require.Equal(t, 100, i.Opened)
	require.Equal(t, 100*2+99-incident.MaxEvents, i.Dropped)
	require.Len(t, i.Tasks, incident.MaxTasks)
	for n := range incident.MaxPlaces + 10 {
		s.opens(300, fmt.Sprintf("p%d/m", n))
	}
	require.LessOrEqual(t, len(s.Incidents(at(300))), incident.MaxPlaces)
}

// A client that asks a model for chats to embed is refused, and no incident.
func TestAClientsMistakeIsNoIncident(t *testing.T) {
	open := func(s scene, sec float64, endpoint, reason string) {
		s.Breaker(audit.BreakerEvent{Target: "a/big", Endpoint: endpoint, At: at(sec), From: audit.Closed, To: audit.Open, Reason: reason})
	}
	refused := func(s scene, sec float64, reason string) {
		s.Request(&audit.Record{Route: "smart", Endpoint: "embeddings", Start: at(sec), End: at(sec), Outcome: audit.Failed,
			Attempts: []audit.Attempt{{Target: "a/big", Start: at(sec), End: at(sec), Reason: reason}}})
	}
	for _, row := range []struct {
		name, endpoint, reason, earlier string
		chats                           bool
		want                            int
	}{
		{"refused, and chats are answered", "embeddings", audit.Unauthorized, audit.Unauthorized, true, 0},
		{"not found, and chats are answered", "embeddings", audit.ModelMissing, audit.ModelMissing, true, 0},
		{"nothing was ever answered", "embeddings", audit.Unauthorized, audit.Unauthorized, false, 1},
		{"it embedded before", "embeddings", audit.Unauthorized, audit.OK, true, 1},
		{"it failed otherwise too", "embeddings", audit.Unauthorized, audit.ServerError, true, 1},
		{"failures", "embeddings", audit.ServerError, audit.Unauthorized, true, 1},
		{"a key that was taken back", "tools", audit.Unauthorized, audit.Unauthorized, true, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := stage(t, incident.Config{})
			if row.chats {
				s.ask(0, "smart", audit.Served, "a/big")
			}
			refused(s, 1, row.earlier)
			open(s, 2, row.endpoint, row.reason)
			if row.want == 0 {
				s.Alert(audit.Alert{Target: "a/big", Endpoint: row.endpoint, Signal: audit.SignalErrors, Burn: audit.FastBurn, At: at(3)})
			}
			require.Len(t, s.Incidents(at(4)), row.want)
		})
	}
}

// Its fallback, which nobody has asked for anything else, is refused the same.
func TestAClientsMistakeReachesAFallback(t *testing.T) {
	for _, row := range []struct {
		endpoint string
		want     int
	}{{"embeddings", 0}, {"chat", 1}} {
		s := stage(t, incident.Config{})
		s.ask(0, "smart", audit.Served, "a/big")
		s.Request(&audit.Record{Route: "smart", Endpoint: "embeddings", Start: at(1), End: at(1), Outcome: audit.Failed, Attempts: []audit.Attempt{
			{Target: "a/big", Start: at(1), End: at(1), Reason: audit.Unauthorized}, {Target: "b/big", Start: at(1), End: at(1), Reason: audit.Unauthorized}}})
		s.Breaker(audit.BreakerEvent{Target: "b/big", Endpoint: row.endpoint, At: at(2), From: audit.Closed, To: audit.Open, Reason: audit.Unauthorized})
		require.Len(t, s.Incidents(at(4)), row.want, row.endpoint)
	}
}
