package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/record"
)

func TestWatchdogBarksWhenNothingHappens(t *testing.T) {
	w := newWatchdog(100 * time.Millisecond)
	defer w.stop()
	w.watch(newCollector(&names{}, time.Now(), 1, new(Progress)))
	err := <-w.barked
	require.ErrorContains(t, err, "nothing has happened for 100ms of real time")
	require.Contains(t, err.Error(), "TestWatchdogBarks", "the stacks are part of it")
}

func TestWatchdogIsQuietWhileRecordsCome(t *testing.T) {
	const patience = 100 * time.Millisecond
	w := newWatchdog(patience)
	col := newCollector(&names{}, time.Now(), 1, new(Progress))
	w.watch(col)
	for began := time.Now(); time.Since(began) < 3*patience; {
		col.request(record.Request{})
	}
	w.stop()
	select {
	case err := <-w.barked:
		require.NoError(t, err)
	default:
	}
}

func TestFirstPanicIsKept(t *testing.T) {
	var p firstPanic
	require.NoError(t, p.err())
	p.note("one", []byte("stack of one"))
	p.note("two", []byte("stack of two"))
	require.ErrorContains(t, p.err(), "stack of one")
	require.False(t, strings.Contains(p.err().Error(), "two"))
}
