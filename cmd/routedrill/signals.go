package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// startGrace is how long a program that was told to stop may take to come from
// reading its input to a run, which then ends with a partial report.
const startGrace = 2 * time.Second

// interrupts turns the first SIGINT or SIGTERM into stop, which the load polls
// from inside virtual time, and a cancelled context for the wall clock. The
// second ends the program at once, and so does the first where there is no run
// to stop: running says whether one is under way. release undoes it.
func interrupts(stderr io.Writer, stop *atomic.Bool, running func() bool) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	quit := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			case <-signals:
			}
			if n > 0 {
				os.Exit(codeInterrupted)
			}
			_, _ = fmt.Fprintln(stderr, "routedrill: stopping; the report will be partial (interrupt again to quit at once)")
			stop.Store(true)
			cancel()
			time.AfterFunc(startGrace, func() {
				if !running() {
					os.Exit(codeInterrupted)
				}
			})
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(quit)
		cancel()
	}
}
