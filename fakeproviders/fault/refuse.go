package fault

// KindRefuse is the name of the fault that refuses connections.
const KindRefuse = "refuse"

// refuse refuses connections: nobody listens on the provider's port.
var refuse = Kind{
	Name: KindRefuse, Stage: Connect,
	Doc:   "refuses connections",
	build: func(Values) (func(*Effect), error) { return func(e *Effect) { e.Refused = true }, nil },
}
