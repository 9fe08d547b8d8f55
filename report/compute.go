package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/sim/record"
)

// maxSendLag is how late the load generator may send on the wall clock (99th
// percentile, or the worst of fewer than 100 requests) before the run says
// more about the machine than about the policy.
const maxSendLag = 50 * time.Millisecond

// Compute turns the logs of a run into its report. The invariants are what
// the checkers found, by the index of the cell in run.Cells; a cell without
// an entry is shown as unchecked.
//
// The logs must be in the order their fields state. Compute only reads the
// run. A nil run gives an empty result that is inconclusive.
func Compute(run *record.Run, invariants map[int][]Invariant) *Result {
	if run == nil {
		run = &record.Run{}
	}
	result := newResult(run)
	fired := firedIn(run)
	refs, figures := references{}, make([][]figure, len(run.Cells))
	for i := range run.Cells {
		cell, measured := computeCell(run, &run.Cells[i], invariants[i], &fired)
		refs[reference{policy: cell.Policy, seed: cell.Seed}], figures[i] = measured, measured
		for k := range cell.Faults {
			result.Faults[k].Hits += cell.Faults[k].Hits
		}
		result.N += cell.Requests
		if !slices.Contains(result.Seeds, cell.Seed) {
			result.Seeds = append(result.Seeds, cell.Seed)
		}
		result.Cells = append(result.Cells, cell)
	}
	for k := range result.Faults {
		result.Faults[k].Fired = fired[k]
	}
	for i := range run.Cells {
		result.Cells[i].Incidents = incidentsOf(run, &run.Cells[i])
	}
	for i := range run.Steady {
		calm := &run.Steady[i]
		refs[reference{calm.Policy, calm.Seed, true}] = join(run, calm).figures(&Cell{})
	}
	result.judgePolicies(run, refs, figures)
	result.Findings = append(result.Findings, stalePrices(result.Cells)...)
	result.judge(run)
	return result
}

func newResult(run *record.Run) *Result {
	r := &Result{
		Version: Version, Scenario: run.Scenario, Summary: run.Summary, Source: run.Source, World: run.World, Target: run.Target,
		Clock: run.Clock, Start: run.Start.UTC().Format(time.RFC3339),
		Duration: Seconds(run.Duration), Recovery: Seconds(run.Recovery),
		Seeds: []uint64{}, ProgramVersion: run.Version, Arch: run.Arch,
		QuantileKind: stats.QuantileKind, Replay: run.Replay,
		Findings: slices.Clone(run.Findings), Faults: []FaultInfo{}, Policies: []PolicyResult{}, Cells: []Cell{},
	}
	if run.Replicas > 1 {
		r.Replicas = run.Replicas
	}
	for i := range run.Faults[:min(len(run.Faults), maxFaults)] {
		fault := &run.Faults[i]
		info := FaultInfo{
			ID: fault.ID, Kind: fault.Kind, How: fault.How, Scope: fault.Scope, Start: Seconds(fault.Start), End: Seconds(fault.End), Every: Seconds(fault.Every),
			Targets: []string{},
		}
		for _, target := range fault.Targets {
			if len(run.Cells) > 0 && target >= 0 && int(target) < len(run.Cells[0].Targets) {
				info.Targets = append(info.Targets, run.Cells[0].Targets[target].Name)
			}
		}
		r.Faults = append(r.Faults, info)
	}
	return r
}

// computeCell computes everything about a cell but its verdict, and the figures of
// the thresholds. Of the other cells it needs to know only which faults fired in
// any.
func computeCell(run *record.Run, logs *record.Cell, invariants []Invariant, fired *[maxFaults]bool) (Cell, []figure) {
	j := join(run, logs)
	cell := Cell{
		Policy: logs.Policy, Seed: logs.Seed, Gated: logs.Gated, Digest: Digest(logs),
		Planned: logs.Planned, Interrupted: logs.Interrupted, Part: *j.measure(everything()),
		Outcomes: make(map[string]int), Relays: make(map[string]int), SendLag: sendLag(logs),
		Phases: Parts{}, Tasks: Parts{}, Providers: Parts{}, Faults: j.faultTimes(fired),
		Thresholds: []Threshold{}, Invariants: slices.Clone(invariants),
	}
	if cell.Invariants == nil {
		cell.Invariants = []Invariant{}
	}
	cell.WarmUps, cell.Deferred = j.warmUps(), deferredOf(logs)
	for i := range logs.Requests {
		if logs.Requests[i].WarmUp {
			continue
		}
		cell.Outcomes[logs.Requests[i].Outcome.String()]++
	}
	cell.Dropped = cell.Outcomes[record.Dropped.String()]
	for i := range logs.Relays {
		cell.Relays[logs.Relays[i].Outcome.String()]++
	}
	cell.Endings, cell.Hedges, cell.Shadows, cell.Probes = endings(logs), hedgesOf(logs), shadowsOf(logs), probesOf(logs)
	cell.Comparisons, cell.Premiums = comparisonsOf(logs), j.premiums()
	cell.Alerts = alertsOf(logs)
	cell.NotVisible = notVisible(run, logs)
	for _, name := range phaseNames(run) {
		f := everything()
		f.phase, _ = phaseNumber(run, name)
		cell.Phases = append(cell.Phases, j.named(name, f))
	}
	for i, name := range logs.Tasks {
		f := everything()
		f.task = int16(i)
		cell.Tasks = append(cell.Tasks, j.named(name, f))
	}
	for i, name := range logs.Providers {
		f := everything()
		f.provider = int16(i)
		cell.Providers = append(cell.Providers, j.named(name, f))
	}
	cell.Detect, _, _ = worst(cell.Faults, pickDetect)
	cell.Failover, _, _ = worst(cell.Faults, pickFailover)
	cell.Failback, _, _ = worst(cell.Faults, pickFailback)
	if cell.Gated {
		cell.Shortfall = j.shortfall()
	}
	return cell, j.figures(&cell)
}

