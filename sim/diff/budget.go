package diff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/sim/load"
)

// margin is the share of a budget that is planned: cells of the same size do
// not take the same time.
const margin = 0.85

// withinBudget compares as much as there is time for. The smallest scenario comes
// first, with as few seeds as a verdict needs, and shows how fast this machine is.
// By that speed all scenarios get the same number of seeds, as many as fit: up to
// MaxSeeds, or below Seeds, down to what a verdict needs. Where even that is too
// much the largest scenarios are left out. The plan looks at sizes and at the clock,
// never at results, so it costs no certainty. What is under way when the budget ends
// is given up.
func (c *comparison) withinBudget(ctx context.Context) error {
	alarm := time.AfterFunc(time.Until(c.began.Add(c.o.Budget)), func() {
		c.over.Store(true)
		c.o.Stop.Store(true)
	})
	defer alarm.Stop()
	bySize := slices.Clone(c.drills)
	for _, d := range bySize {
		if err := d.measure(c.o); err != nil {
			return err
		}
	}
	slices.SortStableFunc(bySize, func(a, b *drill) int { return cmp.Compare(a.size, b.size) })
	err := c.asPlanned(ctx, bySize)
	if errors.Is(err, ErrInterrupted) && c.over.Load() {
		err = nil
	}
	for _, d := range bySize {
		if len(d.seeds) == 0 {
			c.missed = append(c.missed, d.s.Name)
			c.left = append(c.left, fmt.Sprintf("%s (%d requests at each seed)", d.s.Name, 2*d.size))
		}
	}
	return err
}

// asPlanned makes the plan and carries it out, from the smallest scenario on.
func (c *comparison) asPlanned(ctx context.Context, bySize []*drill) error {
	few := min(c.o.Seeds, gate.MinConstant)
	if err := c.more(ctx, bySize[0], few); err != nil {
		return err
	}
	seeds, fits := c.plan(bySize, few)
	if seeds < c.o.Seeds {
		c.left = append(c.left, fmt.Sprintf("%d of the %d seeds of every scenario", c.o.Seeds-seeds, c.o.Seeds))
	}
	for _, d := range bySize[:fits] {
		n := seeds - len(d.seeds)
		if n <= 0 || c.cost(d, seeds) > c.room() { // it was planned on the speed of smaller ones
			continue
		}
		if err := c.more(ctx, d, n); err != nil {
			return err
		}
	}
	return nil
}

// plan says how many seeds every scenario gets, and how many scenarios, from the
// smallest on, fit with so many.
func (c *comparison) plan(bySize []*drill, few int) (seeds, fits int) {
	room := c.room()
	total := func(seeds int) (sum int) {
		for _, d := range bySize {
			sum += c.cost(d, seeds)
		}
		return sum
	}
	for seeds = max(c.o.Seeds, c.o.MaxSeeds); seeds > few; seeds-- {
		if total(seeds) <= room {
			return seeds, len(bySize)
		}
	}
	for used := 0; fits < len(bySize); fits++ {
		if used += c.cost(bySize[fits], few); used > room && fits > 0 {
			break
		}
	}
	return few, fits
}

// cost is how many requests have to be run until a drill has so many seeds.
func (c *comparison) cost(d *drill, seeds int) (requests int) {
	first := c.o.first(d.s)
	for i := len(d.seeds); i < seeds; i++ {
		requests += d.size
		if c.known(d, first+uint64(i)) == nil {
			requests += d.size
		}
	}
	return requests
}

// measure counts the requests of one seed.
func (d *drill) measure(o *Options) error {
	if d.s.World.Load.Trace != nil {
		// Its rows are not read yet; the longer, the more of them.
		d.size = int(d.s.Duration/time.Second) + 1
		return nil
	}
	plan, err := load.New(d.s, o.first(d.s))
	if err != nil {
		return fmt.Errorf("%s: %w", d.s.File, err)
	}
	d.size = len(plan.Arrivals)
	return nil
}

// room is how many requests fit into what is left of the budget at the speed seen
// so far.
func (c *comparison) room() int {
	ran, spent := 0, time.Duration(0)
	for _, d := range c.drills {
		ran += d.ran
		spent += d.spent
	}
	left := time.Duration(margin*float64(c.o.Budget)) - time.Since(c.began)
	if spent <= 0 || left <= 0 {
		return 0
	}
	return int(float64(ran) * float64(left) / float64(spent))
}
