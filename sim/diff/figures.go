package diff

import (
	"time"

	"github.com/routedrill/routedrill/report"
)

// figures is what is kept of one cell. JSON gives every number back to the bit.
type figures struct {
	Requests int               `json:"requests"`
	Dropped  int               `json:"dropped"`
	Lag      time.Duration     `json:"lag,omitempty"` // of the load generator, where that was too much
	Measured []report.Measured `json:"measured"`      // by metric of the drill
	Faults   []faultHit        `json:"faults"`        // in the order of the timeline
	Broken   []broken          `json:"broken"`
}

// faultHit says whether a fault hit anything.
type faultHit struct {
	ID    string `json:"id"`
	Fired bool   `json:"fired"`
}

// broken is an invariant that does not hold.
type broken struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Times  int    `json:"times"`
}

// newFigures takes them from the report of one cell.
func newFigures(r *report.Result) figures {
	cell := &r.Cells[0]
	f := figures{Requests: cell.Requests, Dropped: cell.Dropped}
	if lag, late := cell.Lagged(r.Clock); late {
		f.Lag = lag
	}
	for i := range cell.Thresholds {
		t := &cell.Thresholds[i]
		m := report.Measured{N: t.N, Hidden: t.NotVisible}
		if t.Measured != nil {
			m.Value, m.OK = float64(*t.Measured), true
		}
		f.Measured = append(f.Measured, m)
	}
	for _, fault := range r.Faults {
		f.Faults = append(f.Faults, faultHit{fault.ID, fault.Fired || fault.Kind == "none"})
	}
	for _, inv := range cell.Invariants {
		if inv.Violations > 0 {
			f.Broken = append(f.Broken, broken{inv.Number, inv.Name, inv.Violations})
		}
	}
	return f
}
