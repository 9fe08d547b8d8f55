package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// mixed is five requests: ok at once, ok after a failure, failed after two
// attempts, never sent, cut short.
func mixed() *made {
	m := newMade()
	r := m.request(0, try{target: 0, bill: 1000, ok: true})
	r.Stream, r.FirstToken = true, 40*ms
	m.request(1*second, try{target: 0, bill: 50}, try{target: 1, bill: 2000, ok: true})
	r = m.request(2*second, try{target: 0, bill: 30}, try{target: 1, bill: 20})
	r.Task, r.Tries = 1, 3
	r = m.request(3 * second)
	r.Outcome, r.Tries = record.Dropped, 0
	r = m.request(4*second, try{target: 0, bill: 7})
	r.Outcome = record.Interrupted
	return m
}

func TestFiguresByHand(t *testing.T) {
	cell := report.Compute(mixed().run(), nil).Cells[0]
	tests := []struct {
		name, metric, agg string
		part              *report.Part
		value             float64
		n                 int
	}{
		{"availability", "availability", "", &cell.Part, 2.0 / 4, 4},
		{"requests", "requests", "", &cell.Part, 4, 4},
		{"latency median", "latency", "p50", &cell.Part, 0.1, 2},
		{"latency mean", "latency", "mean", &cell.Part, 0.15, 2},
		{"latency max", "latency", "max", &cell.Part, 0.2, 2},
		{"error latency leaves out the dropped", "error_latency", "max", &cell.Part, 0.2, 1},
		{"ttft of streams only", "ttft", "p50", &cell.Part, 0.04, 1},
		{"tpot", "tpot", "p50", &cell.Part, 0.01, 2},
		{"cost", "cost", "", &cell.Part, 0.003107, 6},
		{"cost per thousand", "cost_per_1k", "", &cell.Part, 1.5535, 2},
		{"wasted", "wasted_cost", "", &cell.Part, 0.000107, 6},
		{"retry amplification", "retry_amplification", "", &cell.Part, 5.0 / 3, 3},
		{"client amplification", "client_amplification", "", &cell.Part, 5.0 / 4, 4},
		{"availability of a task", "availability", "", cell.Tasks.Get("chat"), 2.0 / 3, 3},
		{"cost of a task", "cost", "", cell.Tasks.Get("search"), 0.00005, 2},
		{"latency of a provider", "latency", "max", cell.Providers.Get("b"), 0.2, 1},
		{"cost of a provider", "cost", "", cell.Providers.Get("a"), 0.001087, 4},
		{"waste of a provider", "wasted_cost", "", cell.Providers.Get("b"), 0.00002, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.part.Measured(tt.metric, tt.agg)
			require.True(t, got.OK)
			require.InDelta(t, tt.value, got.Value, 1e-12)
			require.Equal(t, tt.n, got.N)
		})
	}
	require.Equal(t, map[string]report.Ratio{"a": 0.5, "b": 0.5}, cell.ServedBy)
	require.InDelta(t, 0.8, float64(*cell.Quality), 0)
	require.Equal(t, 1, cell.Scored)
	require.Equal(t, map[string]int{"ok": 2, "http_error": 1, "dropped": 1, "interrupted": 1}, cell.Outcomes)
	require.Equal(t, 1, cell.Dropped)
}

func TestAbsentFigures(t *testing.T) {
	cell := report.Compute(newMade().run(), nil).Cells[0]
	for _, metric := range record.Metrics() {
		got := cell.Measured(metric.Name, "p50")
		if metric.Name == "requests" {
			require.True(t, got.OK)
			continue
		}
		require.Equal(t, report.Measured{}, got, metric.Name)
	}
	require.Nil(t, cell.Quality)
	require.Nil(t, cell.ServedBy)

	few := newMade()
	for i := range 19 {
		few.request(time.Duration(i)*second, try{ok: true})
	}
	cell = report.Compute(few.run(), nil).Cells[0]
	require.Nil(t, cell.Latency.P95)
	require.Equal(t, report.Measured{N: 19}, cell.Measured("latency", "p95"))
	require.NotNil(t, cell.Latency.P90)
}

func TestPhases(t *testing.T) {
	m := newMade()
	for i := range 40 { // one a minute
		m.request(time.Duration(i)*minute, try{ok: true, bill: 1, faults: 3})
	}
	cell := report.Compute(m.run(
		record.Fault{ID: "x", Start: 10 * minute, End: 15 * minute},
		record.Fault{ID: "y", Start: 13 * minute, End: 20 * minute},
		record.Fault{ID: "z", Start: 30 * minute, End: 31 * minute},
	), nil).Cells[0]
	var names []string
	counts := map[string]int{}
	for _, p := range cell.Phases {
		names = append(names, p.Name)
		counts[p.Name] = p.Requests
		require.Equal(t, p.Requests, p.Billed, p.Name)
	}
	require.Equal(t, []string{"before", "x", "y", "z", "recovery", "after"}, names)
	// recovery: 20 to 24 and 31 to 35; after: 25 to 29 and 36 to 39.
	require.Equal(t, map[string]int{"before": 10, "x": 5, "y": 7, "z": 1, "recovery": 10, "after": 9}, counts)

	quiet := report.Compute(m.run(), nil).Cells[0]
	require.Len(t, quiet.Phases, 1, "without a fault everything is before")
	require.Equal(t, 40, quiet.Phases.Get("before").Requests)
}

