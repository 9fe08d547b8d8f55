package fault

// wrongModel states another model than the one that was asked for.
var wrongModel = Kind{
	Name: "wrong_model", Stage: Shape,
	Doc: "states another model in its answers",
	Params: []Param{
		{Name: "model", Type: Text, Default: Value{Word: "another-model"}, Doc: "the model it states"},
	},
	build: func(v Values) (func(*Effect), error) {
		name := v.word("model")
		return func(e *Effect) {
			if e.Shaped.Model == "" {
				e.Shaped.Model = name
			}
		}, nil
	},
}
