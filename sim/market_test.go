package sim_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

var (
	marketSeeds = flag.Int("market", 4, "seeds of TestSteadyMarket; with 20 it compares the tables of the documentation too")
	marketWrite = flag.Bool("market.write", false, "write the tables of the documentation")
)

// marketDoc is where the tables stand, between marks.
const marketDoc = "../scenarios/library/policies/README.md"

// aim is what a policy is for, as a figure.
type aim struct {
	policy, title string
	of            func(c *report.Cell) float64
	format        string
	higher        bool // is better
}

var aims = []aim{
	{"latency-first", "p95 TTFT", func(c *report.Cell) float64 { return float64(*c.TTFT.P95) / 1e6 }, "%.0f ms", false},
	{"cost-first", "USD per 1k requests", func(c *report.Cell) float64 { return float64(*c.CostPer1k) }, "%.3f", false},
	{"quality-first", "mean quality", func(c *report.Cell) float64 { return float64(*c.Quality) }, "%.3f", true},
}

// TestSteadyMarket shows that each policy is best at what it is for: the paired
// differences over the seeds, each seed the same requests and the same luck for
// all policies, lie on its side of zero with 95 % confidence.
func TestSteadyMarket(t *testing.T) {
	s, err := scenarios.Load("steady-market", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	cells := map[string][]*report.Cell{}
	for seed := range *marketSeeds { // one at a time: the records of all together are large
		run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{uint64(seed) + 1}})
		require.NoError(t, err)
		for i := range run.Cells {
			requireInvariants(t, &run.Cells[i])
		}
		res := report.Compute(run, nil)
		require.Equal(t, report.Pass, res.Verdict, "%v", res.Reasons)
		for i := range res.Cells {
			c := &res.Cells[i]
			cells[c.Policy] = append(cells[c.Policy], c)
		}
	}
	var doc strings.Builder
	for _, a := range aims {
		by := "less"
		if a.higher {
			by = "more"
		}
		shown := func(x float64) string { return fmt.Sprintf(a.format, x) }
		fmt.Fprintf(&doc, "\n| %s | mean | %s: %s by | 95 %% interval |\n|---|---|---|---|\n", a.title, a.policy, by)
		for _, p := range policies {
			own, best := figures(cells[p.Name], a.of), figures(cells[a.policy], a.of)
			mean := stats.Mean(own)
			if p.Name == a.policy {
				fmt.Fprintf(&doc, "| **%s** | **%s** | | |\n", p.Name, shown(mean))
				continue
			}
			for i := range own {
				if own[i] -= best[i]; a.higher {
					own[i] = -own[i]
				}
			}
			d := stats.NewPaired(own, 1)
			low, high := d.Interval(0.95)
			require.Positive(t, low, "%s of %s against %s: [%v, %v]", a.title, a.policy, p.Name, low, high)
			fmt.Fprintf(&doc, "| %s | %s | %s | %s to %s |\n", p.Name, shown(mean), shown(d.Mean), shown(low), shown(high))
		}
	}
	if *marketSeeds == 20 || *marketWrite {
		compareDoc(t, doc.String())
	}
}

func figures(cells []*report.Cell, of func(c *report.Cell) float64) []float64 {
	out := make([]float64, len(cells))
	for i, c := range cells {
		out[i] = of(c)
	}
	return out
}

// compareDoc holds the tables against the documentation, or writes them there.
func compareDoc(t *testing.T, tables string) {
	t.Helper()
	const begin, end = "<!-- steady-market: make docs -->\n", "<!-- end -->\n"
	data, err := os.ReadFile(marketDoc)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(data), begin)
	require.True(t, ok, "the marks of the tables")
	old, tail, ok := strings.Cut(rest, end)
	require.True(t, ok, "the marks of the tables")
	if *marketWrite {
		require.NoError(t, os.WriteFile(marketDoc, []byte(head+begin+tables+"\n"+end+tail), 0o600))
		return
	}
	require.Equal(t, old, tables+"\n", "make docs writes the tables anew")
}
