package fault

// degraded answers worse than the model can, under 200: no status shows it.
var degraded = Kind{
	Name: "degraded", Stage: Shape,
	Doc: "answers under 200 with less quality",
	Params: []Param{
		{Name: "quality", Type: Number, Min: 0, Max: 1, Default: Value{Num: 0.5}, Doc: "factor on the quality of the answer"},
	},
	build: func(v Values) (func(*Effect), error) {
		factor := v.number("quality")
		return func(e *Effect) { e.Shaped.Quality *= factor }, nil
	},
}
