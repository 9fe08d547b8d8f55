package fault

// duplicateChunk sends one event of a stream twice.
var duplicateChunk = Kind{
	Name: "duplicate_chunk", Stage: Break, On: Streams,
	Doc:    "sends one event of a stream twice",
	Params: []Param{after},
	build: func(v Values) (func(*Effect), error) {
		b := Broken{How: Duplicate, After: v.count("after")}
		return func(e *Effect) { e.breakAt(b) }, nil
	},
}
