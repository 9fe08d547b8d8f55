package diff

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

// drill is one scenario under both configs, with what it has shown so far.
type drill struct {
	s          *scenarios.Scenario
	base, head sim.Policy
	metrics    []gate.Metric
	size       int                 // requests of one seed under one config; counted for a budget only
	inputs     string              // digest of what decides how BASE fares; "" is not kept
	kept       map[uint64]*figures // of BASE from earlier comparisons, by seed, once looked up; nil is not there

	seeds    []uint64
	samples  [][]gate.Sample // by metric
	requests int
	fired    map[string]bool // faults, by whether they hit anything
	faults   []string        // in order
	wrong    []string        // broken invariants
	dropped  int
	lag      time.Duration // the worst of what was too much
	findings []string
	settled  bool // needs no more seeds
	ran      int  // requests that were run for it
	spent    time.Duration
}

func newDrill(o *Options, s *scenarios.Scenario) (*drill, error) {
	base, head, err := o.Policies(s)
	if err != nil {
		return nil, err
	}
	base.Name, head.Name = "base", "head"
	base.Gated, head.Gated = true, true // so that every metric is measured
	findings, err := sim.Findings(s, []sim.Policy{base, head})
	if err != nil {
		return nil, err
	}
	metrics := gate.With(gated(s))
	return &drill{
		s: s, base: base, head: head, metrics: metrics, inputs: o.inputs(s), kept: map[uint64]*figures{},
		samples: make([][]gate.Sample, len(metrics)), fired: map[string]bool{}, findings: findings,
	}, nil
}

// gated returns what the scenario is judged by.
func gated(s *scenarios.Scenario) []gate.Metric {
	if len(s.Gate.Metrics) == 0 {
		streams := slices.ContainsFunc(s.World.Tasks, func(t scenarios.Task) bool { return t.Stream })
		return gate.Default(streams)
	}
	var out []gate.Metric
	for _, g := range s.Gate.Metrics {
		m := gate.Metric{
			Name: g.Source, Metric: g.Metric, Agg: g.Agg, Gated: true,
			Settle: g.Settle, Tolerance: g.Tolerance, Relative: g.Relative, Text: g.Text,
		}
		for _, p := range g.Select {
			m.Select = append(m.Select, record.Selector(p))
		}
		out = append(out, m)
	}
	return out
}

// due says how many seeds the drill still wants at a look, counted from 1.
func (c *comparison) due(d *drill, look int) int {
	if d.settled {
		return 0
	}
	return min(look*c.o.Seeds, max(c.o.MaxSeeds, c.o.Seeds)) - len(d.seeds)
}

// first is the drill's first seed.
func (o *Options) first(s *scenarios.Scenario) uint64 {
	if o.Seed != nil {
		return *o.Seed
	}
	return s.Seed
}

// more runs the next n seeds under both configs.
func (c *comparison) more(ctx context.Context, d *drill, n int) error {
	first := c.o.first(d.s) + uint64(len(d.seeds))
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = first + uint64(i)
	}
	return c.seeds(ctx, d, seeds)
}

// seeds runs the given seeds of a drill and takes in their figures. BASE is not
// run where its figures are known.
func (c *comparison) seeds(ctx context.Context, d *drill, seeds []uint64) error {
	began, progress := time.Now(), new(sim.Progress)
	if c.o.Begin != nil {
		defer c.o.Begin(d.s, seeds, progress)()
	}
	var fresh, known []uint64
	base, head := map[uint64]figures{}, map[uint64]figures{}
	for _, seed := range seeds {
		if f := c.known(d, seed); f != nil {
			base[seed] = *f
			known = append(known, seed)
		} else {
			fresh = append(fresh, seed)
		}
	}
	if len(fresh) > 0 {
		if err := c.both(ctx, d, fresh, progress, base, head); err != nil {
			return err
		}
		for _, seed := range fresh {
			f := base[seed]
			c.keep(d, seed, &f)
		}
	}
	if len(known) > 0 {
		if err := c.cells(ctx, d, []sim.Policy{d.head}, known, progress, head); err != nil {
			return err
		}
	}
	for _, seed := range seeds {
		d.take(seed, base[seed], head[seed])
	}
	d.ran += d.size * (2*len(fresh) + len(known))
	d.spent += time.Since(began)
	return nil
}

