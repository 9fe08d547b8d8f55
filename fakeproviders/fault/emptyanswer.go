package fault

// emptyAnswer answers 200 without any content.
var emptyAnswer = Kind{
	Name: "empty_answer", Stage: Shape,
	Doc:   "answers 200 without content",
	build: func(Values) (func(*Effect), error) { return func(e *Effect) { e.Shaped.Empty = true }, nil },
}
