package timeline_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	_ "github.com/routedrill/routedrill/report/internal/golden" // the flag -update
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/sim/record"
)

// stepped is a run of an hour with a request a second. From minute 20 until
// minute 40 provider b answers instead of a, three times as slowly, and every
// second request fails.
func stepped() *record.Run {
	c := record.Cell{
		Policy: "p", Seed: 1, Gated: true, Tasks: []string{"chat"}, Providers: []string{"a", "b"}, Models: []string{"m"},
		Targets:   []record.Target{{Name: "a/m"}, {Name: "b/m", Provider: 1}},
		Endpoints: []string{"chat"}, Reasons: []string{"ok", "server_error"},
	}
	for seq := range uint32(3600) {
		at := time.Duration(seq) * time.Second
		target, takes, failed := int16(0), time.Second, false
		if at >= 20*time.Minute && at < 40*time.Minute {
			target, takes, failed = 1, 3*time.Second, seq%2 == 1
		}
		r := record.Request{Seq: seq, Outcome: record.OK, Tries: 1, Stream: true, Scheduled: at, FirstToken: at + takes/2, Done: at + takes, Provider: record.None}
		if failed {
			r.Outcome, r.FirstToken = record.HTTPError, record.Never
		}
		c.Requests = append(c.Requests, r)
		c.Relays = append(c.Relays, record.Relay{Seq: seq, Attempts: 1, Start: at, End: r.Done, Outcome: record.RelayServed})
		c.Attempts = append(c.Attempts, record.Attempt{Seq: seq, Target: target, Start: at, End: r.Done, FirstToken: record.Never, Served: !failed})
		c.Journal = append(c.Journal, record.Entry{Seq: seq, Target: target, Arrived: at, Started: at, FirstToken: record.Never, Ended: r.Done, BillMicroUSD: 1000 * int64(1+target)})
	}
	c.Transitions = []record.Transition{
		{Target: 0, To: record.Open, At: 20 * time.Minute},
		{Target: 0, From: record.Open, To: record.HalfOpen, At: 39 * time.Minute},
		{Target: 0, From: record.HalfOpen, To: record.Closed, At: 40 * time.Minute},
		{Target: 1, To: record.Open, At: 59 * time.Minute}, // until the end
	}
	return &record.Run{
		Scenario: "s", Duration: time.Hour, Cells: []record.Cell{c},
		Faults: []record.Fault{{ID: "f", Start: 20 * time.Minute, End: 40 * time.Minute, Targets: []int16{0}}},
	}
}

// only returns a series with one value before minute 20 and after minute 40 and
// another between.
func only[T any](calm, storm T) []T {
	list := make([]T, 60)
	for i := range list {
		if list[i] = calm; i >= 20 && i < 40 {
			list[i] = storm
		}
	}
	return list
}

func TestAStepOfTheInputIsAStepOfTheSeries(t *testing.T) {
	got := timeline.Of(stepped())
	require.Equal(t, report.Seconds(time.Minute), got.Bucket)
	require.Equal(t, 60, got.Buckets())
	c := got.Of("p")
	require.Equal(t, only(60, 60), c.Requests)
	require.Equal(t, only(60, 30), c.Answered)
	require.Equal(t, []timeline.Served{{Provider: "a", Answers: only(60, 0)}, {Provider: "b", Answers: only(0, 30)}}, c.Served)
	require.Equal(t, timeline.Values(only(1000., 3000.)), c.P50)
	require.Equal(t, timeline.Values(only(1000., 3000.)), c.P95)
	require.Equal(t, timeline.Values(only(500., 1500.)), c.TTFTP95)
	require.InDeltaSlice(t, only(0.06, 0.12), []float64(c.Spend), 1e-9)
	require.Nil(t, c.Waiting, "nobody ever waited")
	minutes := func(n int) report.Seconds { return report.Seconds(time.Duration(n) * time.Minute) }
	require.Equal(t, []timeline.Lane{
		{Target: "a/m", Endpoint: "chat", Spans: []timeline.Span{{minutes(20), minutes(39), "open"}, {minutes(39), minutes(40), "half-open"}}},
		{Target: "b/m", Endpoint: "chat", Spans: []timeline.Span{{minutes(59), minutes(60), "open"}}},
	}, c.Lanes)
}

