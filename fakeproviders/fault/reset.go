package fault

// reset resets the connection of an attempt: on arrival, or in the middle of
// its answer.
type reset struct{}

func newReset(p Params) (Fault, error) { return reset{}, p.none() }

func (reset) Kind() string { return "reset" }

func (reset) Apply(e *Effect) { e.Reset = true }
