package report_test

import (
	"testing"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// BenchmarkCompute is an hour at 100 requests a second under two policies.
func BenchmarkCompute(b *testing.B) {
	m := newMade()
	for i := range 360_000 {
		at := time.Duration(i) * 10 * ms
		r := m.request(at, try{target: 0, bill: 10, faults: 1}, try{target: 1, bill: 20, ok: true})
		r.Stream, r.FirstToken = true, at+time.Duration(i*7919%100_000)*time.Microsecond
		r.Done += time.Duration(i*104_729%1_000_000) * time.Microsecond
	}
	run := m.run(outage, record.Fault{ID: "second", Start: 30 * minute, End: 45 * minute, Targets: []int16{1}})
	run.Cells = append(run.Cells, m.cell)
	b.ReportAllocs()
	for b.Loop() {
		report.Compute(run, nil)
	}
}
