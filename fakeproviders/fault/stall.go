package fault

// stall goes silent in the middle of an answer while the connection stays open.
var stall = Kind{
	Name: "stall", Stage: Break,
	Doc:    "goes silent after a number of tokens, for as long as the fault lasts",
	Params: []Param{after},
	build: func(v Values) (func(*Effect), error) {
		b := Broken{How: BreakStall, After: v.count("after")}
		return func(e *Effect) { e.breakAt(b) }, nil
	},
}

// after is the parameter of all breaks.
var after = Param{
	Name: "after", Type: Count, Min: 0, Max: 1e6, Default: Value{Num: 20},
	Doc: "visible tokens that come first",
}