func TestServerWithoutAnAudit(t *testing.T) {
	m := newMade()
	m.request(0, try{target: 0, bill: 5}, try{target: 1, bill: 9, ok: true})
	m.cell.Relays, m.cell.Attempts = nil, nil
	cell := report.Compute(m.run(), nil).Cells[0]
	require.Equal(t, map[string]report.Ratio{"b": 1}, cell.ServedBy)
	require.InDelta(t, 5e-6, float64(*cell.Wasted), 1e-15)
	require.Nil(t, cell.RetryAmplification)

	m.cell.Requests[0].Provider = record.None
	cell = report.Compute(m.run(), nil).Cells[0]
	require.Equal(t, map[string]report.Ratio{"unknown": 1}, cell.ServedBy)
}

func TestHedges(t *testing.T) {
	m := newMade()
	m.cell.Reasons = []string{"ok", "hedge_lost"}
	m.request(0, try{target: 0, bill: 40, ok: true})
	m.request(second, try{target: 0, bill: 100}, try{target: 1, bill: 300, ok: true})   // the hedge won
	m.request(2*second, try{target: 0, bill: 400, ok: true}, try{target: 1, bill: 200}) // the first did
	m.request(3*second, try{target: 0, bill: 7}, try{target: 1, bill: 9, ok: true})     // the first failed
	for _, at := range []int{2, 4, 6} {
		m.cell.Attempts[at].Hedge = true
	}
	m.cell.Attempts[1].Reason, m.cell.Attempts[4].Reason = 1, 1
	require.Equal(t, &report.Hedges{Made: 3, Won: 2, Wasted: 0.0003}, report.Compute(m.run(), nil).Cells[0].Hedges)
	m = newMade()
	m.request(0, try{target: 0, bill: 40, ok: true})
	require.Nil(t, report.Compute(m.run(), nil).Cells[0].Hedges)
}

func TestBillOfNoRequestCountsOnce(t *testing.T) {
	m := mixed()
	m.cell.Journal = append(m.cell.Journal, record.Entry{Seq: 99, BillMicroUSD: 1_000_000})
	cell := report.Compute(m.run(), nil).Cells[0]
	require.InDelta(t, 1.003107, float64(*cell.Cost), 1e-9)
	require.InDelta(t, 1.000107, float64(*cell.Wasted), 1e-9)
	require.InDelta(t, 0.003107, float64(*cell.Phases.Get("before").Cost), 1e-9)
}

func TestBadIndexesDoNotPanic(t *testing.T) {
	m := mixed()
	for i := range m.cell.Attempts {
		m.cell.Attempts[i].Target = 77
		m.cell.Journal[i].Target, m.cell.Journal[i].Faults = -5, 1<<63
	}
	for i := range m.cell.Requests {
		m.cell.Requests[i].Task, m.cell.Requests[i].Provider = 44, 55
	}
	require.NotPanics(t, func() { report.Compute(m.run(record.Fault{ID: "f", Targets: []int16{9}}), nil) })
	require.NotPanics(t, func() { report.Compute(nil, nil) })
}

func TestDigest(t *testing.T) {
	digest := func(change func(*record.Cell)) string {
		cell := mixed().cell
		change(&cell)
		return report.Digest(&cell)
	}
	same := digest(func(*record.Cell) {})
	require.Len(t, same, 64)
	require.Equal(t, same, digest(func(c *record.Cell) { // names count, not their indexes
		c.Providers = []string{"new", "a", "b"}
		for i := range c.Requests {
			if c.Requests[i].Provider >= 0 {
				c.Requests[i].Provider++
			}
		}
	}))
	require.Equal(t, same, digest(func(c *record.Cell) { c.Journal = nil }))
	require.NotEqual(t, same, digest(func(c *record.Cell) { c.Requests[0].Done++ }))
	require.NotEqual(t, same, digest(func(c *record.Cell) { c.Requests[0].Outcome = record.Invalid }))
	require.NotEqual(t, same, digest(func(c *record.Cell) { c.Tasks = []string{"chat2", "search"} }))
	require.NotEqual(t, same, digest(func(c *record.Cell) { c.Requests = c.Requests[:4] }))
	// Computed by another program from the documented encoding.
	require.Equal(t, "1673a1f8694a544ca29162af01304fc97a8635eac1d6be778017d196fe4dd222", same)
}
