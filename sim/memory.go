package sim

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// heap is what the heap may grow to before a collection, records and garbage
	// together, and garbage what may gather however large the records are.
	heap    = 192 << 20
	garbage = 48 << 20

	// The collector's usual target, and the bounds of ours, in percent.
	usualTarget, leastTarget, mostTarget = 100, 25, 8000
)

// paceCollector makes the garbage collector run when the heap has reached 192 MiB,
// or has 48 MiB of garbage where the records alone are larger, as long as a drill
// is under way. A drill makes some kilobytes of it per request: by its usual
// target the collector would run all the time while the live heap is a few
// megabytes, and take a third of the CPU; late in a long run it would let the heap
// grow to twice its records. A target the user has chosen is left
// alone. The function it returns restores the usual one.
func paceCollector() (stop func()) {
	const begin = 1000 // until the first look
	if set := debug.SetGCPercent(begin); set != usualTarget {
		debug.SetGCPercent(set)
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer debug.SetGCPercent(usualTarget)
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		last := begin
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			metrics.Read(live)
			kept := max(live[0].Value.Uint64(), 1<<20)
			room := uint64(garbage)
			if kept+garbage < heap {
				room = heap - kept
			}
			target := int(100 * room / kept)
			target = min(max(target, leastTarget), mostTarget)
			if target*10 < last*9 || target*10 > last*11 { // each change stops the world for a moment
				debug.SetGCPercent(target)
				last = target
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
	}
}
