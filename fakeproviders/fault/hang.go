package fault

// hang accepts an attempt and sends it nothing: not even headers before the
// first token, no further event in a stream. The attempt holds its place in the
// provider's capacity and goes on where it stopped once the fault lets go.
type hang struct{}

func newHang(p Params) (Fault, error) { return hang{}, p.none() }

func (hang) Kind() string { return "hang" }

func (hang) Apply(e *Effect) { e.Hang = true }
