package sim

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// patience is how long a cell may show no sign of life, in real time, before
// the watchdog gives it up. Standing still is what a wait on something outside
// the bubble, or on a mutex held across a sleep, looks like.
const patience = 2 * time.Minute

// watchdog sits outside the bubble, in real time.
type watchdog struct {
	patience time.Duration
	logs     atomic.Pointer[collector]
	barked   chan error // holds one
	quit     chan struct{}
}

func newWatchdog(patience time.Duration) *watchdog {
	w := &watchdog{patience: patience, barked: make(chan error, 1), quit: make(chan struct{})}
	go w.guard()
	return w
}

// watch names the logs whose growth is the sign of life.
func (w *watchdog) watch(c *collector) { w.logs.Store(c) }

func (w *watchdog) stop() { close(w.quit) }

func (w *watchdog) guard() {
	tick := time.NewTicker(w.patience / 100)
	defer tick.Stop()
	last, since := int64(-1), time.Now()
	for {
		select {
		case <-w.quit:
			return
		case <-tick.C:
		}
		if c := w.logs.Load(); c != nil {
			if n := c.beats.Load(); n != last {
				last, since = n, time.Now()
			}
		}
		if time.Since(since) < w.patience {
			continue
		}
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		w.barked <- fmt.Errorf("sim: nothing has happened for %s of real time; goroutines:\n%s", w.patience, stacks)
		return
	}
}
