package report

import (
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// maxFaults is how many faults have a bit in a journal entry.
const maxFaults = 64

// refuse is the kind of fault whose hits no provider can journal.
const refuse = "refuse"

// hits is what a fault did to one cell. The zero value hit nothing.
type hits struct {
	n     int           // attempts
	first record.Offset // when the first of them arrived, if n is not 0
}

func (h *hits) add(at record.Offset) {
	if h.n == 0 || at < h.first {
		h.first = at
	}
	h.n++
}

// countHits finds what each fault hit, by the providers' journal.
func countHits(run *record.Run, cell *record.Cell) (all [maxFaults]hits) {
	for i := range cell.Journal {
		if cell.Journal[i].Shadow {
			continue // nobody's request
		}
		for bit, faults := 0, cell.Journal[i].Faults; faults != 0; bit, faults = bit+1, faults>>1 {
			if faults&1 != 0 {
				all[bit].add(cell.Journal[i].Arrived)
			}
		}
	}
	for bit := range run.Faults[:min(len(run.Faults), maxFaults)] {
		if run.Faults[bit].Kind == refuse {
			refusals(&run.Faults[bit], cell, &all[bit])
		}
	}
	return all
}

// refusals counts the attempts that a fault of the kind `refuse` hit. A server
// that is not there keeps no journal, so the router's audit tells.
func refusals(fault *record.Fault, cell *record.Cell, h *hits) {
	for i := range cell.Attempts {
		a := &cell.Attempts[i]
		if a.Reason >= 0 && int(a.Reason) < len(cell.Reasons) && cell.Reasons[a.Reason] == "connection_refused" &&
			fault.Active(a.Start) && slices.Contains(fault.Targets, a.Target) {
			h.add(a.Start)
		}
	}
}

// firedIn says of each fault whether it hit anything in any cell.
func firedIn(run *record.Run) (fired [maxFaults]bool) {
	for i := range run.Cells {
		for bit, h := range countHits(run, &run.Cells[i]) {
			fired[bit] = fired[bit] || h.n > 0
		}
	}
	return fired
}
