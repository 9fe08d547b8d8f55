package fault

// filteredAnswer is a false positive of the vendor's filter on an answer: it is
// cut short and ends with the finish reason that says so.
var filteredAnswer = Kind{
	Name: "filtered_answer", Stage: Shape,
	Doc: "the content filter ends a harmless answer",
	Params: []Param{
		{Name: "after", Type: Count, Min: 1, Max: 1e6, Default: Value{Num: 20}, Doc: "tokens it lets through"},
	},
	build: func(v Values) (func(*Effect), error) {
		after := v.count("after")
		return func(e *Effect) {
			if !e.Shaped.Filtered {
				e.Shaped.Filtered, e.Shaped.FilterAfter = true, after
			}
		}, nil
	},
}
