package fault

// malformedChunk breaks the JSON of one event of a stream, which goes on.
var malformedChunk = Kind{
	Name: "malformed_chunk", Stage: Break, On: Streams,
	Doc:    "breaks the JSON of one event of a stream",
	Params: []Param{after},
	build: func(v Values) (func(*Effect), error) {
		b := Broken{How: Malform, After: v.count("after")}
		return func(e *Effect) { e.breakAt(b) }, nil
	},
}
