package fault

// refuse refuses connections: nobody listens on the provider's port.
var refuse = Kind{
	Name: "refuse", Stage: Connect,
	Doc:   "refuses connections",
	build: func(Values) (func(*Effect), error) { return func(e *Effect) { e.Refused = true }, nil },
}
