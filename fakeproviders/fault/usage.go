package fault

import "errors"

// usage leaves the usage out of answers, or states it wrong. The bill is right.
var usage = Kind{
	Name: "usage", Stage: Shape,
	Doc: "states no usage, or a wrong one; the bill stays right",
	Params: []Param{
		{
			Name: "how", Type: Word, Words: []string{"missing", "wrong"}, Default: Value{Word: "missing"},
			Doc: "what is wrong with it",
		},
		{Name: "factor", Type: Number, Min: 0, Max: 1000, Default: Value{Num: 2}, Doc: "multiplies the tokens of a wrong one"},
	},
	build: func(v Values) (func(*Effect), error) {
		factor := v.number("factor")
		if v.word("how") == "missing" {
			return func(e *Effect) { e.Shaped.NoUsage = true }, nil
		}
		if factor == 1 {
			return nil, errors.New("a factor of 1 is right")
		}
		return func(e *Effect) { e.Shaped.Usage *= factor }, nil
	},
}
