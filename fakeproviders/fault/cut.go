package fault

// cut ends an answer in the middle. A reset says so; a clean end leaves it to
// the reader to notice that the terminator is missing, or the JSON cut.
var cut = Kind{
	Name: "cut", Stage: Break,
	Doc: "ends an answer after a number of tokens",
	Params: []Param{
		after,
		{
			Name: "end", Type: Word, Words: []string{"reset", "clean"}, Default: Value{Word: "reset"},
			Doc: "the connection is reset, or the body ends as if it were whole",
		},
	},
	build: func(v Values) (func(*Effect), error) {
		b := Broken{How: BreakReset, After: v.count("after")}
		if v.word("end") == "clean" {
			b.How = BreakClose
		}
		return func(e *Effect) { e.breakAt(b) }, nil
	},
}
