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
	block      int // seeds of a block
	size       int // requests of one seed under one config; counted for a budget only

	seeds    []uint64
	samples  [][]gate.Sample // by metric
	requests int
	fired    map[string]bool // faults, by whether they hit anything
	faults   []string        // in order
	wrong    []string        // broken invariants
	dropped  int
	findings []string
	settled  bool // needs no more seeds
	spent    time.Duration
}

func newDrill(o *Options, s *scenarios.Scenario) (*drill, error) {
	base, head, err := o.Policies(s)
	if err != nil {
		return nil, err
	}
	base.Name, head.Name = "base", "head"
	base.Gated, head.Gated = true, true // so that every metric is measured
	metrics := gate.With(gated(s))
	return &drill{
		s: s, base: base, head: head, metrics: metrics, block: o.Seeds,
		samples: make([][]gate.Sample, len(metrics)), fired: map[string]bool{},
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
			Tolerance: g.Tolerance, Relative: g.Relative, Text: g.Text,
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
	return min(look*d.block, max(c.o.MaxSeeds, d.block)) - len(d.seeds)
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

// seeds runs the given seeds of a drill and takes in their figures.
func (c *comparison) seeds(ctx context.Context, d *drill, seeds []uint64) error {
	began, progress := time.Now(), new(sim.Progress)
	if c.o.Begin != nil {
		defer c.o.Begin(d.s, seeds, progress)()
	}
	run, err := sim.Run(ctx, sim.Options{
		Scenario: d.s, Policies: []sim.Policy{d.base, d.head}, Seeds: seeds,
		OpenFile: c.o.OpenFile, Version: c.o.Version, Progress: progress, Stop: c.o.Stop,
	})
	if err != nil {
		return err
	}
	if c.o.Stop != nil && c.o.Stop.Load() {
		return ErrInterrupted // half a block is worth nothing
	}
	run.Thresholds = nil
	for i := range d.metrics {
		run.Thresholds = append(run.Thresholds, d.metrics[i].Threshold())
	}
	d.take(seeds, run.Findings, results(run))
	d.spent += time.Since(began)
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

// take adds the figures of a block: the base's cells, then the head's.
func (d *drill) take(seeds []uint64, findings []string, results []*report.Result) {
	d.findings = append(d.findings, findings...)
	n := len(seeds)
	for i, seed := range seeds {
		base, head := &results[i].Cells[0], &results[n+i].Cells[0]
		for k := range d.metrics {
			d.samples[k] = append(d.samples[k], gate.Sample{
				Seed: seed, Base: measured(base, k), Head: measured(head, k),
			})
		}
	}
	for i, r := range results {
		cell := &r.Cells[0]
		d.requests += cell.Requests
		d.dropped += cell.Dropped
		for _, f := range r.Faults {
			if _, known := d.fired[f.ID]; !known {
				d.faults = append(d.faults, f.ID)
			}
			d.fired[f.ID] = d.fired[f.ID] || f.Fired || f.Kind == "none"
		}
		for _, inv := range cell.Invariants {
			if inv.Violations > 0 {
				d.wrong = append(d.wrong, fmt.Sprintf("%s, seed %d: invariant %d (%s) broken %d times", cell.Policy, seeds[i%n], inv.Number, inv.Name, inv.Violations))
			}
		}
	}
	d.seeds = append(d.seeds, seeds...)
}

// measured returns the figure of the k-th metric.
func measured(cell *report.Cell, k int) report.Measured {
	t := &cell.Thresholds[k]
	m := report.Measured{N: t.N}
	if t.Measured != nil {
		m.Value, m.OK = float64(*t.Measured), true
	}
	return m
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
	s := gate.Scenario{Name: d.s.Name, File: d.s.File, World: d.s.WorldName, Seeds: d.seeds, Requests: d.requests}
	switch {
	case len(d.wrong) > 0:
		s.Verdict, s.Reasons = gate.Broken, d.wrong
		return s
	case d.dropped > 0:
		s.Verdict, s.Reasons = gate.Inconclusive, append(s.Reasons, fmt.Sprintf("the load generator dropped %d requests", d.dropped))
	}
	for _, id := range d.faults {
		if !d.fired[id] {
			s.Verdict, s.Reasons = gate.Inconclusive, append(s.Reasons, "fault "+id+" hit no request of either config")
		}
	}
	return s
}
