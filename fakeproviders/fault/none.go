package fault

// none hits attempts and does nothing to them: a control, and a phase of the
// report without a fault in it.
type none struct{}

func newNone(p Params) (Fault, error) { return none{}, p.none() }

func (none) Kind() string { return "none" }

func (none) Apply(*Effect) {}
