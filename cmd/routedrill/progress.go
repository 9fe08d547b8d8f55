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

// showProgress keeps a line on stderr up to date where that is a terminal. The
// function it returns takes the line away again.
func showProgress(sys system, label string, s *scenarios.Scenario, p *sim.Progress) (done func()) {
	f, ok := sys.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				_, _ = fmt.Fprint(f, "\r\x1b[K")
				return
			case <-tick.C:
				_, _ = fmt.Fprint(f, "\r\x1b[K"+progressLine(label, s, p, time.Since(began)))
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
