package fault

import (
	"errors"
	"fmt"
	"time"
)

// Fault is one injected misbehaviour.
type Fault interface {
	// Kind is the word for it in scenarios.
	Kind() string
	// Apply adds it to what earlier events do to the attempt.
	Apply(*Effect)
}

// Effect is what all faults that hit an attempt at one instant do together.
// Use [NoEffect] for the effect of no fault; the zero value stops time, since
// its Factor is 0. Where several apply, Reset goes before Hang, Hang before
// Status.
type Effect struct {
	Status     int           // HTTP status answered instead of service; 0 = none. The first event wins
	RetryAfter time.Duration // wait stated with Status; 0 = none
	Add        time.Duration // added to the time to the first token; sums
	Factor     float64       // multiplies the time to the first token and every token gap; a product
	Hang       bool          // no byte is sent while it lasts
	Reset      bool          // the connection is reset
}

// NoEffect returns the effect of no fault.
func NoEffect() Effect { return Effect{Factor: 1} }

// Params are the parameters of a fault as a scenario gives them. A parameter
// that a kind does not have must be zero.
type Params struct {
	Status     int           // status: the HTTP status, 400 to 599
	RetryAfter time.Duration // status: the wait it states; 0 = none stated
	Add        time.Duration // delay: added to the time to the first token; not negative
	Factor     float64       // delay: multiplies times; above 0 and at most 1000; 0 = 1
}

// ErrUnknownKind is wrapped by the error of [New] for a kind that does not exist.
var ErrUnknownKind = errors.New("unknown fault kind")

// kinds is the table of all faults: parameters and constructor.
var kinds = []struct {
	name   string
	params []string
	make   func(Params) (Fault, error)
}{
	{"none", nil, newNone},
	{"status", []string{"status", "retry_after"}, newStatus},
	{"delay", []string{"add", "factor"}, newDelay},
	{"hang", nil, newHang},
	{"reset", nil, newReset},
}

// New returns the fault of a kind. The error wraps [ErrUnknownKind] when there
// is no such kind, and otherwise names the parameter that is wrong.
func New(kind string, p Params) (Fault, error) {
	for _, k := range kinds {
		if k.name != kind {
			continue
		}
		f, err := k.make(p)
		if err != nil {
			return nil, fmt.Errorf("fault: %s: %w", kind, err)
		}
		return f, nil
	}
	return nil, fmt.Errorf("fault: %w %q", ErrUnknownKind, kind)
}

// Kinds returns every kind with the keys of its parameters (beside kind and
// rate). The caller owns the map.
func Kinds() map[string][]string {
	out := make(map[string][]string, len(kinds))
	for _, k := range kinds {
		out[k.name] = append([]string{}, k.params...)
	}
	return out
}

// none reports a parameter given to a kind that takes none.
func (p Params) none() error {
	if p != (Params{}) {
		return errors.New("takes no parameters")
	}
	return nil
}
