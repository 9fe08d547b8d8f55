package sim

import (
	"sync/atomic"
	"time"
)

// Progress is read from outside while a run is under way. The zero value is
// ready. It is safe for concurrent use.
type Progress struct {
	planned atomic.Int64
	done    atomic.Int64
	cells   atomic.Int64
	ended   atomic.Int64
	virtual atomic.Int64
}

// Planned and Done count requests over all cells of the run.
func (p *Progress) Planned() int64 { return p.planned.Load() }

// Done counts the requests that have their outcome.
func (p *Progress) Done() int64 { return p.done.Load() }

// Cells returns how many cells have ended, of how many.
func (p *Progress) Cells() (ended, all int64) { return p.ended.Load(), p.cells.Load() }

// Simulated is the scenario time passed so far, summed over the cells.
func (p *Progress) Simulated() time.Duration { return time.Duration(p.virtual.Load()) }
