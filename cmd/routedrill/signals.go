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

const (
	// startGrace is how long a program that was told to stop may take to come from
	// reading its input to a run, which then ends with a partial report.
	startGrace = 2 * time.Second

	// sameSignal is for how long further signals count as the first: `timeout`, and
	// a shell's Ctrl-C on top of it, send theirs to a process and to its group.
	sameSignal = time.Second
)

// interrupts turns the first SIGINT or SIGTERM into stop, which the load polls
// from inside virtual time, and a cancelled context for the wall clock. The
// second ends the program at once, and so does the first where there is no run
// to stop: running says whether one is under way. release undoes it.
func interrupts(stderr io.Writer, stop *atomic.Bool, running func() bool) (ctx context.Context, release func()) {
	return onSignal(func() {
		_, _ = fmt.Fprintln(stderr, "routedrill: stopping; the report will be partial (interrupt again to quit at once)")
		stop.Store(true)
		time.AfterFunc(startGrace, func() {
			if !running() {
				os.Exit(codeInterrupted)
			}
		})
	})
}

// untilStopped is a context that the first SIGINT or SIGTERM ends. The second
// ends the program. release undoes it.
func untilStopped() (ctx context.Context, release func()) { return onSignal(func() {}) }

// onSignal calls first and cancels ctx at the first SIGINT or SIGTERM, and ends
// the program at the second. release undoes it.
func onSignal(first func()) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	quit := make(chan struct{})
	go heed(signals, quit, func() { first(); cancel() }, func() { os.Exit(codeInterrupted) })
	return ctx, func() {
		signal.Stop(signals)
		close(quit)
		cancel()
	}
}

// heed calls first at the first signal and second at each that comes more than
// sameSignal after it, until quit is closed.
func heed(signals <-chan os.Signal, quit <-chan struct{}, first, second func()) {
	var began time.Time
	for {
		select {
		case <-quit:
			return
		case <-signals:
		}
		switch {
		case began.IsZero():
			began = time.Now()
			first()
		case time.Since(began) > sameSignal:
			second()
		}
	}
}
