package fault

// none hits attempts and does nothing to them: a control, and a phase of the
// report without a fault in it.
var none = Kind{
	Name: "none", Stage: Idle,
	Doc:   "nothing; marks a time span",
	build: func(Values) (func(*Effect), error) { return func(*Effect) {}, nil },
}
