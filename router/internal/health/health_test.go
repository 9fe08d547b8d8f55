package health_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/health"
)

var start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

func answer(took time.Duration) health.Result {
	return health.Result{Status: 200, Answered: true, Took: took, Usage: health.Usage{Estimate: 120, Prompt: 100, Cached: 40, Output: 50}}
}

var (
	refusal = health.Result{Failed: true, Status: 503}
	silence = health.Result{Failed: true, TimedOut: true}
	broken  = health.Result{Failed: true, Status: 200}
	wrong   = health.Result{Status: 400}
)

// feed records a result once a second for n seconds, from second from on.
func feed(m *health.Monitor, from, n int, r health.Result) {
	for i := range n {
		m.Record(start.Add(time.Duration(from+i)*time.Second), r)
	}
}

func at(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }

func TestFigures(t *testing.T) {
	m := health.New()
	feed(m, 0, 200, answer(2*time.Second))
	feed(m, 200, 30, silence)
	feed(m, 230, 30, refusal)
	feed(m, 260, 6, broken)
	feed(m, 266, 4, wrong)
	for _, row := range []struct {
		span                                  time.Duration
		samples, failed, timedOut, not200, ok int
	}{
		{health.Short, 10, 6, 0, 4, 0},
		{health.Middle, 60, 56, 20, 34, 0},
		{health.Long, 270, 66, 30, 34, 200},
	} {
		f := m.Over(at(269), row.span)
		require.Equal(t, row.span, f.Span)
		require.Equal(t, []int{row.samples, row.failed, row.timedOut, row.not200, row.ok},
			[]int{f.Samples, f.Failed, f.TimedOut, f.Not200, f.Latency.Samples}, row.span.String())
		require.Zero(t, f.TTFT)
		require.EqualValues(t, row.ok, f.Usage.Answers)
		require.EqualValues(t, row.ok*50, f.Usage.Output)
	}
	f := m.Over(at(269), health.Long)
	require.InEpsilon(t, 2*time.Second, f.Latency.P95, 0.04, "failures have no part in it")
	require.InDelta(t, 25, f.Usage.TokensPerSecond(), 1e-9)
	require.Equal(t, health.Figures{Span: health.Long}, health.New().Over(at(0), health.Long))
}

func TestStreams(t *testing.T) {
	m := health.New()
	r := answer(3 * time.Second)
	r.TTFT = time.Second
	feed(m, 0, 20, r)
	f := m.Over(at(19), health.Middle)
	require.InEpsilon(t, time.Second, f.TTFT.P50, 0.04)
	require.InEpsilon(t, 3*time.Second, f.Latency.P50, 0.04)
	require.InDelta(t, 25, f.Usage.TokensPerSecond(), 1e-9, "50 tokens in the two seconds after the first")
}

func TestStates(t *testing.T) {
	for _, row := range []struct {
		name   string
		feed   func(m *health.Monitor)
		at     int
		state  health.State
		reason string
	}{
		{"nothing seen", func(*health.Monitor) {}, 0, health.Healthy, ""},
		{"all is well", func(m *health.Monitor) { feed(m, 0, 300, answer(time.Second)) }, 299, health.Healthy, ""},
		{"requests that are wrong", func(m *health.Monitor) { feed(m, 0, 300, wrong) }, 299, health.Healthy, ""},
		{"four failures are too few", func(m *health.Monitor) { feed(m, 0, 4, refusal) }, 3, health.Healthy, ""},
		{"five failures", func(m *health.Monitor) { feed(m, 0, 5, refusal) }, 4, health.Down, health.Failures},
		{"five timeouts", func(m *health.Monitor) { feed(m, 0, 5, silence) }, 4, health.Down, health.Timeouts},
		{"half a minute later", func(m *health.Monitor) { feed(m, 0, 60, answer(time.Second)); feed(m, 20, 5, refusal) }, 59, health.Degraded, health.Failures},
		{"after the minute", func(m *health.Monitor) { feed(m, 0, 120, answer(time.Second)); feed(m, 20, 5, refusal) }, 119, health.Healthy, ""},
		{"twice as slow", func(m *health.Monitor) {
			feed(m, 0, 240, answer(time.Second))
			feed(m, 240, 60, answer(2200*time.Millisecond))
		}, 299, health.Degraded, health.Slow},
		{"somewhat slower", func(m *health.Monitor) {
			feed(m, 0, 240, answer(time.Second))
			feed(m, 240, 60, answer(1800*time.Millisecond))
		}, 299, health.Healthy, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := health.New()
			row.feed(m)
			s := m.Summary(at(row.at))
			require.Equal(t, row.state.String()+" "+row.reason, s.State.String()+" "+s.Reason)
		})
	}
}

// A summary stands for a second, and its rate is not made by a single failure.
func TestSummary(t *testing.T) {
	m := health.New()
	require.Zero(t, *m.Summary(at(0)))
	m.Record(at(0), refusal)
	s := m.Summary(at(0))
	require.InDelta(t, 0.1, s.FailureRate, 1e-9)
	feed(m, 0, 1, answer(time.Second))
	require.Same(t, s, m.Summary(at(0).Add(900*time.Millisecond)))
	s = m.Summary(at(1))
	require.Equal(t, 1, s.Latency.Samples)
	require.EqualValues(t, 100, s.Usage.Prompt)
	require.Equal(t, 1, m.Summary(at(299)).Latency.Samples)
	require.Zero(t, m.Summary(at(301)).Latency, "five minutes later nothing is known any more")
}
