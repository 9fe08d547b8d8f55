package fault

// slowFirstToken sends the headers of a stream in time and its first token
// late: a client that takes the status for a sign of life waits.
var slowFirstToken = Kind{
	Name: "slow_first_token", Stage: Service, On: Streams,
	Doc: "sends the headers of a stream in time and its first token late",
	Params: []Param{
		{Name: "add", Type: Duration, Min: 1e3, Max: maxWait, Required: true, Doc: "how late"},
	},
	build: func(v Values) (func(*Effect), error) {
		add := v.duration("add")
		return func(e *Effect) { e.First += add }, nil
	},
}
