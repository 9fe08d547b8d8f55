package timeline

import (
	"slices"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/sim/record"
)

const (
	// maxBuckets is how many stretches a run is divided into at most: more
	// would be narrower than what a screen shows.
	maxBuckets = 360
	// minBuckets is how many there are at least, however few the requests.
	minBuckets = 24
	// wanted is how many requests a stretch should have, so that its p95 has
	// the samples it needs.
	wanted = 40
)

// lengths are those that stretches may have: what people read off a clock.
var lengths = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 12 * time.Hour,
}

// Of computes what can be drawn of a run. The logs must be in the order their
// fields state. A run without cells has a timeline without any.
func Of(run *record.Run) *Timeline {
	t := &Timeline{Version: Version, Cells: []Cell{}}
	end, most := run.Duration, 0
	for i := range run.Cells {
		requests := run.Cells[i].Requests
		if most = max(most, len(requests)); len(requests) > 0 {
			end = max(end, requests[len(requests)-1].Scheduled+1)
		}
	}
	if end <= 0 {
		return t
	}
	length := stretch(end, most)
	t.Bucket, t.End = report.Seconds(length), report.Seconds(end)
	seen := make(map[string]bool)
	for i := range run.Cells {
		if cell := &run.Cells[i]; !seen[cell.Policy] {
			seen[cell.Policy] = true
			s := series{run: run, cell: cell, length: length, end: end, n: t.Buckets()}
			t.Cells = append(t.Cells, s.compute())
		}
	}
	return t
}

// stretch chooses how long the stretches are: as short as may be drawn, or
// longer until each has the requests it should have, while enough of them are
// left.
func stretch(end time.Duration, requests int) time.Duration {
	count := func(length time.Duration) int { return int((end + length - 1) / length) }
	for i, length := range lengths {
		if count(length) > maxBuckets {
			continue
		}
		for _, longer := range lengths[i+1:] {
			if requests >= count(length)*wanted || count(longer) < minBuckets {
				break
			}
			length = longer
		}
		return length
	}
	return (end + maxBuckets - 1) / maxBuckets // longer than any of them allows for
}

// series is the work on one cell.
type series struct {
	run         *record.Run
	cell        *record.Cell
	length, end time.Duration
	n           int
}

// at is the stretch of an instant. What comes later than the end, such as the
// last answers, belongs to the last one.
func (s *series) at(t record.Offset) int {
	return min(max(int(t/s.length), 0), s.n-1)
}

func (s *series) compute() Cell {
	c := Cell{Policy: s.cell.Policy, Seed: s.cell.Seed}
	s.traffic(&c)
	c.Spend = s.spend(s.cell)
	for i := range s.run.Steady {
		if calm := &s.run.Steady[i]; calm.Policy == c.Policy && calm.Seed == c.Seed {
			c.Calm = s.spend(calm)
		}
	}
	c.Waiting = s.waiting()
	c.Lanes = s.lanes()
	c.Lines = s.lines()
	c.Slowest, c.Failed = s.slowest(), s.failed()
	return c
}

// traffic counts the requests and answers, and takes their times.
func (s *series) traffic(c *Cell) {
	c.Requests, c.Answered = make([]int, s.n), make([]int, s.n)
	latency, ttft := make([][]float64, s.n), make([][]float64, s.n)
	servers := report.Servers(s.run, s.cell)
	answers := make(map[string][]int)
	order := slices.Clone(s.cell.Providers) // and who else answers, such as the cache
	for i := range s.cell.Requests {
		r := &s.cell.Requests[i]
		if !counts(r) {
			continue
		}
		b := s.at(r.Scheduled)
		c.Requests[b]++
		if r.Outcome != record.OK {
			continue
		}
		c.Answered[b]++
		who := servers[i]
		if answers[who] == nil {
			answers[who] = make([]int, s.n)
			if !slices.Contains(order, who) {
				order = append(order, who)
			}
		}
		answers[who][b]++
		latency[b] = append(latency[b], float64(r.Done-r.Scheduled)/1e6)
		if r.Stream && r.FirstToken != record.Never {
			ttft[b] = append(ttft[b], float64(r.FirstToken-r.Scheduled)/1e6)
		}
	}
	c.Served = []Served{}
	for _, who := range order {
		if list := answers[who]; list != nil {
			c.Served = append(c.Served, Served{Provider: who, Answers: list})
			delete(answers, who) // two providers of one name share it
		}
	}
	c.P50, c.P95, c.TTFTP95 = quantiles(latency, 0.50), quantiles(latency, 0.95), quantiles(ttft, 0.95)
}

// counts says whether a request counts in the report's figures.
func counts(r *record.Request) bool { return r.Outcome != record.Interrupted && !r.WarmUp }

// quantiles takes one quantile of each stretch.
func quantiles(samples [][]float64, p float64) Values {
	out := make(Values, len(samples))
	for i, list := range samples {
		slices.Sort(list)
		out[i] = stats.Quantile(p, list)
	}
	return out
}

// spend adds up the bills of a cell.
func (s *series) spend(cell *record.Cell) Values {
	micro := make([]int64, s.n)
	for _, journal := range [][]record.Entry{cell.Journal, cell.ProbeEntries} {
		for i := range journal {
			micro[s.at(journal[i].Arrived)] += journal[i].BillMicroUSD
		}
	}
	out := make(Values, s.n)
	for i, m := range micro {
		out[i] = float64(m) / 1e6
	}
	return out
}
