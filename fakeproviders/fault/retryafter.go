package fault

// retryAfter changes how the provider's refusals state when to come again: not
// at all, in another form, or wrongly.
var retryAfter = Kind{
	Name: "retry_after", Stage: Quota,
	Doc: "states the wait of refusals in another way, or wrongly",
	Params: []Param{
		{
			Name: "style", Type: Word,
			Words:   []string{StyleVendor, StyleSeconds, StyleDate, StyleMillis, StyleNone, StyleInvalid},
			Default: Value{Word: StyleVendor}, Doc: "the form: the vendor's, seconds, an HTTP date, retry-after-ms, none, or one that means nothing",
		},
		{Name: "value", Type: Duration, Min: 1e6, Max: maxWait, Doc: "stated in place of the true wait"},
	},
	build: func(v Values) (func(*Effect), error) {
		w := &Waits{Style: v.word("style"), Value: v.duration("value")}
		return func(e *Effect) {
			if e.Waits == nil {
				e.Waits = w
			}
		}, nil
	},
}
