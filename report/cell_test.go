package report_test

import (
	"time"

	_ "github.com/routedrill/routedrill/report/internal/golden" // the flag -update
	"github.com/routedrill/routedrill/sim/record"
)

const (
	ms     = time.Millisecond
	second = time.Second
	minute = time.Minute
)

// made builds a cell with two providers, one target each, one request at a
// time.
type made struct{ cell record.Cell }

func newMade() *made {
	return &made{record.Cell{
		Policy: "p", Seed: 1, Gated: true,
		Tasks: []string{"chat", "search"}, Providers: []string{"a", "b"}, Models: []string{"m", "n"},
		Targets: []record.Target{
			{Name: "a/m", Provider: 0, Model: 0, Quality: 0.8},
			{Name: "b/n", Provider: 1, Model: 1},
		},
		Endpoints: []string{"chat"},
	}}
}

// try is one attempt of a request: at a target, billed, delivered or failed.
type try struct {
	target int16
	bill   int64
	ok     bool
	faults uint64
}

// request adds a request that is ok when its last try is. Each try takes
// 100 ms.
func (m *made) request(at time.Duration, tries ...try) *record.Request {
	c := &m.cell
	seq := uint32(len(c.Requests))
	r := record.Request{
		Seq: seq, Outcome: record.HTTPError, Tries: 1, Scheduled: at, Sent: at, FirstToken: record.Never,
		Provider: record.None, Model: record.None, Answered: record.None,
	}
	now := at
	for n, t := range tries {
		a := record.Attempt{Seq: seq, N: uint8(n), Target: t.target, Start: now, End: now + 100*ms, Served: t.ok}
		e := record.Entry{
			Quality: 1,
			Seq:     seq, Target: t.target, End: record.EndError, Arrived: now, Ended: now + 100*ms,
			BillMicroUSD: t.bill, Faults: t.faults,
		}
		if t.ok {
			e.End, e.TPOT = record.EndComplete, 10*ms
			r.Outcome, r.Provider, r.Model = record.OK, c.Targets[t.target].Provider, c.Targets[t.target].Model
		}
		now += 100 * ms
		c.Attempts, c.Journal = append(c.Attempts, a), append(c.Journal, e)
	}
	if len(tries) > 0 {
		c.Relays = append(c.Relays, record.Relay{Seq: seq, Attempts: uint8(len(tries)), Start: at, End: now})
	}
	r.Done = now
	c.Requests = append(c.Requests, r)
	c.Planned = len(c.Requests)
	return &c.Requests[seq]
}

// run wraps the cell in a run of an hour.
func (m *made) run(faults ...record.Fault) *record.Run {
	return &record.Run{
		Scenario: "s", Clock: "virtual", Duration: time.Hour, Recovery: 5 * minute, Faults: faults,
		Cells: []record.Cell{m.cell},
	}
}
