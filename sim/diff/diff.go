package diff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// ErrInterrupted says that Stop ended the comparison early.
var ErrInterrupted = errors.New("diff: interrupted")

// Bounds.
const (
	MaxSeeds = 1000 // of one scenario
	MaxLooks = 20
)

// Options of a comparison.
type Options struct {
	Scenarios []*scenarios.Scenario // at least one
	// Policies resolves BASE and HEAD in a scenario.
	Policies func(s *scenarios.Scenario) (base, head sim.Policy, err error)

	Base, Head string // as the user named them

	Seed  *uint64 // the first seed; nil is each scenario's own
	Seeds int     // of one block, from 1 up

	// MaxSeeds is how many seeds a scenario may have; less than Seeds is Seeds. Blocks
	// are added while it is inconclusive, or, with a Budget, seeds before the first
	// look while there is time.
	MaxSeeds int
	Budget   time.Duration // real time to stay within; 0 is any

	Clock sim.Clock // "" means virtual; a budget counts on that

	OpenFile  func(name string) (io.ReadCloser, error) // opens a load trace
	Version   string                                   // of the program
	Reproduce string                                   // the command that repeats the comparison

	// Cache spares the cells of BASE that an earlier comparison has run. Inputs says by
	// a digest what decides how BASE fares in a scenario, but for the seed: program,
	// scenario, world and config; "" is never kept. The result is the same without.
	Cache  Cache
	Inputs func(s *scenarios.Scenario) string

	// Begin is called before each block of a scenario, and what it returns after
	// it. Nil is neither.
	Begin func(s *scenarios.Scenario, seeds []uint64, p *sim.Progress) (done func())
	Stop  *atomic.Bool // set to end early; nil never
}

// looks is how many blocks there are at most.
func (o *Options) looks() int {
	if o.Budget > 0 {
		return 1
	}
	return max(1, (o.MaxSeeds+o.Seeds-1)/o.Seeds)
}

// Run compares. An error of the user's input has sim.ErrInput behind it. When
// it is stopped, the result holds what was compared until then, and the error is
// ErrInterrupted.
func Run(ctx context.Context, o Options) (*gate.Result, error) {
	switch {
	case len(o.Scenarios) == 0:
		return nil, errors.New("diff: nothing to compare in")
	case o.Seeds < 1 || o.Seeds > MaxSeeds || o.MaxSeeds > MaxSeeds:
		return nil, fmt.Errorf("diff: a block has 1 to %d seeds", MaxSeeds)
	case o.looks() > MaxLooks:
		return nil, fmt.Errorf("diff: %d seeds in blocks of %d are more than %d looks", o.MaxSeeds, o.Seeds, MaxLooks)
	}
	if o.Stop == nil {
		o.Stop = new(atomic.Bool)
	}
	c := &comparison{o: &o, began: time.Now()}
	for _, s := range o.Scenarios {
		d, err := newDrill(&o, s)
		if err != nil {
			return nil, err
		}
		c.drills = append(c.drills, d)
	}
	if o.Budget > 0 {
		err := c.withinBudget(ctx)
		return c.judge(), err
	}
	result := c.judge()
	for look := 1; look <= o.looks(); look++ {
		for _, d := range c.drills {
			if n := c.due(d, look); n > 0 {
				if err := c.more(ctx, d, n); err != nil {
					return c.judge(), err
				}
			}
		}
		if result = c.judge(); result.Verdict != gate.Inconclusive {
			break
		}
		c.settle(result)
	}
	return result, nil
}

// comparison is a run of diff.
type comparison struct {
	o      *Options
	began  time.Time
	drills []*drill    // that are run
	left   []string    // what the budget has no room for
	missed []string    // names of the scenarios among that
	over   atomic.Bool // the budget has run out
}

// judge judges what there is so far.
func (c *comparison) judge() *gate.Result {
	looks := c.o.looks()
	r := &gate.Result{
		Version: gate.Version, Base: c.o.Base, Head: c.o.Head, Looks: looks,
		ProgramVersion: c.o.Version, Arch: runtime.GOARCH, Reproduce: c.o.Reproduce,
		LeftOut: c.left, NotCompared: c.missed, Scenarios: []gate.Scenario{},
	}
	r.SetLevels()
	var tests []gate.Test
	var run []*drill
	seen := map[string]bool{}
	for _, d := range c.drills {
		if len(d.seeds) == 0 {
			continue
		}
		run = append(run, d)
		tests = append(tests, d.tests()...)
		for _, f := range d.findings {
			if !seen[f] {
				seen[f] = true
				r.Findings = append(r.Findings, f)
			}
		}
	}
	rows := gate.Judge(tests, looks)
	for _, d := range run {
		s := d.scenario()
		s.Rows, rows = rows[:len(d.metrics)], rows[len(d.metrics):]
		r.Scenarios = append(r.Scenarios, s)
	}
	r.Conclude()
	return r
}

// settle marks the scenarios that need no more seeds.
func (c *comparison) settle(r *gate.Result) {
	verdicts := map[string]gate.Verdict{}
	for _, s := range r.Scenarios {
		verdicts[s.File] = s.Verdict
	}
	for _, d := range c.drills {
		d.settled = verdicts[d.s.File] != gate.Inconclusive
	}
}
