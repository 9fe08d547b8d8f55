package diff_test

import (
	"flag"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/sim/diff"
)

var runs = flag.Int("stats", 6, "comparisons of each statistical check with the real engine")

// each makes comparisons of five seeds that no two share, and hands them in.
func each(t *testing.T, base, head, scenario string, take func(*gate.Result)) {
	t.Helper()
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(*runs) {
					return
				}
				o := options(base, head, 5, load(t, scenario))
				seed := uint64(1 + 5*i)
				o.Seed = &seed
				r, err := diff.Run(t.Context(), o)
				mu.Lock()
				if err != nil {
					t.Error(err)
				} else {
					take(r)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func band(p float64, n int) float64 { return 2.576 * math.Sqrt(p*(1-p)/float64(n)) }

// TestEngineFalseAlarms compares two configs that are equivalent by symmetry: two
// providers are alike in everything, fail alike, and the configs prefer the one or
// the other. Nothing is tolerated, so any true difference would be one too many.
func TestEngineFalseAlarms(t *testing.T) {
	alarms, held := 0.0, map[string]float64{}
	each(t, "testdata/ab.yaml", "testdata/ba.yaml", "testdata/twins.yaml", func(r *gate.Result) {
		if r.Verdict == gate.Worse {
			alarms++
		}
		for _, row := range r.Scenarios[0].Rows {
			if row.Gated && *row.Low <= 0 && *row.High >= 0 {
				held[row.Metric]++
			}
		}
	})
	n := float64(*runs)
	t.Logf("of %d comparisons %.2f%% raise an alarm; %.2f%% may", *runs, 100*alarms/n, 100*(gate.Alarms+band(gate.Alarms, *runs)))
	require.LessOrEqual(t, alarms/n, gate.Alarms+band(gate.Alarms, *runs))
	for _, name := range []string{"availability", "ttft_p95", "cost_per_1k"} {
		t.Logf("%-12s zero lies in %.2f%% of the intervals", name, 100*held[name]/n)
		require.GreaterOrEqual(t, held[name]/n, gate.Level-band(gate.Level, *runs), name)
	}
}

// TestEngineCoverage compares two configs of which one prefers a provider that is
// 100 ms farther away and otherwise alike: that is what its answers take longer.
func TestEngineCoverage(t *testing.T) {
	held, sum := 0.0, 0.0
	each(t, "testdata/ab.yaml", "testdata/ba.yaml", "testdata/far-twin.yaml", func(r *gate.Result) {
		row := row(t, &r.Scenarios[0], "ttft_p95")
		sum += float64(*row.Difference)
		if *row.Low <= 0.1 && 0.1 <= *row.High {
			held++
		}
	})
	n := float64(*runs)
	t.Logf("100 ms lie in %.2f%% of %d intervals; the mean difference is %.1f ms", 100*held/n, *runs, 1000*sum/n)
	require.InDelta(t, gate.Level, held/n, band(gate.Level, *runs))
}
