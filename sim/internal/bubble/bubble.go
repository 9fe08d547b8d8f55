// Package bubble is the one way into virtual time: it runs a function inside a
// testing/synctest bubble from an ordinary program.
//
// Inside, plain time calls see a fake clock that jumps to the next event once
// every goroutine of the bubble is blocked. Goroutines made inside must have
// ended when the function returns. Nothing inside may wait on a channel, timer
// or context made outside: virtual time would stop.
package bubble

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
)

// Errors of Run, found with errors.Is.
var (
	// ErrUnsupported means that this process cannot enter a bubble at all.
	ErrUnsupported = errors.New("virtual time is not available in this process")

	// ErrStuck means that every goroutine of the bubble waited for ever, or that
	// some were still blocked when the function returned.
	ErrStuck = errors.New("virtual time came to a standstill")
)

// Run runs f in a bubble of its own and returns when f and every goroutine it
// started have ended. The clock starts at midnight UTC 2000-01-01. Several
// bubbles may run at once in different goroutines.
//
// A deadlock or a leaked goroutine comes back as an error with ErrStuck; a
// GODEBUG setting that forbids bubbles as ErrUnsupported. A panic of f comes
// back as an error; a panic of another goroutine ends the process, as always.
func Run(f func()) (err error) {
	var inside error // of f itself; what the bubble makes of its remains comes second
	returned := false
	defer func() {
		if v := recover(); v != nil {
			err = classify(v, returned)
		}
		if inside != nil {
			err = inside
		}
	}()
	synctest.Test(new(testing.T), func(*testing.T) {
		defer func() {
			// The bubble's own recovery needs a test that is really running.
			if v := recover(); v != nil {
				inside = fmt.Errorf("panic in virtual time: %v\n%s", v, debug.Stack())
			}
			returned = true
		}()
		f()
	})
	return nil
}

// classify names the cause of a panic out of synctest, which the runtime gives
// as text only.
func classify(v any, returned bool) error {
	text := fmt.Sprint(v)
	switch {
	case strings.Contains(text, "asynctimerchan"):
		return fmt.Errorf("%w: GODEBUG=asynctimerchan=1 is set, which forbids it; unset it, or use the wall clock (%s)", ErrUnsupported, text)
	case strings.Contains(text, "deadlock") || returned:
		return fmt.Errorf("%w: %s", ErrStuck, text)
	}
	return fmt.Errorf("panic in virtual time: %s", text)
}
