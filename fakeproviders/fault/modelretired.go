package fault

import "github.com/routedrill/routedrill/fakeproviders/wire"

// modelRetired answers as the vendor does for a model it has shut down.
var modelRetired = Kind{
	Name: "model_retired", Stage: Answer,
	Doc: "answers that the model no longer exists",
	build: func(Values) (func(*Effect), error) {
		r := &Refusal{Body: BodyVendor, Problem: wire.Problem{Kind: wire.Retired}}
		return func(e *Effect) { e.refuse(r) }, nil
	},
}
