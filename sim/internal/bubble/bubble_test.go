package bubble_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/internal/bubble"
)

func TestRunOutcomes(t *testing.T) {
	tests := []struct {
		name string
		f    func()
		is   error
		text string
	}{
		{name: "returns", f: func() { time.Sleep(time.Hour) }},
		{name: "deadlock", f: func() { <-make(chan int) }, is: bubble.ErrStuck, text: "deadlock"},
		{name: "leaked goroutine", f: func() { go func() { <-make(chan int) }() }, is: bubble.ErrStuck, text: "deadlock"},
		{name: "panic", f: func() { panic("boom") }, text: "boom"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := bubble.Run(tt.f)
			if tt.text == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.text)
			if tt.is != nil {
				require.ErrorIs(t, err, tt.is)
			}
		})
	}
}

func TestRunJumpsOverSleeps(t *testing.T) {
	var slept time.Duration
	require.NoError(t, bubble.Run(func() {
		start := time.Now()
		time.Sleep(4 * time.Hour)
		slept = time.Since(start)
	}))
	require.Equal(t, 4*time.Hour, slept)
}