// The series add up to the figures of the report.
func TestSumsAreTheFigures(t *testing.T) {
	run := synthetic.Run()
	run.Cells[0].ProbeEntries = []record.Entry{{Arrived: time.Minute, BillMicroUSD: 1_000_000}}
	result, series := report.Compute(run, nil), timeline.Of(run)
	require.Len(t, series.Cells, len(result.Cells))
	for i, c := range series.Cells {
		want := result.Cells[i]
		requests, answered, served, spend := 0, 0, map[string]int{}, 0.0
		for b := range series.Buckets() {
			requests += c.Requests[b]
			answered += c.Answered[b]
			spend += c.Spend[b]
			for _, s := range c.Served {
				served[s.Provider] += s.Answers[b]
			}
		}
		require.Equal(t, want.Requests, requests)
		require.Equal(t, want.Answered, answered)
		require.InDelta(t, float64(*want.Cost), spend, 1e-6)
		require.Len(t, served, len(want.ServedBy))
		for who, share := range want.ServedBy {
			require.InDelta(t, float64(share), float64(served[who])/float64(answered), 1e-9)
		}
	}
}

// What the cache answers is nobody else's, and a warm-up is no traffic.
func TestAnswersOutOfTheCache(t *testing.T) {
	run := stepped()
	cell := &run.Cells[0]
	for i := 60; i < 70; i++ {
		cell.Relays[i].Outcome, cell.Relays[i].Origin = record.RelayCached, 3
	}
	for i := 120; i < 130; i++ {
		cell.Requests[i].WarmUp = true
	}
	c := timeline.Of(run).Of("p")
	require.Equal(t, []string{"a", "b", "cache"}, []string{c.Served[0].Provider, c.Served[1].Provider, c.Served[2].Provider})
	require.Equal(t, []int{60, 50, 50}, c.Served[0].Answers[:3])
	require.Equal(t, []int{0, 10, 0}, c.Served[2].Answers[:3])
	require.Equal(t, []int{60, 60, 50}, c.Requests[:3])
}

func TestWaitingIsTheDeepestQueueOfEachStretch(t *testing.T) {
	run := stepped()
	journal := run.Cells[0].Journal
	for i := 600; i < 605; i++ { // minute 10: five arrive, a second apart, and wait for 90 s each
		journal[i].Started = journal[i].Arrived + 90*time.Second
	}
	journal[1800].Started, journal[1800].Ended = record.Never, journal[1800].Arrived+30*time.Second // it gave up in minute 30
	want := make([]int, 60)
	want[10], want[11], want[30] = 5, 5, 1
	require.Equal(t, want, timeline.Of(run).Cells[0].Waiting)
}

func TestSparseStretchesHaveNoQuantile(t *testing.T) {
	run := stepped()
	run.Cells[0].Requests = run.Cells[0].Requests[:70] // one minute, and ten requests of the next
	c := timeline.Of(run).Cells[0]
	require.Less(t, len(c.P95), 60, "fewer requests, longer stretches")
	last := timeline.Values{}
	for i, n := range c.Requests {
		if n == 0 {
			last = append(last, c.P50[i], c.P95[i])
		}
	}
	require.NotEmpty(t, last)
	for _, v := range last {
		require.True(t, math.IsNaN(v))
	}
}

func TestStretchesAreReadableAndBounded(t *testing.T) {
	tests := []struct {
		name     string
		duration time.Duration
		requests int
		want     time.Duration
	}{
		{"six hours, two a second", 6 * time.Hour, 43_200, time.Minute},
		{"the same with few requests", 6 * time.Hour, 500, 15 * time.Minute},
		{"a minute", time.Minute, 600, 2 * time.Second},
		{"ten seconds", 10 * time.Second, 100, time.Second},
		{"a day", 24 * time.Hour, 1 << 20, 5 * time.Minute},
		{"a year", 365 * 24 * time.Hour, 10, 8760 * time.Hour / 360},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := &record.Run{Duration: tt.duration, Cells: []record.Cell{{Policy: "p"}}}
			for i := range tt.requests {
				run.Cells[0].Requests = append(run.Cells[0].Requests, record.Request{Seq: uint32(i), Scheduled: time.Duration(i) * tt.duration / time.Duration(tt.requests)})
			}
			got := timeline.Of(run)
			require.Equal(t, tt.want, time.Duration(got.Bucket))
			require.LessOrEqual(t, got.Buckets(), 360)
		})
	}
}

