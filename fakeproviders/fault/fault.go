package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Stage is where on an attempt's way a fault acts.
type Stage uint8

// The stages.
const (
	Idle    Stage = iota // nowhere: the fault does nothing
	Connect              // before the request is looked at
	Answer               // an error is answered on arrival, in place of service
	Quota                // at the quotas, and in what refusals say
	Service              // times in service, for as long as the event lasts
	Hang                 // nothing is sent, for as long as the event lasts
	Reset                // the connection is reset, whenever the event begins
	Break                // the answer breaks after a number of tokens
	Shape                // the answer is other than it should be
	Bill                 // what is billed is other than was agreed
)

// On is which answers a fault can act on.
type On uint8

// What a fault can act on.
const (
	Any     On = iota
	Streams    // streamed answers only
	Whole      // answers that are not streamed only
)

// Kind describes a fault.
type Kind struct {
	Name   string // the word for it in scenarios
	Doc    string // one sentence: what the provider does
	Stage  Stage
	On     On
	Params []Param

	build func(Values) (func(*Effect), error)
}

// Fault is one injected misbehaviour. The zero value does nothing.
type Fault struct {
	kind  *Kind
	apply func(*Effect)
}

// Kind is the word for it in scenarios; "" for the zero value.
func (f Fault) Kind() string {
	if f.kind == nil {
		return ""
	}
	return f.kind.Name
}

// Stage is where it acts.
func (f Fault) Stage() Stage {
	if f.kind == nil {
		return Idle
	}
	return f.kind.Stage
}

// ActsOn reports whether it can act on an answer that is streamed, or is not.
func (f Fault) ActsOn(stream bool) bool {
	return f.kind == nil || f.kind.On == Any || (f.kind.On == Streams) == stream
}

// Apply adds it to what earlier events do to the attempt.
func (f Fault) Apply(e *Effect) {
	if f.apply != nil {
		f.apply(e)
	}
}

// ErrUnknownKind is wrapped by the error of [New] for a kind that does not exist.
var ErrUnknownKind = errors.New("unknown fault kind")

// New returns the fault of a kind. Values may leave out what has a default. The
// error wraps [ErrUnknownKind] when there is no such kind, and otherwise names
// the parameter that is wrong.
func New(kind string, v Values) (Fault, error) {
	k := find(kind)
	if k == nil {
		return Fault{}, fmt.Errorf("fault: %w %q", ErrUnknownKind, kind)
	}
	apply, err := k.make(v)
	if err != nil {
		return Fault{}, fmt.Errorf("fault: %s: %w", kind, err)
	}
	return Fault{k, apply}, nil
}

// Check returns what [New] would find wrong with values, without saying that it
// is about a fault of this kind, which whoever shows it says.
func Check(kind string, v Values) error {
	k := find(kind)
	if k == nil {
		return ErrUnknownKind
	}
	_, err := k.make(v)
	return err
}

func find(kind string) *Kind {
	for i := range kinds {
		if kinds[i].Name == kind {
			return &kinds[i]
		}
	}
	return nil
}

func (k *Kind) make(v Values) (func(*Effect), error) {
	full, err := k.complete(v)
	if err != nil {
		return nil, err
	}
	return k.build(full)
}

// Kinds returns every kind. The caller owns the slice, not what it points to.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

// complete checks the values against the parameters and fills in defaults.
func (k *Kind) complete(v Values) (Values, error) {
	out := make(Values, len(k.Params))
	for name := range v {
		if k.param(name) == nil {
			return nil, fmt.Errorf("it takes no %q; it takes %s", name, k.takes())
		}
	}
	for i := range k.Params {
		p := &k.Params[i]
		value, given := v[p.Name]
		switch {
		case given:
			if err := p.check(value); err != nil {
				return nil, err
			}
			out[p.Name] = value
		case p.Required:
			return nil, fmt.Errorf("it needs %q: %s", p.Name, p.Range())
		case p.Default != (Value{}):
			out[p.Name] = p.Default
		}
	}
	return out, nil
}

func (k *Kind) param(name string) *Param {
	for i := range k.Params {
		if k.Params[i].Name == name {
			return &k.Params[i]
		}
	}
	return nil
}

func (k *Kind) takes() string {
	if len(k.Params) == 0 {
		return "no parameters"
	}
	names := make([]string, len(k.Params))
	for i := range k.Params {
		names[i] = k.Params[i].Name
	}
	return strings.Join(names, ", ")
}
