package fault

// slowAccept leaves a request lying before it is looked at, as a server does
// whose accept queue is long.
var slowAccept = Kind{
	Name: "slow_accept", Stage: Connect,
	Doc: "looks at requests late",
	Params: []Param{
		{Name: "add", Type: Duration, Min: 1e3, Max: maxWait, Required: true, Doc: "how late"},
	},
	build: func(v Values) (func(*Effect), error) {
		add := v.duration("add")
		return func(e *Effect) { e.Accept += add }, nil
	},
}
