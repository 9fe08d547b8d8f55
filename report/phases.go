package report

import (
	"github.com/routedrill/routedrill/sim/record"
)

// The names of the phases that are no fault's.
const (
	PhaseBefore   = "before"   // before the first fault
	PhaseRecovery = "recovery" // outside all faults, less than Run.Recovery after the latest end of one
	PhaseAfter    = "after"    // outside all faults, later than that
)

// quiet is the phase of an instant outside all faults.
type quiet uint8

const (
	inFault quiet = iota
	inBefore
	inRecovery
	inAfter
)

// phaseClock tells the phases of instants.
type phaseClock struct {
	faults   []record.Fault
	recovery record.Offset
	first    record.Offset // start of the first fault
}

func newPhaseClock(run *record.Run) *phaseClock {
	c := &phaseClock{faults: run.Faults, recovery: run.Recovery}
	c.faults = c.faults[:min(len(c.faults), maxFaults)]
	for i, fault := range c.faults {
		if i == 0 || fault.Start < c.first {
			c.first = fault.Start
		}
	}
	return c
}

// at returns the faults active at an instant, a bit for each, and the phase
// it is in when there are none. See [record.Fault.Active].
func (c *phaseClock) at(t record.Offset) (faults uint64, phase quiet) {
	for i := range c.faults {
		if c.faults[i].Active(t) {
			faults |= 1 << i
		}
	}
	switch {
	case faults != 0:
		return faults, inFault
	case len(c.faults) == 0 || t < c.first:
		return 0, inBefore
	}
	latest := record.Offset(0) // end of a fault that ended by now
	for i := range c.faults {
		if end, ok := c.faults[i].LastEnd(t); ok {
			latest = max(latest, end)
		}
	}
	if t-latest < c.recovery {
		return 0, inRecovery
	}
	return 0, inAfter
}

// since is the time from the latest start of any fault to an instant; Never when
// none has started.
func (c *phaseClock) since(t record.Offset) record.Offset {
	least := record.Never
	for i := range c.faults {
		if d, ok := c.faults[i].Since(t); ok && (least == record.Never || d < least) {
			least = d
		}
	}
	return least
}

// filter chooses requests. The zero value is not useful; start from
// everything().
type filter struct {
	phase    int           // -1 any, else index of a fault, or phaseQuiet + quiet
	task     int16         // index in Cell.Tasks, record.None for any
	provider int16         // index in Cell.Providers, record.None for any
	settle   record.Offset // leaves out requests scheduled so soon after a fault began; 0 leaves out none
}

// inTime reports whether a filter chooses a request by its instant.
func (r *row) inTime(f filter) bool {
	return r.inPhase(f.phase) && (f.settle == 0 || r.since == record.Never || r.since >= f.settle)
}

// phaseQuiet is where the phases outside faults begin in filter.phase.
const phaseQuiet = maxFaults

func everything() filter { return filter{phase: -1, task: record.None, provider: record.None} }

// phaseNumber finds the number of a phase by its name. The words for phases
// outside faults come first, as in the report.
func phaseNumber(run *record.Run, name string) (int, bool) {
	switch name {
	case PhaseBefore:
		return phaseQuiet + int(inBefore), true
	case PhaseRecovery:
		return phaseQuiet + int(inRecovery), true
	case PhaseAfter:
		return phaseQuiet + int(inAfter), true
	}
	for i := range run.Faults[:min(len(run.Faults), maxFaults)] {
		if run.Faults[i].ID == name {
			return i, true
		}
	}
	return 0, false
}

// phaseNames lists the phases in the order of the report.
func phaseNames(run *record.Run) []string {
	names := []string{PhaseBefore}
	for i := range run.Faults[:min(len(run.Faults), maxFaults)] {
		names = append(names, run.Faults[i].ID)
	}
	if len(names) > 1 {
		names = append(names, PhaseRecovery, PhaseAfter)
	}
	return names
}

// inPhase reports whether a request is in the phase of a filter.
func (r *row) inPhase(phase int) bool {
	switch {
	case phase < 0:
		return true
	case phase < phaseQuiet:
		return r.faults&(1<<phase) != 0
	}
	return r.quiet == quiet(phase-phaseQuiet)
}