func TestRequestsWorthALook(t *testing.T) {
	run := stepped()
	cell := &run.Cells[0]
	cell.Requests[7].Done += time.Hour
	cell.Requests[9].Done += 2 * time.Hour
	cell.Requests[3000].Outcome = record.Truncated
	c := timeline.Of(run).Cells[0]
	require.Len(t, c.Slowest, 10)
	require.Equal(t, []uint32{9, 7, 1200}, []uint32{c.Slowest[0].Request.Seq, c.Slowest[1].Request.Seq, c.Slowest[2].Request.Seq})
	require.Len(t, c.Failed, 10)
	outcomes := map[string]int{}
	for i, s := range c.Failed {
		outcomes[s.Request.Outcome]++
		require.Len(t, s.Attempts, 1)
		require.Len(t, s.Journal, 1)
		if i > 0 {
			require.Greater(t, s.Request.Seq, c.Failed[i-1].Request.Seq)
		}
	}
	require.Equal(t, map[string]int{"http_error": 9, "truncated": 1}, outcomes, "a rare kind is not lost")
	require.Greater(t, c.Failed[8].Request.Seq, uint32(2200), "spread over the run")
}

// A story of a cell is the one that its log tells.
func TestStoriesAreThoseOfTheLog(t *testing.T) {
	run := stepped()
	var log bytes.Buffer
	require.NoError(t, record.WriteLog(&log, run))
	_, want, err := record.ReadStories(&log, 1200)
	require.NoError(t, err)
	got, ok := run.Cells[0].Story(1200)
	require.True(t, ok)
	require.Equal(t, want[0], got)
	require.Len(t, got.Breakers, 1)
	_, ok = run.Cells[0].Story(4000)
	require.False(t, ok)
}

func TestThresholdsThatCanBeDrawn(t *testing.T) {
	c := timeline.Of(synthetic.Run()).Of("priority")
	var sources []string
	for _, l := range c.Lines {
		sources = append(sources, l.Source)
	}
	require.Equal(t, []string{"availability >= 99%", "availability{phase:outage} >= 0.98", "ttft{task:support-chat}: p95 < 2s"}, sources)
	require.Equal(t, report.Seconds(5*time.Minute), c.Lines[1].From)
	require.Equal(t, report.Seconds(9*time.Minute), c.Lines[1].To)
	require.Empty(t, timeline.Of(synthetic.Run()).Of("single-provider").Lines, "it is not gated")
}

func TestItIsReadBackAsItWasWritten(t *testing.T) {
	run := stepped()
	run.Cells[0].Requests[5].Done += 123456 * time.Nanosecond
	want := timeline.Of(run)
	var first, second bytes.Buffer
	require.NoError(t, timeline.Write(&first, want))
	got, err := timeline.Read(bytes.NewReader(first.Bytes()))
	require.NoError(t, err)
	require.NoError(t, timeline.Write(&second, got))
	require.Equal(t, first.String(), second.String())
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, timeline.Write(&b, timeline.Of(stepped())))
	whole := b.String()
	tests := []struct {
		name, text string
		err        error
	}{
		{"a newer version", strings.Replace(whole, `"version":1`, `"version":2`, 1), timeline.ErrVersion},
		{"a series cut short", strings.Replace(whole, `"requests":[60,`, `"requests":[`, 1), timeline.ErrInvalid},
		{"stretches without number", strings.Replace(whole, `"bucket_s":60`, `"bucket_s":0.001`, 1), timeline.ErrInvalid},
		{"no length at all", strings.Replace(whole, `"bucket_s":60`, `"bucket_s":0`, 1), timeline.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEqual(t, whole, tt.text)
			_, err := timeline.Read(strings.NewReader(tt.text))
			require.ErrorIs(t, err, tt.err)
		})
	}
	_, err := timeline.Read(strings.NewReader("no timeline"))
	require.Error(t, err)
}

func TestNothingToDraw(t *testing.T) {
	require.Zero(t, timeline.Of(&record.Run{}).Buckets())
	require.Zero(t, (*timeline.Timeline)(nil).Buckets())
	require.Nil(t, (*timeline.Timeline)(nil).Of("p"))
}
