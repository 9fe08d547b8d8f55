package fault

// errorBody answers an error under the status 200.
var errorBody = Kind{
	Name: "error_body", Stage: Shape, On: Whole,
	Doc: "answers an error's body under the status 200",
	Params: []Param{
		{Name: "status", Type: Count, Min: 400, Max: 599, Default: Value{Num: 500}, Doc: "the status whose error it is"},
	},
	build: func(v Values) (func(*Effect), error) {
		code := v.count("status")
		return func(e *Effect) {
			if e.Shaped.ErrorBody == 0 {
				e.Shaped.ErrorBody = code
			}
		}, nil
	},
}
