package main

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSignalsCloseTogetherAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, quit := make(chan os.Signal), make(chan struct{})
		first, second := 0, 0
		go heed(signals, quit, func() { first++ }, func() { second++ })
		after := func(wait time.Duration, wantSecond int) {
			time.Sleep(wait)
			signals <- os.Interrupt
			synctest.Wait()
			require.Equal(t, 1, first)
			require.Equal(t, wantSecond, second)
		}
		after(0, 0)
		after(0, 0)
		after(time.Millisecond, 0)
		after(sameSignal-time.Millisecond, 0)
		after(time.Nanosecond, 1)
		close(quit)
	})
}
