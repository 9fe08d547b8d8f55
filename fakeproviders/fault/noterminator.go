package fault

// noTerminator ends a stream after its finish reason, without what marks its end.
var noTerminator = Kind{
	Name: "no_terminator", Stage: Shape, On: Streams,
	Doc:   "ends a stream after its finish reason without the terminator",
	build: func(Values) (func(*Effect), error) { return func(e *Effect) { e.Shaped.NoTerminator = true }, nil },
}
