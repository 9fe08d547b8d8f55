package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/load"
)

// margin is the share of a budget that is planned: cells of the same size do
// not take the same time.
const margin = 0.85

// plan measures the speed of this machine on the smallest scenario, then keeps
// as many scenarios as fit, the smallest first, each with a whole block of seeds.
// If all fit and more seeds are allowed, each gets as many as fit. The plan looks
// at sizes and at the clock, never at results, so it costs no certainty.
func (c *comparison) plan(ctx context.Context) error {
	bySize := slices.Clone(c.drills)
	for _, d := range bySize {
		if err := d.measure(c.o); err != nil {
			return err
		}
	}
	slices.SortStableFunc(bySize, func(a, b *drill) int { return cmp.Compare(a.size, b.size) })
	if err := c.more(ctx, bySize[0], c.o.Seeds); err != nil {
		return err
	}
	room := c.capacity()
	used, fits := 0, 1
	for _, d := range bySize[1:] {
		if used+d.size*c.o.Seeds > room {
			break
		}
		used += d.size * c.o.Seeds
		fits++
	}
	for _, d := range bySize[fits:] {
		c.leaveOut(d)
	}
	if fits == len(bySize) {
		c.raise(room - used)
	}
	return nil
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

// capacity is how many requests of a seed, run under both configs, fit into
// what is left of the budget at the speed seen so far.
func (c *comparison) capacity() int {
	done, spent := 0, time.Duration(0)
	for _, d := range c.drills {
		done += d.size * len(d.seeds)
		spent += d.spent
	}
	left := time.Duration(margin*float64(c.o.Budget)) - time.Since(c.began)
	if spent <= 0 || left <= 0 {
		return 0
	}
	return int(float64(done) * float64(left) / float64(spent))
}

// raise spreads spare requests over whole seeds of every scenario.
func (c *comparison) raise(spare int) {
	each := 0
	for _, d := range c.drills {
		each += d.size
	}
	more := min(spare/max(each, 1), c.o.MaxSeeds-c.o.Seeds)
	for _, d := range c.drills {
		d.block += max(more, 0)
	}
}

// late says whether a drill's block would end after the budget, and leaves it
// out if so: the plan was made on another scenario's speed.
func (c *comparison) late(d *drill) bool {
	if c.o.Budget == 0 || len(d.seeds) > 0 || d.size*d.block <= c.capacity() {
		return false
	}
	c.leaveOut(d)
	return true
}

func (c *comparison) leaveOut(d *drill) {
	d.settled = true
	c.left = append(c.left, fmt.Sprintf("%s (%d requests at each seed)", d.s.Name, 2*d.size))
}
