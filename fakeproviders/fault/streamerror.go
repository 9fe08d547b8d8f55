package fault

// streamError ends a stream that began with 200 by an error event.
var streamError = Kind{
	Name: "stream_error", Stage: Break, On: Streams,
	Doc: "sends an error inside a stream that began with 200, and ends it",
	Params: []Param{
		after,
		{Name: "status", Type: Count, Min: 400, Max: 599, Default: Value{Num: 500}, Doc: "the status whose error it is"},
	},
	build: func(v Values) (func(*Effect), error) {
		b := Broken{How: BreakError, After: v.count("after"), Status: v.count("status")}
		return func(e *Effect) { e.breakAt(b) }, nil
	},
}
