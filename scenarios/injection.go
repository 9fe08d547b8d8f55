package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// Injection is one event that is put into force by hand, while fake providers
// serve traffic nobody planned.
type Injection struct {
	Event // its At counts from the moment of the injection; its ID may be empty

	// TTL is how long after the injection it is withdrawn altogether, above zero
	// and at most 31 days, so that each fault reverts by itself.
	TTL time.Duration
}

// ParseInjection reads one event of a timeline, as YAML or JSON, and holds it
// against the world of s in the words [Load] uses for a scenario's own events.
// It takes one key more, `ttl`; of `for` and `ttl` one is enough, and an event
// that comes again (`every`) needs `ttl`. A task cannot be selected: requests
// that no load made belong to none. From names the source in errors. It never
// panics and is safe for concurrent use.
func ParseInjection(from string, data []byte, s *Scenario, words Vocabulary) (in Injection, err error) {
	defer func() {
		if r := recover(); r != nil {
			in, err = Injection{}, &Error{File: from, Message: fmt.Sprintf("internal error while reading: %.300v", r)}
		}
	}()
	root, err := parse(data, &origin{file: from})
	if err != nil {
		return Injection{}, err
	}
	if err := onlyMapping(root, "an event", wholeDocument(root)); err != nil {
		return Injection{}, err
	}
	root.label("")
	d := &decoder{words: &words}
	in.Event = Event{}
	if d.mapping(root, "event", append(d.eventFields(&in.Event), field{"ttl", d.duration(&in.TTL, time.Millisecond, maxDuration)})) {
		d.need(root, "an event", "fault")
		d.oneProviderKey(root)
	}
	if d.any() {
		return Injection{}, d.err()
	}
	d.lifetime(root, &in)
	v := validator{decoder: d, s: s, root: root, foreign: true}
	if in.Select.Task != "" {
		v.failKey(root, "task", "", "requests from outside belong to no task, so an event that selects one can hit nothing")
	}
	if !d.any() {
		v.event(root, &in.Event)
	}
	return in, d.err()
}

// lifetime works out `for` and `ttl` of each other.
func (d *decoder) lifetime(n *node, in *Injection) {
	switch {
	case in.TTL == 0 && in.For == 0:
		d.failKey(n, "for", "for: 5m", `an event that is put into force by hand needs "for" or "ttl", so that it reverts by itself`)
	case in.TTL == 0 && in.Every > 0:
		d.failKey(n, "ttl", "", `an event that comes again needs "ttl": when it is to end for good`)
	case in.TTL == 0:
		in.TTL = in.At + in.For
	case in.TTL <= in.At:
		d.failKey(n, "ttl", "", "it is withdrawn after %s and would begin after %s", formatDuration(in.TTL), formatDuration(in.At))
	case in.For == 0 || in.Every == 0:
		if left := in.TTL - in.At; in.For == 0 || in.For > left {
			in.For = left
		}
	}
}

// foreignFits reports whether any request at all can fit the selector.
func (v *validator) foreignFits(s *Selector) bool {
	return slices.ContainsFunc(v.s.World.Providers, func(p Provider) bool {
		return slices.ContainsFunc(p.Models, func(m Model) bool {
			return slices.ContainsFunc(m.Endpoints, func(endpoint string) bool {
				return (s.Endpoint == "" || s.Endpoint == "models" || s.Endpoint == endpoint) && p.fits(s, endpoint)
			})
		})
	})
}