// both runs BASE and HEAD with the seeds. On the wall clock they take turns, and turns in
// going first, so that a machine that grows slower or busier harms neither more.
func (c *comparison) both(ctx context.Context, d *drill, seeds []uint64, progress *sim.Progress, base, head map[uint64]figures) error {
	if c.o.Clock != sim.Wall {
		return c.cells(ctx, d, []sim.Policy{d.base, d.head}, seeds, progress, base, head)
	}
	for i, seed := range seeds {
		policies, into := []sim.Policy{d.base, d.head}, []map[uint64]figures{base, head}
		if i%2 == 1 {
			slices.Reverse(policies)
			slices.Reverse(into)
		}
		if err := c.cells(ctx, d, policies, []uint64{seed}, progress, into...); err != nil {
			return err
		}
	}
	return nil
}

// cells runs the policies with the seeds and puts the figures of each policy into
// its map.
func (c *comparison) cells(ctx context.Context, d *drill, policies []sim.Policy, seeds []uint64, progress *sim.Progress, into ...map[uint64]figures) error {
	s := *d.s
	s.Thresholds = nil // nor what they compare with
	run, err := sim.Run(ctx, sim.Options{
		Scenario: &s, Policies: policies, Seeds: seeds, Clock: c.o.Clock,
		OpenFile: c.o.OpenFile, Version: c.o.Version, Progress: progress, Stop: c.o.Stop,
	})
	if err != nil {
		return err
	}
	if c.o.Stop.Load() {
		return ErrInterrupted // half a block is worth nothing
	}
	for i := range d.metrics {
		run.Thresholds = append(run.Thresholds, d.metrics[i].Threshold())
	}
	for i, r := range results(run) {
		into[i/len(seeds)][seeds[i%len(seeds)]] = newFigures(r)
	}
	return nil
}

// results computes the report of every cell by itself, one per CPU at a time.
// The cells' logs are let go as it proceeds.
func results(run *record.Run) []*report.Result {
	out := make([]*report.Result, len(run.Cells))
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range run.Cells {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			one := *run
			one.Cells = run.Cells[i : i+1]
			var found []report.Invariant
			for _, r := range check.All(&one.Cells[0]) {
				found = append(found, report.Invariant(r))
			}
			out[i] = report.Compute(&one, map[int][]report.Invariant{0: found})
			run.Cells[i] = record.Cell{}
		})
	}
	wg.Wait()
	return out
}

// take adds the figures of a seed.
func (d *drill) take(seed uint64, base, head figures) {
	for k := range d.metrics {
		d.samples[k] = append(d.samples[k], gate.Sample{Seed: seed, Base: base.Measured[k], Head: head.Measured[k]})
	}
	for i, f := range []figures{base, head} {
		d.requests += f.Requests
		d.dropped += f.Dropped
		d.lag = max(d.lag, f.Lag)
		for _, hit := range f.Faults {
			if _, known := d.fired[hit.ID]; !known {
				d.faults = append(d.faults, hit.ID)
			}
			d.fired[hit.ID] = d.fired[hit.ID] || hit.Fired
		}
		for _, b := range f.Broken {
			d.wrong = append(d.wrong, fmt.Sprintf("%s, seed %d: invariant %d (%s) broken %d times", [...]string{"base", "head"}[i], seed, b.Number, b.Name, b.Times))
		}
	}
	d.seeds = append(d.seeds, seed)
}

// tests is the data of every metric.
func (d *drill) tests() []gate.Test {
	var out []gate.Test
	for k := range d.metrics {
		out = append(out, gate.Test{Scenario: d.s.Name, Metric: d.metrics[k], Samples: d.samples[k]})
	}
	return out
}

// scenario is what the drill says as a whole.
func (d *drill) scenario() gate.Scenario {
	s := gate.Scenario{Name: d.s.Name, File: d.s.File, World: d.s.WorldName, Seeds: d.seeds, Requests: d.requests, Start: d.s.Start.UTC().Format(time.RFC3339)}
	switch {
	case len(d.wrong) > 0:
		s.Verdict, s.Reasons = gate.Broken, d.wrong
		return s
	case d.dropped > 0:
		s.Verdict, s.Reasons = gate.Inconclusive, append(s.Reasons, fmt.Sprintf("the load generator dropped %d requests", d.dropped))
	}
	if d.lag > 0 {
		s.Verdict, s.Reasons = gate.Inconclusive, append(s.Reasons, fmt.Sprintf("the load generator lagged by %s", d.lag.Round(time.Millisecond)))
	}
	for _, id := range d.faults {
		if !d.fired[id] {
			s.Verdict, s.Reasons = gate.Inconclusive, append(s.Reasons, "fault "+id+" hit no request of either config")
		}
	}
	return s
}
