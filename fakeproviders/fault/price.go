package fault

// price bills other prices than were agreed. No answer says so.
var price = Kind{
	Name: "price", Stage: Bill,
	Doc: "bills at other prices; no answer says so",
	Params: []Param{
		{Name: "factor", Type: Number, Min: 0, Max: 1000, Default: Value{Num: 2}, Doc: "multiplies the price of every token"},
	},
	build: func(v Values) (func(*Effect), error) {
		factor := v.number("factor")
		return func(e *Effect) { e.Price *= factor }, nil
	},
}
