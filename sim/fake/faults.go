package fake

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// maxFaults is how many faults can be in force at once, those of the timeline
// included: each is a bit in the journal of an attempt.
const maxFaults = 64

var (
	errTaken = errors.New("fake: a fault with this id is there already")
	errFull  = fmt.Errorf("fake: %d faults are there already; withdraw one first", maxFaults)
)

// faults are the faults of a fleet: those of its timeline and those by hand.
type faults struct {
	fleet *Fleet
	fixed []fault // of the timeline

	mu     sync.Mutex // never held while waiting
	byHand []*fault
	next   int // index to try first
	nth    map[string]int

	// names are the ids by index. An id stays until its index is given away again,
	// as late as can be, since the journal of a long answer names it.
	names atomic.Pointer[[maxFaults]string]
}

// fault is one fault that is in force.
type fault struct {
	event   fakeproviders.Event
	expires time.Duration // on the timeline; when it is withdrawn
	timer   *time.Timer   // that withdraws it; nil for the timeline's
}

func newFaults(f *Fleet) *faults {
	out := &faults{fleet: f, nth: map[string]int{}}
	var names [maxFaults]string
	if f.options.Timeline {
		for i, e := range f.options.Scenario.Timeline {
			event, err := sim.FakeEvent(e, i)
			if err != nil {
				continue // building the providers reports it
			}
			names[i] = e.ID
			end := event.End
			if e.Every > 0 {
				end = f.options.Scenario.Duration
			}
			out.fixed = append(out.fixed, fault{event: event, expires: end})
		}
	}
	out.next = len(out.fixed)
	out.names.Store(&names)
	return out
}

// named returns the ids of the faults whose bits are set.
func (f *faults) named(bits uint64) []string {
	if bits == 0 {
		return nil
	}
	var ids []string
	for i, name := range f.names.Load() {
		if bits>>i&1 == 1 {
			ids = append(ids, name)
		}
	}
	return ids
}

// inject puts a fault into force at every provider it can touch.
func (f *faults) inject(in scenarios.Injection) (*fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if in.ID == "" {
		in.ID = f.freeID(in.Fault.Kind)
	} else if f.taken(in.ID) {
		return nil, fmt.Errorf("%w: %s", errTaken, in.ID)
	}
	index, ok := f.freeIndex()
	if !ok {
		return nil, errFull
	}
	event, err := sim.FakeEvent(in.Event, index)
	if err != nil {
		return nil, err
	}
	now := time.Since(f.fleet.start)
	event.Start, event.End = now+event.Start, now+event.End
	names := *f.names.Load()
	names[index] = in.ID
	f.names.Store(&names)
	if err := f.fleet.each(func(p *fakeproviders.Provider) error { return p.Inject(event) }); err != nil {
		f.withdrawEverywhere(in.ID)
		return nil, err
	}
	out := &fault{event: event, expires: now + in.TTL}
	out.timer = time.AfterFunc(in.TTL, func() { f.expire(out) })
	f.byHand = append(f.byHand, out)
	f.next = index + 1
	return out, nil
}

// taken reports whether an id is in use. The lock is held.
func (f *faults) taken(id string) bool {
	return slices.ContainsFunc(f.byHand, func(x *fault) bool { return x.event.ID == id }) ||
		slices.ContainsFunc(f.fixed, func(x fault) bool { return x.event.ID == id })
}

// freeID names a fault after its kind, as scenarios do. The lock is held.
func (f *faults) freeID(kind string) string {
	for {
		f.nth[kind]++ // kinds are few
		if id := kind + "-" + strconv.Itoa(f.nth[kind]); !f.taken(id) {
			return id
		}
	}
}

// freeIndex returns the free index that has been so for long. The lock is held.
func (f *faults) freeIndex() (int, bool) {
	for i := range maxFaults {
		index := (f.next + i) % maxFaults
		if index >= len(f.fixed) && !slices.ContainsFunc(f.byHand, func(x *fault) bool { return x.event.Index == index }) {
			return index, true
		}
	}
	return 0, false
}

// expire withdraws a fault whose time is over, unless that has been done.
func (f *faults) expire(x *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.byHand, x); i >= 0 {
		f.remove(i)
	}
}

// withdraw ends a fault by hand; false when there is none of that id.
func (f *faults) withdraw(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.byHand, func(x *fault) bool { return x.event.ID == id })
	if i < 0 {
		return false
	}
	f.remove(i)
	return true
}

// clear withdraws all faults by hand and returns how many there were.
func (f *faults) clear() int {
	n := 0
	_ = f.clearThen(func(had int) error { n = had; return nil }) // which does not fail
	return n
}

// clearThen withdraws all faults by hand and does something before another can
// come; it is told how many there were.
func (f *faults) clearThen(do func(had int) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.byHand)
	for i := n - 1; i >= 0; i-- {
		f.remove(i)
	}
	return do(n)
}

// remove takes one out of force. The lock is held.
func (f *faults) remove(i int) {
	x := f.byHand[i]
	x.timer.Stop()
	f.byHand = slices.Delete(f.byHand, i, i+1)
	f.withdrawEverywhere(x.event.ID)
}

func (f *faults) withdrawEverywhere(id string) {
	_ = f.fleet.each(func(p *fakeproviders.Provider) error { // has none to report
		p.Withdraw(id)
		return nil
	})
}

// fromTimeline reports whether an id is an event of the timeline.
func (f *faults) fromTimeline(id string) bool {
	return slices.ContainsFunc(f.fixed, func(x fault) bool { return x.event.ID == id })
}

// list returns all faults, those of the timeline first.
func (f *faults) list() []fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := slices.Clone(f.fixed)
	for _, x := range f.byHand {
		out = append(out, *x)
	}
	slices.SortStableFunc(out[len(f.fixed):], func(a, b fault) int { return cmp.Compare(a.event.Start, b.event.Start) })
	return out
}
