package load

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/trace"
)

// Plan is the whole load of a run, worked out before it starts.
type Plan struct {
	Arrivals []time.Duration // strictly increasing offsets from the scenario's start, those of the load and then those of warm-ups
	Specs    []Spec          // what each arrival asks for, by the same index
	WarmUps  int             // how many at the end of both are no load, but an operator's warm-up of a cache
	Models   []string        // models that rows of a trace name; Spec.Model counts from 1
}

// Load is the arrivals without those of warm-ups.
func (p *Plan) Load() []time.Duration { return p.Arrivals[:len(p.Arrivals)-p.WarmUps] }

// IsWarmUp reports whether a request is a warm-up's.
func (p *Plan) IsWarmUp(seq uint32) bool {
	return p.WarmUps > 0 && int(seq) >= len(p.Arrivals)-p.WarmUps
}

// Model is what a request asks for: its row's model, or else its task's.
func (p *Plan) Model(s Spec, task *scenarios.Task) string {
	if s.Model > 0 {
		return p.Models[s.Model-1]
	}
	return task.Model
}

// New works out the load of a scenario without a trace.
func New(s *scenarios.Scenario, seed uint64) (*Plan, error) {
	arrivals, err := Arrivals(&s.World.Load, s.Duration, seed)
	if err != nil {
		return nil, err
	}
	p := &Plan{Arrivals: arrivals}
	draws, err := newDraws(s.World.Tasks)
	if err != nil {
		return nil, err
	}
	p.Specs = make([]Spec, len(p.Arrivals))
	for i := range p.Specs {
		p.Specs[i] = draws.spec(seed, i, draws.task(seed, i))
	}
	return p, nil
}

// FromTrace plays back rows at the instants they name. A row's own figures win
// over its task's; a row that names no task gets the trace's.
func FromTrace(s *scenarios.Scenario, rows []trace.Row, seed uint64) (*Plan, error) {
	tr := s.World.Load.Trace
	draws, err := newDraws(s.World.Tasks)
	if err != nil {
		return nil, err
	}
	p := &Plan{Arrivals: make([]time.Duration, len(rows)), Specs: make([]Spec, len(rows))}
	seen := newcomers{tenants: map[string]uint32{}, sessions: map[string]uint32{}}
	for i, row := range rows {
		if row.At >= s.Duration {
			return nil, fmt.Errorf("load: %s: row %d of %d arrives %s after the first, but the scenario lasts %s: set a longer duration",
				tr.File, i+1, len(rows), row.At.Round(time.Second), s.Duration)
		}
		name := row.Task
		if name == "" {
			name = tr.Task
		}
		task, ok := draws.byName[name]
		if !ok {
			return nil, fmt.Errorf("load: %s: row %d names the task %q, which the scenario does not have", tr.File, i+1, name)
		}
		p.Arrivals[i] = row.At
		p.Specs[i] = draws.spec(seed, i, task).with(row, i, &seen)
		if row.Model != "" {
			if !s.World.Answers(row.Model) {
				return nil, fmt.Errorf("load: %s: row %d names the model %q, which is neither a route nor a target of the world", tr.File, i+1, row.Model)
			}
			p.Specs[i].Model = p.model(row.Model)
		}
	}
	p.Arrivals = spread(p.Arrivals, seed)
	return p, nil
}

// model numbers a model, from 1. There are no more than routes and targets.
func (p *Plan) model(name string) uint16 {
	i := slices.Index(p.Models, name)
	if i < 0 {
		i = len(p.Models)
		p.Models = append(p.Models, name)
	}
	return uint16(i + 1)
}

// draws holds what a spec is drawn from.
type draws struct {
	tasks          []scenarios.Task
	byName         map[string]int
	share          []float64 // cumulative weights, the last one 1
	prompt, output []latency.Dist
}

func newDraws(tasks []scenarios.Task) (*draws, error) {
	d := &draws{tasks: tasks, byName: map[string]int{}}
	sum := 0.0
	for i, t := range tasks {
		d.byName[t.Name] = i
		sum += t.Weight
		d.share = append(d.share, sum)
		for _, e := range []struct {
			dist scenarios.Dist
			into *[]latency.Dist
			what string
		}{{t.PromptTokens, &d.prompt, "prompt_tokens"}, {t.OutputTokens, &d.output, "output_tokens"}} {
			dist, err := Distribution(e.dist)
			if err != nil {
				return nil, fmt.Errorf("load: task %s: %s: %w", t.Name, e.what, err)
			}
			*e.into = append(*e.into, dist)
		}
	}
	for i := range d.share {
		d.share[i] /= sum
	}
	return d, nil
}

// task draws which task request i belongs to.
func (d *draws) task(seed uint64, i int) int {
	u := keyed.Uniform(keyed.Hash(seed, "task", "", "", i))
	for t, edge := range d.share {
		if u < edge {
			return t
		}
	}
	return len(d.share) - 1
}

// RequestID is the identity of request seq, the same in every run.
func RequestID(seq uint32) string {
	digits := strconv.FormatUint(uint64(seq), 10)
	return "req-" + "000000"[min(len(digits), 6):] + digits
}

// ParseRequestID returns the seq of an id made by [RequestID].
func ParseRequestID(id string) (uint32, bool) {
	if len(id) < 5 || id[:4] != "req-" {
		return 0, false
	}
	n, err := strconv.ParseUint(id[4:], 10, 32)
	return uint32(n), err == nil
}