// endings counts the attempts by target and reason.
func endings(logs *record.Cell) []Ending {
	if logs.Outside {
		return arrivals(logs)
	}
	type key struct{ target, reason int16 }
	counts := make(map[key]int)
	for i := range logs.Attempts {
		counts[key{logs.Attempts[i].Target, logs.Attempts[i].Reason}]++
	}
	list := []Ending{}
	for t := range logs.Targets {
		for r := range logs.Reasons {
			if n := counts[key{int16(t), int16(r)}]; n > 0 {
				list = append(list, Ending{Target: logs.Targets[t].Name, Reason: logs.Reasons[r], Attempts: n})
			}
		}
	}
	return list
}

// named measures a part and gives it its name.
func (j *joined) named(name string, f filter) Part {
	part := *j.measure(f)
	part.Name = name
	return part
}

// sendLag summarises how late requests were sent, nil when none was.
func sendLag(cell *record.Cell) *Distribution {
	values := make([]float64, 0, len(cell.Requests))
	for i := range cell.Requests {
		if r := &cell.Requests[i]; r.Outcome != record.Dropped && r.Sent >= r.Scheduled {
			values = append(values, float64(r.Sent-r.Scheduled))
		}
	}
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	return newDistribution(values)
}

// judge settles the verdict of the run from those of its cells, from the
// faults that hit nothing and from the load.
func (r *Result) judge(run *record.Run) {
	r.Verdict = Pass
	because := func(v Verdict, reason string) {
		r.Verdict = r.Verdict.worse(v)
		r.Reasons = append(r.Reasons, reason)
	}
	if len(r.Cells) == 0 {
		because(Inconclusive, "nothing was run")
	}
	seen := make(map[string]bool)
	for i := range r.Cells {
		cell := &r.Cells[i]
		name := cell.Policy
		if len(r.Seeds) > 1 {
			name = fmt.Sprintf("%s, seed %d", cell.Policy, cell.Seed)
		}
		if seen[name] {
			name = fmt.Sprintf("%s (cell %d)", name, i)
		}
		seen[name] = true
		for _, reason := range cell.Reasons {
			because(cell.Verdict, name+": "+reason)
		}
		r.Verdict = r.Verdict.worse(cell.Verdict)
		if cell.Dropped > 0 {
			because(Inconclusive, fmt.Sprintf("%s: the load generator dropped %d requests", name, cell.Dropped))
		}
		if lag, late := cell.Lagged(run.Clock); late {
			because(Inconclusive, fmt.Sprintf("%s: the load generator lagged by %v, %v permitted", name, lag, maxSendLag))
		}
	}
	for _, p := range r.Policies {
		for _, reason := range p.Reasons {
			because(p.Verdict, p.Policy+": "+reason)
		}
	}
	for _, fault := range r.Faults {
		// A fault of kind none injects nothing, so it cannot hit anything.
		// One that an interrupted run never came to is no news either.
		if !fault.Fired && fault.Kind != "none" && len(r.Cells) > 0 && !r.interrupted() && (run.Target == "" || fault.Kind != refuse) {
			because(Inconclusive, fmt.Sprintf("fault %s hit no request of any policy", fault.ID))
		}
	}
}

func (r *Result) interrupted() bool {
	return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Interrupted })
}

// Lagged is how late the load generator sent, and whether that is too much, which
// it can be on the wall clock only.
func (c *Cell) Lagged(clock string) (lag time.Duration, late bool) {
	switch {
	case c.SendLag == nil:
		return 0, false
	case c.SendLag.P99 != nil:
		lag = time.Duration(*c.SendLag.P99)
	default:
		lag = time.Duration(*c.SendLag.Max)
	}
	return lag, clock == "wall" && lag > maxSendLag
}
