package fakeproviders

import (
	"fmt"
	"slices"
	"time"
)

// lookAgain is how long an attempt that an injected event touches waits at most
// before it looks whether the event has been withdrawn.
const lookAgain = 250 * time.Millisecond

// Inject puts an event into force beside those of the timeline, on which its
// window lies as theirs do. Attempts that have arrived by then do not meet it. An
// event that cannot touch the provider is accepted and does nothing. The error
// says what is wrong with the event; its id and its index must be free.
//
// Whoever gives an index away again should be late to do so: the journal of an
// attempt that is still in service names events by their index.
func (p *Provider) Inject(e Event) error {
	if err := e.validate(); err != nil {
		return fmt.Errorf("fakeproviders: provider %s: %w", p.config.Name, err)
	}
	if !e.touches(&p.config) {
		return nil
	}
	p.arming.Lock()
	defer p.arming.Unlock()
	list := slices.Clone(*p.events.Load())
	for _, other := range list {
		if other.ID == e.ID || other.Index == e.Index {
			return fmt.Errorf("fakeproviders: provider %s: event %q with index %d: %q has index %d", p.config.Name, e.ID, e.Index, other.ID, other.Index)
		}
	}
	p.put(append(list, &armed{Event: e, injected: true}))
	return nil
}

// Withdraw takes an event out of force, one of the timeline too, and tells
// whether it was there. Attempts that it holds up notice within 250 ms if it was
// injected; an event of the timeline lets go of them where its window ends.
func (p *Provider) Withdraw(id string) bool {
	p.arming.Lock()
	defer p.arming.Unlock()
	list := slices.Clone(*p.events.Load())
	i := slices.IndexFunc(list, func(e *armed) bool { return e.ID == id })
	if i < 0 {
		return false
	}
	list[i].withdrawn.Store(true)
	p.put(slices.Delete(list, i, i+1))
	return true
}

// Events returns what is in force, in the order of the indexes.
func (p *Provider) Events() []Event {
	list := *p.events.Load()
	out := make([]Event, len(list))
	for i, e := range list {
		out[i] = e.Event
	}
	return out
}
