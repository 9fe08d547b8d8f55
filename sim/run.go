package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/bubble"
	"github.com/routedrill/routedrill/sim/internal/trace"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// Clock is what time a run takes.
type Clock string

// The clocks.
const (
	Virtual Clock = "virtual" // time jumps from event to event; results repeat to the byte
	Wall    Clock = "wall"    // real time over loopback sockets
)

// Options of a [Run].
type Options struct {
	Scenario *scenarios.Scenario
	Policies []Policy // at least one; see Policies
	Seeds    []uint64 // at least one
	Clock    Clock    // "" means Virtual

	// OpenFile opens a load trace. Nil makes a scenario with a trace an error.
	OpenFile func(name string) (io.ReadCloser, error)

	Version string // of the program, for the report
	Replay  string // the command that repeats the run, for the report

	Started  func()       // called once all input is read and the run begins; nil is none
	Progress *Progress    // updated as the run goes; nil is none
	Stop     *atomic.Bool // set to end the run early, with partial results; nil never

	Explain bool // keep the router's choices, for the run log: some 300 bytes a request

	engine engine // nil is the real one
}

// Run runs every policy with every seed and returns their cells, by policy,
// then seed. Cells of the virtual clock run in parallel, one per CPU. The
// context ends a run on the wall clock early; on the virtual clock only Stop
// does, since nothing inside may wait on what is outside.
func Run(ctx context.Context, o Options) (*record.Run, error) {
	if len(o.Policies) == 0 || len(o.Seeds) == 0 {
		return nil, errors.New("sim: a run needs a policy and a seed")
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	if o.clock() != Wall && slices.ContainsFunc(o.Policies, func(p Policy) bool { return p.Target != nil }) {
		return nil, errors.New("sim: a target takes the wall clock")
	}
	s := o.Scenario
	out := &record.Run{
		Scenario: s.Name, Summary: s.Summary, Source: s.Source, World: s.WorldName, Clock: string(o.clock()),
		Start: s.Start, Duration: s.Duration, Replicas: s.Replicas, Recovery: s.Recovery,
		Thresholds: thresholds(s), Findings: slices.Clone(s.Notes), Version: o.Version, Arch: runtime.GOARCH, Replay: o.Replay,
	}
	cells, err := o.cells(out)
	if err != nil {
		return nil, err
	}
	out.Faults = faults(s, cells[0].names)
	if t := o.Policies[0].Target; t != nil {
		out.Target = t.URL.Redacted()
	}
	if o.Started != nil {
		o.Started()
	}
	n := len(cells)
	all, err := o.runAll(ctx, append(cells, steady(s, cells)...))
	if err != nil {
		return out, err
	}
	out.Cells, out.Steady = all[:n:n], all[n:]
	for _, c := range cells {
		out.Findings = append(out.Findings, c.remarks...)
	}
	return out, nil
}

// steady is the cells that the thresholds compare with: those they judge, without
// faults. None where no threshold asks for them.
func steady(s *scenarios.Scenario, cells []*cell) (out []*cell) {
	if !slices.ContainsFunc(s.Thresholds, func(t scenarios.Threshold) bool { return t.Than == scenarios.Steady }) {
		return nil
	}
	calm := *s
	calm.Timeline = nil
	for _, c := range cells {
		if c.policy.Gated {
			again := *c
			again.scenario, again.explain = &calm, false
			out = append(out, &again)
		}
	}
	return out
}

func (o *Options) clock() Clock {
	if o.Clock == "" {
		return Virtual
	}
	return o.Clock
}

// cells prepares every cell of the run. Cells of one seed share its load.
func (o *Options) cells(run *record.Run) ([]*cell, error) {
	s := o.Scenario
	words := newNames(&s.World, append(Vocabulary().Endpoints, router.Tools)) // which the router keeps apart from other chat
	rows, err := o.trace()
	if err != nil {
		return nil, err
	}
	plans := map[uint64]*load.Plan{}
	for _, seed := range o.Seeds {
		if s.World.Load.Trace != nil {
			plans[seed], err = load.FromTrace(s, rows, seed)
		} else {
			plans[seed], err = load.New(s, seed)
		}
		if err != nil {
			return nil, inputError{err}
		}
		if err := anyRequest(s, seed, len(plans[seed].Arrivals)); err != nil {
			return nil, err
		}
	}
	slack := time.Millisecond // hops and keyed offsets
	if o.clock() == Wall {
		slack = 250 * time.Millisecond
	}
	var out []*cell
	for _, p := range o.Policies {
		for _, seed := range o.Seeds {
			var config router.Config // of a target nothing is known
			var findings []string
			if p.Target == nil {
				if config, findings, err = p.routerConfig(&s.World); err != nil {
					return nil, err
				}
			}
			if seed == o.Seeds[0] {
				run.Findings = append(run.Findings, findings...)
			}
			plan := plans[seed]
			if s.Warm.Top > 0 && len(config.Cache.TTL) > 0 { // others have nothing to warm up
				plan = plan.Warmed(s.Warm, s.Replicas, seed)
			}
			out = append(out, &cell{
				scenario: s, policy: p, seed: seed, config: config, plan: plan,
				names: words, progress: o.Progress, stop: o.Stop, slack: slack, explain: o.Explain, engine: o.engine, target: p.Target,
			})
		}
	}
	return out, nil
}

// trace reads the rows of the load's trace, if it has one.
func (o *Options) trace() (rows []trace.Row, err error) {
	tr := o.Scenario.World.Load.Trace
	if tr == nil {
		return nil, nil
	}
	if o.OpenFile == nil {
		return nil, fmt.Errorf("sim: scenario %s plays back a trace, and no files can be opened here", o.Scenario.Name)
	}
	f, err := o.OpenFile(tr.File)
	if err != nil {
		return nil, invalid("load.trace.file: %s: %w", tr.File, err)
	}
	defer f.Close() //nolint:errcheck // only read
	if rows, err = trace.Read(f, tr.Format); err != nil {
		return nil, invalid("load.trace.file: %s: %w", tr.File, err)
	}
	return rows, nil
}

// runAll runs the cells and keeps their order.
func (o *Options) runAll(ctx context.Context, cells []*cell) ([]record.Cell, error) {
	defer paceCollector()()
	out := make([]record.Cell, len(cells))
	errs := make([]error, len(cells))
	o.Progress.cells.Add(int64(len(cells)))
	for _, c := range cells {
		o.Progress.planned.Add(int64(len(c.plan.Arrivals)))
	}
	parallel := min(len(cells), runtime.GOMAXPROCS(0))
	if o.clock() == Wall {
		parallel = 1
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(cells) {
					return
				}
				c := cells[i]
				began := time.Now()
				switch {
				case c.target != nil:
					out[i], errs[i] = c.outside(ctx)
				case o.clock() == Wall:
					out[i], errs[i] = c.wall(ctx)
				default:
					out[i], errs[i] = c.virtual()
				}
				errs[i] = c.wrap(errs[i])
				out[i].Wall = time.Since(began)
				o.Progress.ended.Add(1)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if errors.Is(err, bubble.ErrUnsupported) {
			return nil, err // every cell says the same
		}
	}
	return out, errors.Join(errs...)
}

func thresholds(s *scenarios.Scenario) []record.Threshold {
	out := make([]record.Threshold, 0, len(s.Thresholds))
	for _, t := range s.Thresholds {
		r := record.Threshold{
			Source: t.Source, Metric: t.Metric, Settle: t.Settle, Window: t.Window, Over: t.Over, Agg: t.Agg,
			Op: t.Op, Than: t.Than, Factor: t.Factor, Value: t.Value, Absent: t.Absent,
		}
		for _, p := range t.Select {
			r.Select = append(r.Select, record.Selector(p))
		}
		out = append(out, r)
	}
	return out
}

// faults describes the timeline for the report: when, and who could be hit.
func faults(s *scenarios.Scenario, n *names) []record.Fault {
	out := make([]record.Fault, 0, len(s.Timeline))
	for _, e := range s.Timeline {
		f := record.Fault{ID: e.ID, Kind: e.Fault.Kind, Start: e.At, End: e.At + e.For, Every: e.Every, How: how(&e.Fault), Scope: scope(&e)}
		for _, p := range s.World.Providers {
			for _, m := range p.Models {
				if matches(&e.Select, &p, &m) {
					f.Targets = append(f.Targets, n.target(p.Name+"/"+m.Name))
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// matches says whether a target could be hit, whatever the request.
func matches(sel *scenarios.Selector, p *scenarios.Provider, m *scenarios.Model) bool {
	named := len(sel.Providers) == 0
	for _, name := range sel.Providers {
		named = named || name == p.Name
	}
	return named && (sel.Vendor == "" || sel.Vendor == p.Vendor) && (sel.Region == "" || sel.Region == p.Region) &&
		(sel.Model == "" || sel.Model == m.Name) && (sel.Endpoint == "" || m.Serves(sel.Endpoint))
}
