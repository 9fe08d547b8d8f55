package diff_test

import (
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

var (
	incidents = flag.String("incidents", "", "incidents to compare over, whole: library names or globs, with commas between them; one each, squeezed, otherwise")
	baseSeeds = flag.Int("base-seeds", 1, "how many first seeds each comparison is repeated from")
)

// library loads the incidents, or a quarter of one that shows the change.
func library(t *testing.T, one string) []*scenarios.Scenario {
	t.Helper()
	if *incidents == "" {
		return []*scenarios.Scenario{sim.Compress(load(t, one), 4)}
	}
	var list []*scenarios.Scenario
	for pattern := range strings.SplitSeq(*incidents, ",") {
		names, err := scenarios.Expand(pattern)
		require.NoError(t, err)
		for _, name := range names {
			list = append(list, load(t, name))
		}
	}
	return list
}

// repeat compares over the library's incidents from each first seed.
func repeat(t *testing.T, head, one string, judge func(t *testing.T, r *gate.Result)) {
	t.Helper()
	list := library(t, one)
	for i := range *baseSeeds {
		seed := uint64(1 + 1000*i)
		began := time.Now()
		o := options("testdata/router.yaml", head, 5, list...)
		o.Seed = &seed
		if *incidents != "" {
			// Where streams freeze (anthropic-2026-02-10) five seeds do not tell: what
			// a breaker happens to see decides over minutes.
			o.MaxSeeds = 20
		}
		r := compare(t, o)
		requests := 0
		for _, s := range r.Scenarios {
			requests += s.Requests
		}
		t.Logf("from seed %d: %s, %d incidents, %d requests in %s", seed, r.Verdict, len(list), requests, time.Since(began).Round(time.Second))
		judge(t, r)
	}
}

// TestGoodChange: a tertiary is added and the timeouts leave room for it.
func TestGoodChange(t *testing.T) {
	repeat(t, "testdata/router-good.yaml", "openai-2024-12-04-a", func(t *testing.T, r *gate.Result) {
		require.Equal(t, gate.NonInferior, r.Verdict, strings.Join(r.Reasons, "\n"))
		gains := 0
		for i := range r.Scenarios {
			if row(t, &r.Scenarios[i], "availability").Better {
				gains++
			}
		}
		require.Positive(t, gains, "the gain is shown")
		t.Logf("availability is better beyond chance in %d of %d", gains, len(r.Scenarios))
	})
}

// TestBadChange: the breaker is off, and one attempt may take longer than the
// whole request.
func TestBadChange(t *testing.T) {
	repeat(t, "testdata/router-bad.yaml", "openai-2024-12-04-b", func(t *testing.T, r *gate.Result) {
		require.Equal(t, gate.Worse, r.Verdict, strings.Join(r.Reasons, "\n"))
		require.Equal(t, 99, r.ExitCode())
		t.Logf("%s", r.Reasons[0])
	})
}

// TestNeutralChange: comments and the order of keys.
func TestNeutralChange(t *testing.T) {
	repeat(t, "testdata/router-neutral.yaml", "openai-2024-12-04-a", func(t *testing.T, r *gate.Result) {
		require.Equal(t, gate.NonInferior, r.Verdict, strings.Join(r.Reasons, "\n"))
		for i := range r.Scenarios {
			for k := range r.Scenarios[i].Rows {
				row := &r.Scenarios[i].Rows[k]
				require.False(t, row.Better || row.Moved(), row.Metric)
			}
		}
	})
}
