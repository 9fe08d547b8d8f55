package fakeproviders

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

func TestScheduleTokens(t *testing.T) {
	s := newSchedule(0, 5, 100, 10)
	for at, want := range map[time.Duration]int{0: 0, 99: 0, 100: 1, 109: 1, 110: 2, 140: 5, 1000: 5} {
		require.Equal(t, want, s.due(at), at)
	}
	require.Equal(t, 0, s.lastBy(50), "the next one where none is due")
	require.Equal(t, 2, s.lastBy(125))
	require.Equal(t, time.Duration(130), s.timeOf(3))
	s.advance(125)
	require.Equal(t, 3, s.next)
	require.Equal(t, time.Duration(130), s.at)
	require.Equal(t, time.Duration(10), s.tpot())
	s.advance(never)
	require.True(t, s.done())
	require.Equal(t, time.Duration(140), s.last)
}

// A token due at the very instant of a hang is not generated; it comes at once
// when the hang ends, and what was generated before it stays generated.
func TestSchedulePauseAtTheInstantOfAToken(t *testing.T) {
	s := newSchedule(0, 5, 100, 10)
	s.pause(120)
	require.Equal(t, 2, s.next)
	require.Equal(t, 2, s.due(500), "frozen")
	s.resume(500)
	require.Equal(t, 3, s.due(500))
	s.advance(never)
	require.Equal(t, time.Duration(520), s.last)
	require.Equal(t, (time.Duration(520)-100)/4, s.tpot(), "the stall counts")
}

func TestSchedulePauseBetweenTokens(t *testing.T) {
	s := newSchedule(0, 5, 100, 10)
	s.pause(104)
	s.resume(1000)
	require.Equal(t, time.Duration(1006), s.at)
}

func TestScheduleStretch(t *testing.T) {
	s := newSchedule(0, 5, 100, 10)
	s.stretch(50, 3, 0)
	require.Equal(t, time.Duration(100), s.at, "the time to the first token is as it was on arrival")
	require.Equal(t, time.Duration(30), s.gap)
	s.advance(110)
	require.Equal(t, time.Duration(130), s.at)
	s.stretch(112, 1, 0)
	require.Equal(t, time.Duration(118), s.at, "18 of 30 were left, a third of them now")
	require.Equal(t, time.Duration(10), s.gap)
	s.stretch(112, 1e-9, 0)
	require.Equal(t, time.Duration(1), s.gap, "never zero")
}

// The longest schedule there can be does not overflow.
func TestScheduleBounds(t *testing.T) {
	s := newSchedule(0, maxOutput, maxFirst, maxGap)
	s.stretch(0, 1e6, 0)
	s.advance(maxFirst)
	require.Positive(t, s.timeOf(maxOutput-1))
	require.Equal(t, maxOutput, s.due(never))
	s.advance(never)
	require.True(t, s.done())
}

func TestQuantise(t *testing.T) {
	for name, row := range map[string]struct {
		ns   float64
		want time.Duration
	}{
		"rounds":    {1499.4, time.Microsecond},
		"rounds up": {1500, 2 * time.Microsecond},
		"negative":  {-5, 0},
		"NaN":       {math.NaN(), 0},
		"infinite":  {math.Inf(1), time.Second},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, quantise(row.ns, time.Second)) })
	}
}

// The counter remembers what it saw within a generation and stays bounded.
func TestSeenIsBounded(t *testing.T) {
	var s seen
	require.Equal(t, 0, s.next(1))
	require.Equal(t, 1, s.next(1))
	for i := range 3 * generation {
		s.next(keyed.Key(1000 + i))
		if i%(generation/2) == 0 {
			require.Positive(t, s.next(1), "it is asked for often enough to be kept")
		}
		require.LessOrEqual(t, len(s.now)+len(s.old), 2*generation)
	}
	require.Equal(t, 0, s.next(1000), "forgotten after two generations")
}
