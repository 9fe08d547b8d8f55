package fault

import (
	"errors"
	"time"
)

// delay makes an attempt slower. Add is added to the time to the first token of
// attempts that arrive while it lasts; the factor multiplies that time, and
// every token gap for as long as it lasts.
var delay = Kind{
	Name: "delay", Stage: Service,
	Doc: "answers late, streams slowly",
	Params: []Param{
		{Name: "add", Type: Duration, Min: 1e3, Max: maxWait, Doc: "added to the time to the first token"},
		{Name: "factor", Type: Number, Min: 0.001, Max: 1000, Default: Value{Num: 1}, Doc: "multiplies that time and the token gaps"},
	},
	build: func(v Values) (func(*Effect), error) {
		add, factor := v.duration("add"), v.number("factor")
		if add == 0 && factor == 1 {
			return nil, errors.New(`it needs "add", "factor" or both`)
		}
		return func(e *Effect) {
			e.Add = min(e.Add+add, time.Duration(maxWait))
			e.Factor *= factor
		}, nil
	},
}
