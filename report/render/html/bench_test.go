package html_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	"github.com/routedrill/routedrill/report/render/html"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/sim/record"
)

// many is a run of so many policies and seeds, with two requests a second.
func many(policies, seeds int, lasts time.Duration) *record.Run {
	run := synthetic.Long(lasts, 500*time.Millisecond)
	cells := run.Cells
	run.Cells = nil
	for p := range policies {
		for s := range seeds {
			c := cells[p%len(cells)]
			c.Policy, c.Seed = fmt.Sprintf("%s-%d", c.Policy, p), uint64(s+1)
			run.Cells = append(run.Cells, c)
		}
	}
	return run
}

// BenchmarkPage is what a page costs once the figures are there: the series, the
// page, its size and the most memory that was in use above the records.
func BenchmarkPage(b *testing.B) {
	for _, size := range []struct {
		name            string
		policies, seeds int
	}{{"6 policies, six hours", 6, 1}, {"100 cells, six hours", 10, 10}, {"100 policies, six hours", 100, 1}} {
		b.Run(size.name, func(b *testing.B) {
			run := many(size.policies, size.seeds, 6*time.Hour)
			result := report.Compute(run, synthetic.Invariants(run, false))
			var page bytes.Buffer
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.ResetTimer()
			for range b.N {
				page.Reset()
				require.NoError(b, html.Write(&page, result, timeline.Of(run)))
			}
			b.StopTimer()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(page.Len())/1e6, "MB-page")
			b.ReportMetric(float64(after.Sys-before.Sys)/1e6, "MB-more")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/1e6, "MB-allocated")
		})
	}
}
