package check_test

import (
	"testing"
	"time"

	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

// BenchmarkAll is an hour at 100 requests a second.
func BenchmarkAll(b *testing.B) {
	small, cell := correctCell(), correctCell()
	cell.Requests, cell.Relays, cell.Attempts, cell.Journal = nil, nil, nil, nil
	const rounds = 45_000 // of eight requests each
	for k := range uint32(rounds) {
		later := 80 * ms * time.Duration(k)
		for _, r := range small.Requests {
			r.Seq += 8 * k
			cell.Requests = append(cell.Requests, r)
		}
		for _, r := range small.Relays {
			r.Seq, r.Start, r.End, r.Deadline = r.Seq+8*k, r.Start+later, r.End+later, r.Deadline+later
			cell.Relays = append(cell.Relays, r)
		}
		for _, a := range small.Attempts {
			a.Seq, a.Start, a.End = a.Seq+8*k, a.Start+later, a.End+later
			cell.Attempts = append(cell.Attempts, a)
		}
		for _, e := range small.Journal {
			e.Seq, e.Arrived, e.Ended = e.Seq+8*k, e.Arrived+later, e.Ended+later
			cell.Journal = append(cell.Journal, e)
		}
	}
	cell.Planned = len(cell.Requests)
	cell.Transitions = []record.Transition{{Target: openai, From: record.Closed, To: record.Closed}}
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range check.All(cell) {
			if r.Violations > 0 {
				b.Fatal(r)
			}
		}
	}
}
