package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/term"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// How often progress is shown: on a terminal, and in a log, where each time
// stays as a line of its own.
const (
	onTerminal = 200 * time.Millisecond
	inLog      = 30 * time.Second
)

// showProgress keeps a line on stderr up to date where that is a terminal, and
// writes one now and then where it is not. The function it returns ends that,
// and takes the line away again.
func showProgress(sys system, label string, s *scenarios.Scenario, p *sim.Progress) (done func()) {
	before, after, last, every := "", "\n", "", inLog
	if f, ok := sys.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		before, after, last, every = "\r\x1b[K", "", "\r\x1b[K", onTerminal
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				_, _ = fmt.Fprint(sys.stderr, last)
				return
			case <-tick.C:
				_, _ = fmt.Fprint(sys.stderr, before+progressLine(label, s, p, time.Since(began))+after)
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
	}
}

func progressLine(label string, s *scenarios.Scenario, p *sim.Progress, real time.Duration) string {
	ended, all := p.Cells()
	per := p.Simulated()
	if all > 0 {
		per /= time.Duration(all)
	}
	speed := 0.0
	if real > 0 {
		speed = p.Simulated().Seconds() / real.Seconds()
	}
	return fmt.Sprintf("%s: %s of %s, %d of %d requests, %d of %d cells, %.0f× real time (%d CPUs)",
		label, per.Round(time.Second), s.Duration, p.Done(), p.Planned(), ended, all, speed, runtime.GOMAXPROCS(0))
}
