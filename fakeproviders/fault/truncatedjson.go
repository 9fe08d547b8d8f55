package fault

// truncatedJSON sends the first half of a whole answer as if it were all of it.
var truncatedJSON = Kind{
	Name: "truncated_json", Stage: Shape, On: Whole,
	Doc:   "sends half of a whole answer's JSON as if it were all",
	build: func(Values) (func(*Effect), error) { return func(e *Effect) { e.Shaped.Truncated = true }, nil },
}
