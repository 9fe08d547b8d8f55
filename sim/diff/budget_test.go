package diff

import (
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// TestPlan plans at a known speed: 1,000 requests a second, so that a budget of 100 s
// has room for 85,000.
func TestPlan(t *testing.T) {
	tests := []struct {
		name            string
		seeds, most     int
		sizes           []int
		known           int // seeds of BASE that are known, of every scenario
		wantSeeds, fits int
	}{
		{"all fit, and no more is asked for", 5, 0, []int{100, 200}, 0, 5, 2},
		{"all fit, and there is room for more seeds", 5, 1000, []int{1000, 2000}, 0, 14, 2},
		{"no more seeds than allowed", 5, 7, []int{10, 20}, 0, 7, 2},
		{"fewer seeds before fewer scenarios", 20, 0, []int{1000, 2000, 1000}, 0, 10, 3},
		{"with as few seeds as a verdict needs the largest are left out", 10, 0, []int{1000, 2000, 3000, 9000}, 0, 5, 3},
		{"never fewer seeds than asked for where that is less", 3, 0, []int{1000, 20_000}, 0, 3, 1},
		{"what is known takes no time", 5, 0, []int{1000, 14_000}, 5, 5, 2},
		{"the smallest has been run", 5, 0, []int{100_000, 200_000}, 0, 5, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &comparison{o: &Options{Seeds: tt.seeds, MaxSeeds: tt.most, Budget: 100 * time.Second, Cache: forgetful{}}, began: time.Now()}
				for i, size := range tt.sizes {
					d := &drill{s: &scenarios.Scenario{}, size: size, inputs: "x", kept: map[uint64]*figures{}}
					for seed := range tt.known {
						d.kept[uint64(seed)] = new(figures)
					}
					if i == 0 {
						d.ran, d.spent = 1000, time.Second
					}
					c.drills = append(c.drills, d)
				}
				seeds, fits := c.plan(c.drills, min(tt.seeds, 5))
				require.Equal(t, tt.wantSeeds, seeds)
				require.Equal(t, tt.fits, fits)
			})
		})
	}
}

type forgetful struct{}

func (forgetful) Get(string) []byte  { return nil }
func (forgetful) Put(string, []byte) {}

// TestABudgetThatRunsOut: the scenario under way is given up and named, what was
// compared before stands.
func TestABudgetThatRunsOut(t *testing.T) {
	load := func(name, duration string) *scenarios.Scenario {
		s, err := scenarios.Load("testdata/twins.yaml", scenarios.Options{ReadFile: os.ReadFile, Set: []string{"name=" + name, "duration=" + duration}}, sim.Vocabulary())
		require.NoError(t, err)
		return s
	}
	o := &Options{
		Scenarios: []*scenarios.Scenario{load("long", "130s"), load("short", "2m")}, Seeds: 2, Budget: time.Hour, Stop: new(atomic.Bool),
		Policies: func(s *scenarios.Scenario) (b, h sim.Policy, err error) {
			both, err := sim.Policies(s, []string{"testdata/ab.yaml", "testdata/ba.yaml"}, os.ReadFile)
			require.NoError(t, err)
			return both[0], both[1], nil
		},
	}
	c := (*comparison)(nil)
	o.Begin = func(s *scenarios.Scenario, _ []uint64, _ *sim.Progress) func() {
		if s.Name == "long" {
			c.over.Store(true) // as the alarm does
			o.Stop.Store(true)
		}
		return func() {}
	}
	c = &comparison{o: o, began: time.Now()}
	for _, s := range o.Scenarios {
		d, err := newDrill(o, s)
		require.NoError(t, err)
		c.drills = append(c.drills, d)
	}
	require.NoError(t, c.withinBudget(t.Context()))
	r := c.judge()
	require.Len(t, r.Scenarios, 1)
	require.Equal(t, "short", r.Scenarios[0].Name)
	require.Equal(t, []uint64{1, 2}, r.Scenarios[0].Seeds)
	require.Len(t, r.LeftOut, 1)
	require.Contains(t, r.LeftOut[0], "long (")
	require.Equal(t, []string{"long"}, r.NotCompared)

	c = &comparison{o: o, began: time.Now()}
	d, err := newDrill(o, o.Scenarios[0])
	require.NoError(t, err)
	c.drills = append(c.drills, d)
	require.NoError(t, c.withinBudget(t.Context()))
	r = c.judge()
	require.Equal(t, gate.Inconclusive, r.Verdict, "not even the smallest")
	require.Equal(t, []string{"nothing was compared"}, r.Reasons)
	require.Len(t, r.LeftOut, 1)
}
