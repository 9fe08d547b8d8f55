package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// interrupts turns the first SIGINT or SIGTERM into stop, which the load polls
// from inside virtual time, and a cancelled context for the wall clock. The
// second ends the program at once. release undoes it.
func interrupts(stderr io.Writer, stop *atomic.Bool) (ctx context.Context, release func()) {
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
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(quit)
		cancel()
	}
}
