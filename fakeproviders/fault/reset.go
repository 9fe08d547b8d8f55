package fault

// reset resets the connection of an attempt: on arrival, or in the middle of
// its answer, whenever the event begins to hit it.
var reset = Kind{
	Name: "reset", Stage: Reset,
	Doc:   "resets the connection, also in the middle of an answer",
	build: func(Values) (func(*Effect), error) { return func(e *Effect) { e.Reset = true }, nil },
}
