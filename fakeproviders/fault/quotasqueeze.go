package fault

// quotaSqueeze shrinks the provider's quotas.
var quotaSqueeze = Kind{
	Name: "quota_squeeze", Stage: Quota,
	Doc: "shrinks the quotas",
	Params: []Param{
		{Name: "factor", Type: Number, Min: 0.01, Max: 1, Required: true, Doc: "what is left of them"},
	},
	build: func(v Values) (func(*Effect), error) {
		factor := v.number("factor")
		return func(e *Effect) { e.Squeeze *= factor }, nil
	},
}
