package fault

// hang accepts an attempt and sends it nothing. The attempt holds its place in
// the provider's capacity and goes on where it stopped once the fault lets go.
var hang = Kind{
	Name: "hang", Stage: Hang,
	Doc: "goes silent, also in the middle of an answer",
	Params: []Param{
		{
			Name: "from", Type: Word, Words: []string{"headers", "body"}, Default: Value{Word: "headers"},
			Doc: "what does not come any more: the headers too, or the body alone",
		},
	},
	build: func(v Values) (func(*Effect), error) {
		if v.word("from") == "body" {
			return func(e *Effect) { e.Headers = !e.Hang || e.Headers; e.Hang = true }, nil
		}
		return func(e *Effect) { e.Hang, e.Headers = true, false }, nil
	},
}
