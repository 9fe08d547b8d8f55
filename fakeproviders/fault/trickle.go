package fault

import "time"

// trickle keeps a stream alive and useless: so slow that nobody wants to read
// it, so steady that no idle timeout notices.
var trickle = Kind{
	Name: "trickle", Stage: Service,
	Doc: "generates tokens no faster than a trickle",
	Params: []Param{
		{Name: "tokens_per_second", Type: Number, Min: 0.02, Max: 1000, Default: Value{Num: 0.8}, Doc: "the most it generates"},
	},
	build: func(v Values) (func(*Effect), error) {
		gap := time.Duration(float64(time.Second) / v.number("tokens_per_second")).Round(time.Microsecond)
		return func(e *Effect) { e.Gap = max(e.Gap, gap) }, nil
	},
}
